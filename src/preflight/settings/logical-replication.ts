import { BOTH, statementCheck, type Check, type FindingKind } from '../check';

const WAL_LEVEL: FindingKind = {
  id: 'wal-level-not-logical',
  severity: 'blocker',
  why: 'Changes can be read from WAL only where it is written for that: on the source for the move, on the target for the way back.',
  remedy: 'On RDS set rds.logical_replication to 1 (Aurora: in the cluster\'s parameter group), elsewhere wal_level to logical, and restart the server.',
};
const FEW: FindingKind = {
  id: 'replication-capacity-low',
  severity: 'blocker',
  why: 'The load, the changes and the way back take a slot and a sender each, one more is a reserve; native replication takes workers as well.',
  remedy: 'Raise the setting that is named and restart the server, or drop what is not used any more.',
};
const WAL_LIMIT: FindingKind = {
  id: 'slot-wal-limited',
  severity: 'warning',
  why: 'A slot that falls behind by more is invalidated, and the load must start again from nothing.',
  remedy: 'Set max_slot_wal_keep_size to -1 (and idle_replication_slot_timeout to 0) for the time of the migration, and watch free storage instead.',
};
const SENDER_TIMEOUT: FindingKind = {
  id: 'wal-sender-timeout',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS wants it to be 0, or from 10 seconds to less than 5 minutes: otherwise its stream is cut, or a dead one is held.',
  remedy: 'Set wal_sender_timeout to 30000 ms; a reload of the settings is enough.',
};

/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.AssessmentReport.PG.html */
const LOGICAL_WANTED = 4;
const WORKERS_WANTED = 4;

export const WAL_LEVEL_CHECK = statementCheck(WAL_LEVEL, BOTH, () => `
  SELECT 'wal_level' AS object, 'it is ' || setting AS what FROM pg_settings WHERE name = 'wal_level' AND setting <> 'logical'`);

/** How many are free: all slots count, also those of other databases. Workers matter where a subscription applies changes. */
export const CAPACITY: Check = statementCheck(FEW, BOTH, ({ request }) => `
  SELECT name AS object, format('%s of %s are free, %s are needed', greatest(setting - used, 0), setting, wanted) AS what
  FROM (VALUES
    ('max_replication_slots', current_setting('max_replication_slots')::int, (SELECT count(*) FROM pg_replication_slots), ${LOGICAL_WANTED}),
    ('max_wal_senders', current_setting('max_wal_senders')::int, (SELECT count(*) FROM pg_stat_get_wal_senders() WHERE pid IS NOT NULL), ${LOGICAL_WANTED})
    ${request.profile === 'dms' ? '' : `,
    ('max_logical_replication_workers', current_setting('max_logical_replication_workers')::int,
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^logical replication'), ${WORKERS_WANTED}),
    ('max_worker_processes', current_setting('max_worker_processes')::int,
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^(logical replication|parallel worker)'), ${WORKERS_WANTED} + 1)`}
  ) AS capacity (name, setting, used, wanted)
  WHERE setting - used < wanted`);

export const SLOT_WAL = statementCheck(WAL_LIMIT, BOTH, () => `
  SELECT name AS object, format('it is %s%s', setting, unit) AS what FROM pg_settings
  WHERE name = 'max_slot_wal_keep_size' AND setting <> '-1' OR name = 'idle_replication_slot_timeout' AND setting <> '0'`);

export const WAL_SENDER_TIMEOUT = statementCheck(SENDER_TIMEOUT, BOTH, () => `
  SELECT name AS object, format('it is %s ms', setting) AS what FROM pg_settings
  WHERE name = 'wal_sender_timeout' AND setting::bigint <> 0 AND (setting::bigint < 10000 OR setting::bigint >= 300000)`);
