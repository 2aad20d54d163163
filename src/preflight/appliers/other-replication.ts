import { BOTH, statementCheck, type FindingKind } from '../check';

const SUBSCRIPTION: FindingKind = {
  id: 'subscription-writes-here',
  severity: 'blocker',
  why: 'What a subscription applies passes no gate that the migration can close on its publisher: the source would have two writers, or the target strange rows.',
  remedy: 'Move what publishes along, or drop the subscription before the load and re-create it against the target afterwards.',
};
const SLOT: FindingKind = {
  id: 'other-replication-slot',
  severity: 'warning',
  why: 'Somebody else reads changes here (Debezium, another task, a replica). A slot does not move: the reader must be pointed to the target and start anew there.',
  remedy: 'Plan who re-creates it on the target, and when; drop it where nobody reads it, since it holds WAL back.',
};
const PUBLICATION: FindingKind = {
  id: 'other-publication',
  severity: 'warning',
  why: 'Somebody may read changes by it. A table in it must have a replica identity, or its updates fail.',
  remedy: 'Plan who re-creates its subscription against the target; drop it where nobody subscribes.',
};
const ORIGIN: FindingKind = {
  id: 'replication-origin',
  severity: 'warning',
  why: 'Something has applied changes here as a replica does (pglogical, DMS, a subscription that is gone), and may go on.',
  remedy: 'Find out what it was. Drop the origin with pg_replication_origin_drop where nothing uses it any more.',
};
const SYSTEM: FindingKind = {
  id: 'replication-extension',
  severity: 'warning',
  why: 'It applies or carries changes by workers of its own, past what is looked at here.',
  remedy: 'Look at its nodes and subscriptions: nothing else may write to source or target.',
};
const REMOTE: FindingKind = {
  id: 'writes-elsewhere',
  severity: 'warning',
  why: 'Functions and foreign tables that reach another database go on doing so from the target: addresses, logins and routes must be there, and the gate does not stop them.',
  remedy: 'Check that the target reaches what they reach, and that nothing reached is the source itself.',
};

/** Ours, by the names that the migration gives, and by the list that it keeps. */
const OURS = "'^payment_migration'";

export const SUBSCRIPTIONS = statementCheck(SUBSCRIPTION, BOTH, () => `
  SELECT quote_ident(subname) AS object, CASE WHEN subenabled THEN 'it is enabled' ELSE 'it is disabled' END AS what FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND subname !~ ${OURS} ORDER BY 1`);

export const SLOTS = statementCheck(SLOT, BOTH, () => `
  SELECT quote_ident(slot_name) AS object,
    format('a %s slot%s, %s, which holds back %s', slot_type, ' of ' || plugin, CASE WHEN active THEN 'in use' ELSE 'not in use' END,
      coalesce(pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)), 'nothing')) AS what
  FROM pg_replication_slots WHERE slot_name !~ ${OURS} AND (database IS NULL OR database = current_database()) ORDER BY 1`);

export const PUBLICATIONS = statementCheck(PUBLICATION, BOTH, () => `
  SELECT quote_ident(pubname) AS object, CASE WHEN puballtables THEN 'of all tables' ELSE
    format('of %s tables', (SELECT count(*) FROM pg_publication_rel r WHERE r.prpubid = p.oid)) END AS what
  FROM pg_publication p WHERE pubname !~ ${OURS} ORDER BY 1`);

/** Each subscription has an origin of its own. 13 lets only a superuser read the number of one from pg_subscription. */
export const ORIGINS = statementCheck(ORIGIN, BOTH, () => `
  SELECT roname AS object, 'no subscription of this server has it' AS what FROM pg_replication_origin
  WHERE roname NOT IN (SELECT 'pg_' || subid FROM pg_stat_subscription) AND roname !~ ${OURS} ORDER BY 1`);

export const REPLICATION_EXTENSIONS = statementCheck(SYSTEM, BOTH, () => `
  SELECT extname AS object, 'the extension is installed' AS what FROM pg_extension WHERE extname IN ('pglogical', 'bdr', 'pgl_ddl_deploy', 'pglogical_ticker', 'bucardo')`);

export const WRITES_ELSEWHERE = statementCheck(REMOTE, BOTH, () => `
  SELECT quote_ident(s.srvname) AS object, 'a foreign server of ' || w.fdwname AS what FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  UNION ALL SELECT extname, 'the extension is installed' FROM pg_extension WHERE extname IN ('dblink', 'http', 'aws_s3', 'aws_lambda') ORDER BY 1`);
