import { GATE_TRIGGER, TRUNCATE_TRIGGER, WRITES_MOVED } from '../contract';

/**
 * The advisory locks. The gate's: writers share it until their transaction ends, who closes takes it alone. The claim's: a slot cannot be
 * made in a transaction that has locked a row, so making one and raising its side exclude each other by this.
 */
export const GATE_LOCK = '1347241216, 1';
export const CLAIM_LOCK = '1347241216, 2';

/** BEFORE, once per statement, INSERT, DELETE, UPDATE and TRUNCATE: what pg_trigger.tgtype says of our trigger. */
const TRIGGER_TYPE = 62;
/** The same for TRUNCATE alone. */
const TRUNCATE_TRIGGER_TYPE = 34;

/** The server's timeline: another one after a promotion or a restore to a point in time. Asked without taking a lock. */
export const TIMELINE = "left(pg_walfile_name('0/1000000'), 8)";

/**
 * What the gate's trigger runs.
 *
 * One expression, so that PL/pgSQL evaluates it without a query: half of what the trigger costs otherwise. The lock comes before the look,
 * and CASE keeps that order. A server on another timeline than the armed one is closed whatever the sequence says: it may be an older copy.
 *
 * The writer's search_path is in force, since setting another one costs too much: so every name is qualified, operators too, and nothing
 * uses one that cannot be, such as IS DISTINCT FROM. Whoever can create an operator would open the gate otherwise, and run as its owner.
 *
 * @param timeline as the server said it at the arming; undefined where it does not tell
 */
export function gateFunction(timeline?: string): string {
  const same = timeline === undefined ? 'true' : `pg_catalog.left(pg_catalog.pg_walfile_name('0/1000000'), 8) OPERATOR(pg_catalog.=) '${timeline}'`;
  return `
CREATE OR REPLACE FUNCTION payment_migration.pass_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $gate$
BEGIN
  IF (CASE
    WHEN pg_catalog.pg_advisory_xact_lock_shared(${GATE_LOCK}) IS NULL THEN false
    WHEN pg_catalog.pg_sequence_last_value('payment_migration.gate'::pg_catalog.regclass) OPERATOR(pg_catalog.=) 1 THEN ${same}
    ELSE false
  END) IS NOT TRUE THEN
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed' THEN
      PERFORM FROM payment_migration.applier WHERE login OPERATOR(pg_catalog.=) session_user AND admitted;
    ELSE
      -- The snapshot may be older than an applier's exclusion: a row that has changed since cannot be locked.
      PERFORM FROM payment_migration.applier WHERE login OPERATOR(pg_catalog.=) session_user AND admitted FOR SHARE;
    END IF;
    IF NOT FOUND THEN
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

/**
 * Every table that may hold payments, whether it has its gate, and what it is like.
 *
 * ALTER COLUMN ... TYPE ... USING writes every row past the gate, and may keep the type: what it always leaves behind is another xmin.
 */
const ALL_TABLES_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.tables()
RETURNS TABLE (relid oid, name text, guarded boolean, gated boolean, fingerprint text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $tables$
  SELECT c.oid, format('%I.%I', n.nspname, c.relname),
    EXISTS (
      SELECT FROM pg_trigger t
      WHERE t.tgrelid = c.oid AND t.tgname = '${TRUNCATE_TRIGGER}' AND t.tgfoid = 'payment_migration.refuse_truncate()'::regprocedure
        AND t.tgtype = ${TRUNCATE_TRIGGER_TYPE} AND t.tgenabled = 'A'
    ),
    EXISTS (
      SELECT FROM pg_trigger t
      WHERE t.tgrelid = c.oid AND t.tgname = '${GATE_TRIGGER}' AND t.tgfoid = 'payment_migration.pass_gate()'::regprocedure
        AND t.tgtype = ${TRIGGER_TYPE} AND t.tgenabled = 'A' AND t.tgqual IS NULL AND cardinality(t.tgattr::int2[]) = 0
    ),
    md5(concat_ws('|', c.relkind, c.relpersistence, c.relispartition, c.relreplident,
      (SELECT string_agg(concat_ws(',', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attisdropped, a.attidentity, a.attgenerated,
         a.attcollation, a.xmin), ';' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
      (SELECT string_agg(concat_ws(',', t.tgname, t.tgfoid, t.tgtype, t.tgenabled), ';' ORDER BY t.tgname) FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname NOT IN ('${GATE_TRIGGER}', '${TRUNCATE_TRIGGER}')),
      (SELECT string_agg(i.inhparent::text, ';' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'payment_migration') AND n.nspname !~ '^pg_toast'
    -- DMS keeps its own tables under this prefix and writes them on either side.
    AND c.relname !~ '^awsdms_'
    -- Tables that belong to an extension are its own to write, and rarely ours to change.
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND n.nspname <> ALL (coalesce((SELECT ignored_schemas FROM payment_migration.authority), '{}'))
$tables$;
`;

/**
 * What a transaction that is still open does to tables: a gate that it disabled or a table that it made is seen by nobody yet, and what it
 * wrote there took no lock of ours, so it could commit after the closing.
 *
 * Who makes something in a schema holds a lock on the schema. One that is not visible is new, or is a session's first temporary one.
 */
const UNFINISHED_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.unfinished_changes() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $unfinished$
  SELECT coalesce(array_agg(DISTINCT problem ORDER BY problem), '{}') FROM (
    SELECT CASE l.locktype
      WHEN 'relation' THEN (SELECT t.name || ' is being changed' FROM payment_migration.tables() t WHERE t.relid = l.relation)
      ELSE coalesce((SELECT CASE WHEN n.nspname !~ '^pg_temp' THEN format('something is being made in schema %I', n.nspname) ELSE '' END
        FROM pg_namespace n WHERE n.oid = l.objid), 'a schema is being made')
    END AS problem
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
      AND (l.locktype = 'relation' AND l.mode IN ('ShareRowExclusiveLock', 'AccessExclusiveLock')
        OR l.locktype = 'object' AND l.classid = 'pg_namespace'::regclass)
  ) p WHERE problem <> ''
$unfinished$;
`;

/** What is asked of the tables when a side is armed and when it is closed. */
export const TABLES_FUNCTION = ALL_TABLES_FUNCTION + UNFINISHED_FUNCTION;

/** Refuses TRUNCATE: what replicates changes may not carry it, or carry it later than what follows. */
export const TRUNCATE_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.refuse_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $truncate$
BEGIN
  IF NOT EXISTS (SELECT FROM payment_migration.applier WHERE login OPERATOR(pg_catalog.=) session_user) THEN
    RAISE EXCEPTION 'cannot execute TRUNCATE on %.% while its changes are replicated', TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = '${WRITES_MOVED.sqlState}', DETAIL = 'PM003: TRUNCATE is refused', HINT = 'Delete the rows instead.';
  END IF;
  RETURN NULL;
END
$truncate$;
`;

/** Gives one table its triggers, or that against TRUNCATE alone. Waits for writers no longer than the session's lock_timeout. */
export const ARM_TABLE_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.arm_table(p_relid oid, p_gate boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $arm$
DECLARE
  v_table regclass := p_relid;
BEGIN
  PERFORM payment_migration.disarm_table(p_relid);
  EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION payment_migration.refuse_truncate()', '${TRUNCATE_TRIGGER}', v_table);
  EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', v_table, '${TRUNCATE_TRIGGER}');
  IF p_gate THEN
    EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION payment_migration.pass_gate()',
      '${GATE_TRIGGER}', v_table);
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', v_table, '${GATE_TRIGGER}');
  END IF;
END
$arm$;
`;

/** Takes our triggers from one table. */
export const DISARM_TABLE_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.disarm_table(p_relid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $disarm$
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', '${GATE_TRIGGER}', p_relid::regclass);
  EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', '${TRUNCATE_TRIGGER}', p_relid::regclass);
END
$disarm$;
`;

/** Commands that could make a table without a gate, or change one behind it. What drops something is judged by what it drops. */
const DDL_TAGS = [
  'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'ALTER TABLE', 'ALTER SCHEMA', 'CREATE TRIGGER', 'ALTER TRIGGER', 'IMPORT FOREIGN SCHEMA',
  'ALTER TYPE', 'ALTER DOMAIN',
];

/**
 * Refuses such commands while the side is armed; needs a superuser, or rds_superuser on RDS.
 *
 * CREATE SCHEMA with tables in it is one command, under that name. Triggers and defaults have no schema of their own: those of temporary
 * tables are known by where they are.
 */
export const EVENT_TRIGGER_FUNCTION = `
CREATE OR REPLACE FUNCTION payment_migration.refuse_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $ddl$
BEGIN
  IF EXISTS (SELECT FROM payment_migration.applier WHERE login = session_user) THEN RETURN; END IF;
  IF TG_EVENT = 'sql_drop' THEN
    IF NOT EXISTS (
      SELECT FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary AND coalesce(address_names[1], '') <> 'pg_temp'
        AND object_type IN ('table', 'table column', 'table constraint', 'default value', 'trigger', 'sequence')
    ) THEN
      RETURN;
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() WHERE (object_type <> 'schema' OR TG_TAG = 'ALTER SCHEMA')
      AND coalesce(schema_name, CASE WHEN object_type = 'trigger' THEN substring(object_identity FROM ' on (pg_temp)[.]') END, '') !~ '^pg_temp'
  ) THEN
    RETURN;
  END IF;
  RAISE EXCEPTION '% is refused while the migration has its gate on the tables', TG_TAG
    USING ERRCODE = '${WRITES_MOVED.sqlState}', DETAIL = 'PM002: schema is frozen',
      HINT = 'Change the schema after the migration, or disarm, change it on both sides and arm again.';
END
$ddl$;
`;

export const EVENT_TRIGGERS = [
  { event: 'ddl_command_end', filter: `WHEN TAG IN (${DDL_TAGS.map((tag) => `'${tag}'`).join(', ')})` },
  { event: 'sql_drop', filter: '' },
].map(({ event, filter }) => ({
  name: `payment_migration_${event}`,
  create: `CREATE EVENT TRIGGER payment_migration_${event} ON ${event} ${filter} EXECUTE FUNCTION payment_migration.refuse_ddl()`,
  always: `ALTER EVENT TRIGGER payment_migration_${event} ENABLE ALWAYS`,
}));
