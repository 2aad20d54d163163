/** A change of the schema that could make a way around the gate. Titles stand in docs/write-fence.md. */
export interface Change {
  readonly title: string;
  /** Made by the owner of the tables. */
  readonly sql: (table: string) => string;
  /** What the closing says of it. */
  readonly named: (table: string) => string;
  /** Only a superuser may do it. @default false */
  readonly bySuperuser?: boolean;
}

/** What a table that `sql` changes is like. */
export const TABLE = (table: string): string => `
  CREATE TABLE ${table} (id int PRIMARY KEY, amount int, kind change.kind);
  CREATE FUNCTION ${table}_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER own BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_f();
  CREATE TABLE ${table}_p (id int, amount int, kind change.kind) PARTITION BY LIST (id);
  CREATE TABLE ${table}_base (id int);
  CREATE TABLE ${table}_child (id int, amount int, kind change.kind);
  INSERT INTO ${table} VALUES (1, 1)`;

export const CHANGES: readonly Change[] = [
  { title: 'a new table', sql: (t) => `CREATE TABLE ${t}_new (id int)`, named: (t) => `${t}_new is new` },
  { title: 'CREATE TABLE AS', sql: (t) => `CREATE TABLE ${t}_new AS SELECT * FROM ${t}`, named: (t) => `${t}_new is new` },
  { title: 'SELECT INTO', sql: (t) => `SELECT * INTO ${t}_new FROM ${t}`, named: (t) => `${t}_new is new` },
  { title: 'a new partition', sql: (t) => `CREATE TABLE ${t}_new PARTITION OF ${t}_p DEFAULT`, named: (t) => `${t}_new is new` },
  { title: 'CREATE SCHEMA with tables in it', sql: (t) => `CREATE SCHEMA ${t.replace('.', '_')} CREATE TABLE inner_table (id int)`, named: (t) => `${t.replace('.', '_')}.inner_table is new` },
  { title: 'a column more', sql: (t) => `ALTER TABLE ${t} ADD COLUMN more int DEFAULT 7`, named: (t) => `${t} has changed` },
  { title: 'a column less', sql: (t) => `ALTER TABLE ${t} DROP COLUMN amount`, named: (t) => `${t} has changed` },
  { title: 'a column of another type', sql: (t) => `ALTER TABLE ${t} ALTER amount TYPE bigint`, named: (t) => `${t} has changed` },
  { title: 'ALTER TYPE USING with the same type', sql: (t) => `ALTER TABLE ${t} ALTER amount TYPE int USING amount * 100`, named: (t) => `${t} has changed` },
  { title: 'a table with another name', sql: (t) => `ALTER TABLE ${t} RENAME TO ${t.split('.')[1]}_other`, named: (t) => `${t} is called ${t}_other now` },
  { title: 'a table in another schema', sql: (t) => `ALTER TABLE ${t} SET SCHEMA outside`, named: (t) => `${t} is gone` },
  { title: 'a dropped table', sql: (t) => `DROP TABLE ${t}`, named: (t) => `${t} is gone` },
  {
    title: 'a table that was dropped and made again',
    sql: (t) => `DROP TABLE ${t}; CREATE TABLE ${t} (id int PRIMARY KEY, amount int, kind change.kind)`,
    named: (t) => `${t} is gone, ${t} is new`,
  },
  { title: 'an attached partition', sql: (t) => `ALTER TABLE ${t}_p ATTACH PARTITION ${t}_child DEFAULT`, named: (t) => `${t}_child has changed` },
  { title: 'a new parent of inheritance', sql: (t) => `ALTER TABLE ${t}_child INHERIT ${t}_base`, named: (t) => `${t}_child has changed` },
  { title: 'DISABLE TRIGGER USER', sql: (t) => `ALTER TABLE ${t} DISABLE TRIGGER USER`, named: (t) => `${t} has no gate` },
  { title: 'DISABLE TRIGGER ALL', sql: (t) => `ALTER TABLE ${t} DISABLE TRIGGER ALL`, named: (t) => `${t} has no gate`, bySuperuser: true },
  { title: 'the gate disabled by its name', sql: (t) => `ALTER TABLE ${t} DISABLE TRIGGER "!payment_migration_gate"`, named: (t) => `${t} has no gate` },
  { title: 'the gate dropped', sql: (t) => `DROP TRIGGER "!payment_migration_gate" ON ${t}`, named: (t) => `${t} has no gate` },
  { title: 'the gate renamed', sql: (t) => `ALTER TRIGGER "!payment_migration_gate" ON ${t} RENAME TO gate`, named: (t) => `${t} has no gate` },
  { title: 'ENABLE REPLICA TRIGGER', sql: (t) => `ALTER TABLE ${t} ENABLE REPLICA TRIGGER "!payment_migration_gate"`, named: (t) => `${t} has no gate` },
  { title: 'ENABLE TRIGGER, which is not ALWAYS', sql: (t) => `ALTER TABLE ${t} ENABLE TRIGGER "!payment_migration_gate"`, named: (t) => `${t} has no gate` },
  {
    title: 'a gate of fewer columns',
    sql: (t) => `CREATE OR REPLACE TRIGGER "!payment_migration_gate" BEFORE INSERT OR DELETE OR TRUNCATE OR UPDATE OF id ON ${t}
      FOR EACH STATEMENT EXECUTE FUNCTION payment_migration.pass_gate(); ALTER TABLE ${t} ENABLE ALWAYS TRIGGER "!payment_migration_gate"`,
    named: (t) => `${t} has no gate`,
    bySuperuser: true,
  },
  {
    title: 'TRUNCATE let through',
    sql: (t) => `ALTER TABLE ${t} DISABLE TRIGGER "!payment_migration_truncate"`,
    named: (t) => `${t} may be truncated`,
  },
  { title: 'a trigger more', sql: (t) => `CREATE TRIGGER more BEFORE UPDATE ON ${t} FOR EACH ROW EXECUTE FUNCTION ${t}_f()`, named: (t) => `${t} has changed` },
  { title: 'a trigger less', sql: (t) => `DROP TRIGGER own ON ${t}`, named: (t) => `${t} has changed` },
  { title: 'a trigger disabled', sql: (t) => `ALTER TABLE ${t} DISABLE TRIGGER own`, named: (t) => `${t} has changed` },
  { title: 'a function dropped, and its trigger with it', sql: (t) => `DROP FUNCTION ${t}_f() CASCADE`, named: (t) => `${t} has changed` },
  { title: 'SET UNLOGGED', sql: (t) => `ALTER TABLE ${t} SET UNLOGGED`, named: (t) => `${t} has changed` },
  { title: 'another replica identity', sql: (t) => `ALTER TABLE ${t} REPLICA IDENTITY FULL`, named: (t) => `${t} has changed` },
];
