import { TIMELINE } from './gate';

/** What every transaction of the protocol begins with, and what some share. */
export const SHARED_FUNCTIONS = `
-- The row, locked until the transaction ends. Whoever acts on it commits synchronously, whatever the session says.
CREATE OR REPLACE FUNCTION payment_migration.locked_row() RETURNS payment_migration.authority
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority;
  v_problem text;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  SELECT * INTO v_row FROM payment_migration.authority FOR UPDATE;
  IF v_row.finished_at IS NOT NULL THEN
    RAISE EXCEPTION 'the % was sealed when the migration was finished', v_row.side USING ERRCODE = 'PM019', HINT = 'Release it first.';
  END IF;
  v_problem := payment_migration.identity_problem(v_row);
  IF v_problem IS NOT NULL THEN
    RAISE EXCEPTION '%', v_problem USING ERRCODE = 'PM014',
      HINT = 'Find out which server has every acknowledged payment; then arm it again with acceptNewIdentity, the name of who made sure.';
  END IF;
  RETURN v_row;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.identity_problem(p_row payment_migration.authority) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  IF p_row.side IS NULL THEN RETURN NULL; END IF;
  IF p_row.system_identifier IS NOT NULL AND p_row.system_identifier <> (SELECT system_identifier::text FROM pg_control_system()) THEN
    RETURN format('the %s is another server than the one that was armed', p_row.side);
  END IF;
  IF p_row.timeline IS NOT NULL AND p_row.timeline <> ${TIMELINE} THEN
    RETURN format('the %s is on timeline %s and was armed on timeline %s: it was promoted or restored', p_row.side, ${TIMELINE}, p_row.timeline);
  END IF;
  RETURN NULL;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.stale(p_row payment_migration.authority, p_wanted text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  IF p_row.side IS NULL THEN
    RAISE EXCEPTION 'this side is not armed' USING ERRCODE = 'PM018', HINT = 'Arm it.';
  END IF;
  RAISE EXCEPTION 'the % is %(%), not %', p_row.side, p_row.state, p_row.attempt, p_wanted USING ERRCODE = 'PM010',
    HINT = 'Somebody else has gone on. Read the state and decide anew.';
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.write_row(p_state text, p_attempt integer) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $f$
  UPDATE payment_migration.authority SET state = p_state, attempt = p_attempt, changed_at = clock_timestamp()
$f$;

-- What clients who look for the writer are told; nothing depends on it.
CREATE OR REPLACE FUNCTION payment_migration.tell_clients(p_row payment_migration.authority, p_writable boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  IF NOT p_row.discovery THEN RETURN; END IF;
  IF p_writable THEN
    EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
  ELSE
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
  END IF;
END
$f$;

-- Tables that are not as they were armed: they may have no gate.
CREATE OR REPLACE FUNCTION payment_migration.table_problems(p_row payment_migration.authority) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT coalesce(array_agg(problem ORDER BY problem), '{}') FROM (
    SELECT CASE
      WHEN t.relid IS NULL THEN a.name || ' is gone'
      WHEN a.relid IS NULL THEN t.name || ' is new'
      WHEN t.name <> a.name THEN format('%s is called %s now', a.name, t.name)
      WHEN NOT t.gated AND p_row.fence = 'triggers' THEN t.name || ' has no gate'
      WHEN NOT t.guarded AND p_row.fence = 'triggers' THEN t.name || ' may be truncated'
      WHEN t.fingerprint <> a.fingerprint THEN t.name || ' has changed'
    END AS problem
    FROM payment_migration.tables() t FULL JOIN payment_migration.armed_table a USING (relid)
  ) p WHERE problem IS NOT NULL
$f$;

CREATE OR REPLACE FUNCTION payment_migration.markers_here(p_giver text, p_attempt integer, p_streams text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT count(*) = cardinality(p_streams) AND cardinality(p_streams) > 0 FROM payment_migration.marker
  WHERE giver = p_giver AND attempt = p_attempt AND stream = ANY (p_streams)
$f$;

-- The session that reads a slot: another one after a reconnection.
CREATE OR REPLACE FUNCTION payment_migration.reader(p_slot name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
  SELECT s.active_pid::text || '@' || r.backend_start::text FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid
  WHERE s.slot_name = p_slot AND s.active
$f$;
`;
