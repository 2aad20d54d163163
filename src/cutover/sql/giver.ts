import { GATE_LOCK } from './gate';

/** The giver's transactions, under the names of docs/protocol/transactions.pml. */
export const GIVER_FUNCTIONS = `
CREATE OR REPLACE FUNCTION payment_migration.close(p_attempt integer, p_patience_ms integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority;
  v_problems text[];
BEGIN
  -- There is no such attempt, and nobody has to wait to hear it.
  IF p_attempt < 1 THEN PERFORM payment_migration.stale(payment_migration.locked_row(), format('open(%s)', p_attempt - 1)); END IF;
  -- Waits for writers that hold the gate's lock. Writers that come later queue behind this, so not for long.
  PERFORM set_config('lock_timeout', p_patience_ms::text, true);
  PERFORM pg_advisory_xact_lock(${GATE_LOCK});
  v_row := payment_migration.locked_row();
  IF v_row.state = 'open' AND v_row.attempt = p_attempt - 1 THEN
    -- Before the comparison: what commits in between is seen by it. 55P03, so that it is tried again like a lock.
    v_problems := payment_migration.unfinished_changes();
    IF v_row.fence = 'triggers' AND cardinality(v_problems) > 0 THEN
      RAISE EXCEPTION 'tables are being changed: %', array_to_string(v_problems[1:5], ', ') USING ERRCODE = '55P03', HINT = 'Wait until it has ended.';
    END IF;
    v_problems := payment_migration.table_problems(v_row);
    IF cardinality(v_problems) > 0 THEN
      RAISE EXCEPTION 'tables are not as they were armed: %', array_to_string(v_problems[1:5], ', ') USING ERRCODE = 'PM011',
        HINT = 'Make the change on both sides, or take it back; then arm again.';
    END IF;
    IF EXISTS (SELECT FROM pg_prepared_xacts WHERE database = current_database()) THEN
      RAISE EXCEPTION 'a prepared transaction could commit after the closing: %', (SELECT min(gid) FROM pg_prepared_xacts WHERE database = current_database())
        USING ERRCODE = 'PM013', HINT = 'Commit it or roll it back.';
    END IF;
    PERFORM payment_migration.write_row('draining', p_attempt);
    PERFORM payment_migration.tell_clients(v_row, false);
    PERFORM payment_migration.keep_out(v_row);
  ELSIF v_row.state IS DISTINCT FROM 'draining' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('open(%s)', p_attempt - 1));
  END IF;
  -- Whether there is a standby that has to hear of it.
  RETURN cardinality(payment_migration.standbys_behind('FFFFFFFF/FFFFFFFF')) > 0;
END
$f$;

-- The streams' slots become ours, so that they can be dropped when they have done their work.
CREATE OR REPLACE FUNCTION payment_migration.adopt_slots(p_attempt integer, p_slots name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state IS DISTINCT FROM 'open' OR v_row.attempt <> p_attempt - 1 THEN
    PERFORM payment_migration.stale(v_row, format('open(%s)', p_attempt - 1));
  END IF;
  INSERT INTO payment_migration.slot (name, attempt) SELECT slot_name, p_attempt - 1 FROM pg_replication_slots WHERE slot_name = ANY (p_slots)
    ON CONFLICT (name) DO NOTHING;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.mark(p_attempt integer, p_streams text[], p_slots name[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state IS DISTINCT FROM 'draining' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('draining(%s)', p_attempt));
  END IF;
  IF v_row.fence = 'roles' AND EXISTS (
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = ANY (v_row.writers) AND pid <> pg_backend_pid()
  ) THEN
    RAISE EXCEPTION 'a session of a writer is still there' USING ERRCODE = 'PM020', HINT = 'It is being terminated: try again.';
  END IF;
  IF v_row.fence = 'roles' AND EXISTS (SELECT FROM pg_prepared_xacts WHERE database = current_database()) THEN
    RAISE EXCEPTION 'a transaction was prepared after the closing' USING ERRCODE = 'PM013', HINT = 'Commit it or roll it back, then try again.';
  END IF;
  -- Once: a second mark would take a session for the one that brought everything, which started after the first.
  IF NOT EXISTS (SELECT FROM payment_migration.stream WHERE attempt = p_attempt) THEN
    INSERT INTO payment_migration.stream SELECT p_attempt, slot, payment_migration.reader(slot) FROM unnest(p_slots) slot;
    INSERT INTO payment_migration.marker SELECT v_row.side, stream, p_attempt FROM unnest(p_streams) stream
      ON CONFLICT (giver, stream) DO UPDATE SET attempt = excluded.attempt;
  END IF;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.flip(p_attempt integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
  v_slot name;
BEGIN
  IF v_row.state = 'moved' AND v_row.attempt = p_attempt THEN RETURN; END IF;
  IF v_row.state IS DISTINCT FROM 'draining' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('draining(%s)', p_attempt));
  END IF;
  -- An applier that started again may have written old values over new ones.
  SELECT slot INTO v_slot FROM payment_migration.stream WHERE attempt = p_attempt AND (reader IS NULL OR reader IS DISTINCT FROM payment_migration.reader(slot)) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the stream from slot % started again since the marker was written', v_slot USING ERRCODE = 'PM016',
      HINT = 'Nothing is lost. Try again when the stream runs.';
  END IF;
  UPDATE payment_migration.slot SET spent = true;
  UPDATE payment_migration.applier SET admitted = true;
  PERFORM payment_migration.write_row('moved', p_attempt);
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.abort(p_attempt integer, p_result jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  -- Without its result it was the next transfer that opened this side with the next attempt.
  IF v_row.state = 'open' AND v_row.attempt = p_attempt + 1 AND EXISTS (SELECT FROM payment_migration.result WHERE attempt = p_attempt) THEN RETURN; END IF;
  -- Not closed yet: a closing that the server still executes, or that somebody still sends, finds its attempt used up.
  IF (v_row.state = 'draining' AND v_row.attempt = p_attempt OR v_row.state = 'open' AND v_row.attempt = p_attempt - 1) IS NOT TRUE THEN
    PERFORM payment_migration.stale(v_row, format('draining(%s)', p_attempt));
  END IF;
  PERFORM payment_migration.write_row('open', p_attempt + 1);
  INSERT INTO payment_migration.result VALUES (p_attempt, p_result) ON CONFLICT (attempt) DO NOTHING;
  PERFORM payment_migration.tell_clients(v_row, true);
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.drop_slot(p_attempt integer, p_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state IS DISTINCT FROM 'moved' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('moved(%s)', p_attempt));
  END IF;
  IF NOT EXISTS (SELECT FROM payment_migration.slot WHERE name = p_name AND spent AND attempt <= p_attempt) THEN RETURN; END IF;
  -- Not undone by a rollback: so the slot goes first, and what a cut leaves behind is a name without a slot.
  PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = p_name;
  DELETE FROM payment_migration.slot WHERE name = p_name;
END
$f$;
`;
