/** What is read and never written. */
export const STATE_FUNCTIONS = `
CREATE OR REPLACE FUNCTION payment_migration.side_state() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT jsonb_build_object(
    'side', a.side, 'armed', true, 'state', a.state, 'attempt', a.attempt, 'fence', a.fence,
    'gate', CASE WHEN (SELECT last_value FROM payment_migration.gate) = 1 AND payment_migration.identity_problem(a) IS NULL THEN 'open' ELSE 'closed' END,
    'sameServer', payment_migration.identity_problem(a) IS NULL,
    'finished', a.finished_at IS NOT NULL,
    'identityAcceptedBy', a.identity_accepted_by,
    'closedForMs', CASE WHEN a.state = 'draining' THEN extract(epoch FROM clock_timestamp() - a.changed_at) * 1000 END,
    'problems', to_jsonb(payment_migration.table_problems(a)),
    'slots', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'attempt', o.attempt, 'spent', o.spent, 'active', coalesce(s.active, false),
        'status', CASE WHEN s.slot_name IS NULL THEN 'missing' ELSE coalesce(s.wal_status, 'unknown') END) ORDER BY o.attempt, o.name), '[]')
      FROM payment_migration.slot o LEFT JOIN pg_replication_slots s ON s.slot_name = o.name
    ),
    'wayBack', (SELECT jsonb_build_object('attempt', r.attempt, 'slot', r.slot, 'lsn', r.lsn) FROM payment_migration.record r ORDER BY r.attempt DESC LIMIT 1),
    'markers', (SELECT coalesce(jsonb_agg(to_jsonb(m)), '[]') FROM payment_migration.marker m)
  ) FROM payment_migration.authority a
$f$;

-- What a giver's last look needs to know of the giver.
CREATE OR REPLACE FUNCTION payment_migration.giver_look(p_slots name[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT jsonb_build_object(
    'streams', (
      SELECT jsonb_agg(jsonb_build_object('slot', w.slot, 'found', s.slot_name IS NOT NULL, 'reader', payment_migration.reader(w.slot),
        'lagBytes', pg_current_wal_lsn() - s.confirmed_flush_lsn))
      FROM unnest(p_slots) w(slot) LEFT JOIN pg_replication_slots s ON s.slot_name = w.slot
    ),
    -- Their processes write and fire no trigger of ours.
    'subscriptions', (
      SELECT coalesce(jsonb_agg(s.subname ORDER BY s.subname), '[]') FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database() AND s.subenabled
    ),
    'prepared', (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
    'oldestMs', (
      SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start) * 1000), 0) FROM pg_stat_activity
      WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
    ),
    -- Physical standbys: walsenders whose slot, where they have one, is no logical one.
    'standbys', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.application_name, 'sync', r.sync_state IN ('sync', 'quorum'))), '[]')
      FROM pg_stat_replication r
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
    )
  )
$f$;

-- Standbys that have not written the log up to this position to their disks.
CREATE OR REPLACE FUNCTION payment_migration.standbys_behind(p_lsn pg_lsn) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT coalesce(array_agg(r.application_name), '{}') FROM pg_stat_replication r
  WHERE NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
    AND (r.flush_lsn IS NULL OR r.flush_lsn < p_lsn)
$f$;

-- Tables that replication into this side has not finished, or has given up.
CREATE OR REPLACE FUNCTION payment_migration.unready_tables() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_tables text[];
  v_more text[];
BEGIN
  SELECT coalesce(array_agg(srrelid::regclass::text || ' is being copied'), '{}') INTO v_tables
  FROM pg_subscription_rel WHERE srsubstate <> 'r';
  IF to_regclass('awsdms_control.awsdms_suspended_tables') IS NOT NULL THEN
    EXECUTE 'SELECT coalesce(array_agg(DISTINCT format(''%I.%I is suspended by %s'', table_owner, table_name, task_name)), ''{}'')
      FROM awsdms_control.awsdms_suspended_tables' INTO v_more;
    v_tables := v_tables || v_more;
  END IF;
  RETURN v_tables;
END
$f$;
`;
