import { GATE_TRIGGER, WRITES_MOVED } from '../contract';

/**
 * The advisory locks. The gate's: writers share it until their transaction ends, who closes takes it alone. The claim's: a slot cannot be
 * made in a transaction that has locked a row, so making one and raising its side exclude each other by this.
 */
export const GATE_LOCK = '1347241216, 1';
export const CLAIM_LOCK = '1347241216, 2';

/** BEFORE, once per statement, INSERT, DELETE, UPDATE and TRUNCATE: what pg_trigger.tgtype says of our trigger. */
const TRIGGER_TYPE = 62;

/** The server's timeline: another one after a promotion or a restore to a point in time. Asked without taking a lock. */
export const TIMELINE = "left(pg_walfile_name('0/1000000'), 8)";

/**
 * What the gate's trigger runs.
 *
 * One expression, so that PL/pgSQL evaluates it without a query: half of what the trigger costs otherwise. The lock comes before the look,
 * and CASE keeps that order. A server on another timeline than the armed one is closed whatever the sequence says: it may be an older copy.
 *
 * @param timeline as the server said it at the arming; undefined where it does not tell
 */
export function gateFunction(timeline?: string): string {
  const another = timeline === undefined ? 'false' : `left(pg_catalog.pg_walfile_name('0/1000000'), 8) IS DISTINCT FROM '${timeline}'`;
  return `
CREATE OR REPLACE FUNCTION payment_migration.pass_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $gate$
BEGIN
  IF (CASE
    WHEN pg_catalog.pg_advisory_xact_lock_shared(${GATE_LOCK}) IS NULL THEN true
    WHEN pg_catalog.pg_sequence_last_value('payment_migration.gate'::pg_catalog.regclass) IS DISTINCT FROM 1 THEN true
    ELSE ${another.replace('left(', 'pg_catalog.left(')}
  END) THEN
    IF NOT EXISTS (
      SELECT FROM payment_migration.applier WHERE login OPERATOR(pg_catalog.=) session_user AND admitted
    ) THEN
      RAISE EXCEPTION 'cannot execute % on %.%: this database does not accept writes now', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = '${WRITES_MOVED.sqlState}',
          DETAIL = '${WRITES_MOVED.detail}',
          HINT = 'Connect again to the database that accepts writes and repeat the transaction.';
    END IF;
  END IF;
  RETURN NULL;
END
$gate$;
`;
}

/** Every table that may hold payments, whether it has its gate, and what it is like. */
export const TABLES_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.tables()
RETURNS TABLE (relid oid, name text, gated boolean, fingerprint text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $tables$
  SELECT c.oid, format('%I.%I', n.nspname, c.relname),
    EXISTS (
      SELECT FROM pg_trigger t
      WHERE t.tgrelid = c.oid AND t.tgname = '${GATE_TRIGGER}' AND t.tgfoid = 'payment_migration.pass_gate()'::regprocedure
        AND t.tgtype = ${TRIGGER_TYPE} AND t.tgenabled = 'A' AND t.tgqual IS NULL
    ),
    md5(concat_ws('|', c.relkind, c.relpersistence, c.relispartition, c.relreplident,
      (SELECT string_agg(concat_ws(',', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attisdropped, a.attidentity, a.attgenerated,
         a.attcollation), ';' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
      (SELECT string_agg(concat_ws(',', t.tgname, t.tgfoid, t.tgtype, t.tgenabled), ';' ORDER BY t.tgname) FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname <> '${GATE_TRIGGER}'),
      (SELECT string_agg(i.inhparent::text, ';' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'payment_migration') AND n.nspname !~ '^pg_toast'
    -- DMS keeps its own tables under this prefix and writes them on either side.
    AND c.relname !~ '^awsdms_'
    AND n.nspname <> ALL (coalesce((SELECT ignored_schemas FROM payment_migration.authority), '{}'))
$tables$;
`;

/** Gives one table its gate. Waits for writers no longer than the session's lock_timeout. */
export const ARM_TABLE_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.arm_table(p_relid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $arm$
DECLARE
  v_table regclass := p_relid;
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', '${GATE_TRIGGER}', v_table);
  EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION payment_migration.pass_gate()',
    '${GATE_TRIGGER}', v_table);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_table, '${GATE_TRIGGER}');
END
$arm$;
`;

/** Takes the gate from one table. */
export const DISARM_TABLE_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.disarm_table(p_relid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $disarm$
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', '${GATE_TRIGGER}', p_relid::regclass);
END
$disarm$;
`;

/** Commands that could make a table without a gate, or change one behind it. */
const DDL_TAGS = [
  'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'DROP TABLE', 'CREATE TRIGGER', 'ALTER TRIGGER', 'DROP TRIGGER', 'IMPORT FOREIGN SCHEMA',
  'DROP SCHEMA', 'DROP OWNED', 'ALTER TYPE', 'DROP TYPE', 'ALTER DOMAIN', 'DROP DOMAIN', 'DROP SEQUENCE', 'DROP FUNCTION', 'DROP EXTENSION',
];

/** Refuses such commands while the side is armed; needs a superuser, or rds_superuser on RDS. */
export const EVENT_TRIGGER_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.refuse_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $ddl$
BEGIN
  IF EXISTS (SELECT FROM payment_migration.applier WHERE login = session_user) THEN RETURN; END IF;
  IF TG_EVENT = 'sql_drop' THEN
    IF NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary) THEN RETURN; END IF;
  ELSIF NOT EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name IS NULL OR schema_name !~ '^pg_temp'
  ) THEN
    RETURN;
  END IF;
  RAISE EXCEPTION '% is refused while the migration has its gate on the tables', TG_TAG
    USING ERRCODE = '${WRITES_MOVED.sqlState}', DETAIL = 'PM002: schema is frozen',
      HINT = 'Change the schema after the migration, or disarm, change it on both sides and arm again.';
END
$ddl$;
`;

export const EVENT_TRIGGERS = ['ddl_command_end', 'sql_drop'].map((event) => ({
  name: `payment_migration_${event}`,
  create: `CREATE EVENT TRIGGER payment_migration_${event} ON ${event} WHEN TAG IN (${DDL_TAGS.map((tag) => `'${tag}'`).join(', ')})
    EXECUTE FUNCTION payment_migration.refuse_ddl()`,
  always: `ALTER EVENT TRIGGER payment_migration_${event} ENABLE ALWAYS`,
}));
