import { CLAIM_LOCK, GATE_LOCK } from './gate';

/** The taker's transactions. */
export const TAKER_FUNCTIONS = `
CREATE OR REPLACE FUNCTION payment_migration.own_slot(p_name name, p_attempt integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.side IS NULL OR v_row.state NOT IN ('standby', 'moved') OR v_row.attempt >= p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('standby or moved before %s', p_attempt));
  END IF;
  IF NOT EXISTS (SELECT FROM payment_migration.slot WHERE name = p_name) AND EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = p_name) THEN
    RAISE EXCEPTION 'there is a slot % that is not one of ours', p_name USING ERRCODE = 'PM017',
      HINT = 'Where an earlier migration left it behind, drop it; then prepare again.';
  END IF;
  INSERT INTO payment_migration.slot (name, attempt) VALUES (p_name, p_attempt) ON CONFLICT (name) DO NOTHING;
END
$f$;

-- In a transaction of its own that writes nothing: PostgreSQL makes no slot in any other.
CREATE OR REPLACE FUNCTION payment_migration.make_slot(p_name name, p_attempt integer, p_plugin name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority;
BEGIN
  PERFORM pg_advisory_xact_lock(${CLAIM_LOCK});
  SELECT * INTO v_row FROM payment_migration.authority;
  IF v_row.side IS NULL OR v_row.state NOT IN ('standby', 'moved') OR v_row.attempt >= p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('standby or moved before %s', p_attempt));
  END IF;
  IF NOT EXISTS (SELECT FROM payment_migration.slot WHERE name = p_name AND NOT spent) THEN
    RAISE EXCEPTION 'slot % is not one of ours', p_name USING ERRCODE = 'PM017', HINT = 'Prepare again.';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = p_name) THEN
    PERFORM pg_create_logical_replication_slot(p_name, p_plugin);
  END IF;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.raise_to(p_attempt integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority;
BEGIN
  PERFORM pg_advisory_xact_lock(${CLAIM_LOCK});
  v_row := payment_migration.locked_row();
  IF v_row.state = 'standby' AND v_row.attempt = p_attempt THEN RETURN; END IF;
  IF v_row.side IS NULL OR v_row.state NOT IN ('standby', 'moved') OR v_row.attempt >= p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('standby or moved before %s', p_attempt));
  END IF;
  UPDATE payment_migration.applier SET admitted = true;
  PERFORM payment_migration.write_row('standby', p_attempt);
END
$f$;

-- Reads the markers itself: one that was read earlier may be lost by a crash, with rows that came before it.
CREATE OR REPLACE FUNCTION payment_migration.record_way_back(p_attempt integer, p_giver text, p_streams text[], p_slot name, p_patience_ms integer)
RETURNS pg_lsn
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority;
  v_lsn pg_lsn;
BEGIN
  PERFORM set_config('lock_timeout', p_patience_ms::text, true);
  -- Waits for what appliers are writing, and keeps them from beginning anew.
  PERFORM pg_advisory_xact_lock(${GATE_LOCK});
  v_row := payment_migration.locked_row();
  IF v_row.state IS DISTINCT FROM 'standby' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('standby(%s)', p_attempt));
  END IF;
  IF NOT payment_migration.markers_here(p_giver, p_attempt, p_streams) THEN
    RAISE EXCEPTION 'not every marker of attempt % is here', p_attempt USING ERRCODE = 'PM015', HINT = 'Wait for the streams, then try again.';
  END IF;
  IF NOT EXISTS (
    SELECT FROM payment_migration.slot o JOIN pg_replication_slots s ON s.slot_name = o.name
    WHERE o.name = p_slot AND NOT o.spent AND s.restart_lsn IS NOT NULL AND coalesce(s.wal_status, '') <> 'lost'
  ) THEN
    RAISE EXCEPTION 'the slot % for the way back is not there, or its log is gone', p_slot USING ERRCODE = 'PM017', HINT = 'Prepare again.';
  END IF;
  -- The migration's own login too: DMS may apply with it, and what else it does here passes no gate.
  UPDATE payment_migration.applier SET admitted = false;
  -- The inserted position, not the flushed one: appliers commit asynchronously, and what they wrote must lie before it.
  v_lsn := pg_current_wal_insert_lsn();
  INSERT INTO payment_migration.record VALUES (p_attempt, p_slot, v_lsn)
    ON CONFLICT (attempt) DO UPDATE SET slot = excluded.slot, lsn = excluded.lsn;
  RETURN v_lsn;
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.open_row(p_attempt integer, p_giver text, p_streams text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state = 'open' AND v_row.attempt = p_attempt THEN RETURN; END IF;
  IF v_row.state IS DISTINCT FROM 'standby' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('standby(%s)', p_attempt));
  END IF;
  IF NOT EXISTS (SELECT FROM payment_migration.record WHERE attempt = p_attempt) OR NOT payment_migration.markers_here(p_giver, p_attempt, p_streams) THEN
    RAISE EXCEPTION 'not everything of attempt % is here', p_attempt USING ERRCODE = 'PM015', HINT = 'Wait for the streams, then try again.';
  END IF;
  PERFORM payment_migration.write_row('open', p_attempt);
  -- The first row that the way back carries: where it arrives, the way back works.
  INSERT INTO payment_migration.marker VALUES (v_row.side, '', p_attempt) ON CONFLICT (giver, stream) DO UPDATE SET attempt = excluded.attempt;
  PERFORM payment_migration.tell_clients(v_row, true);
END
$f$;

CREATE OR REPLACE FUNCTION payment_migration.readmit(p_attempt integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state IS DISTINCT FROM 'standby' OR v_row.attempt <> p_attempt THEN RETURN; END IF;
  UPDATE payment_migration.applier SET admitted = true;
  DELETE FROM payment_migration.record WHERE attempt = p_attempt;
END
$f$;
`;

/** The second transaction of every opening, and the repair of a gate that a crash or a cut left closed. */
export const OPENED_FUNCTIONS = `
CREATE OR REPLACE FUNCTION payment_migration.open_gate(p_attempt integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  v_row payment_migration.authority := payment_migration.locked_row();
BEGIN
  IF v_row.state IS DISTINCT FROM 'open' OR v_row.attempt <> p_attempt THEN
    PERFORM payment_migration.stale(v_row, format('open(%s)', p_attempt));
  END IF;
  PERFORM payment_migration.let_in(v_row);
END
$f$;
`;
