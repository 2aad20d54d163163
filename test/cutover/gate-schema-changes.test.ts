import type { Client } from 'pg';
import { CHANGES, TABLE, type Change } from './gate-changes';
import { as, close, errorOf, MAJORS, pairOf, reopen } from './gate-support';
import type { Pair } from '../support/pair';

const TABLES = CHANGES.map((change, index) => ({ ...change, table: `change.t${index}` }));
const DDL = `CREATE SCHEMA outside; CREATE SCHEMA change; CREATE TYPE change.kind AS ENUM ('one'); ${TABLES.map(({ table }) => TABLE(table)).join(';')}`;
const IGNORED = { ignoredSchemas: ['outside'] };

/** The migration's login may be a superuser, who makes event triggers, or not. */
describe.each(MAJORS)('a changed schema on PostgreSQL %i', (major) => {
  let pair: Pair;
  let migration: Client;

  const change = async ({ sql, bySuperuser, table }: Change & { table: string }) => (
    as(pair, 'source', bySuperuser ?? false ? 'superuser' : 'owner', (client) => client.query(sql(table))));

  async function begin(superuser: boolean): Promise<void> {
    pair = await pairOf(major, { ddl: DDL, superuser, majors: { source: major, target: major } });
    await (await pair.admin('source')).query('GRANT CREATE ON DATABASE payments TO payments_owner');
    await pair.arm('source', IGNORED);
    migration = await pair.servers.source.connect('payments', { user: 'payment_migration', password: 'payment_migration' });
  }

  async function end(): Promise<void> {
    await migration?.end();
    await pair?.remove();
  }

  describe('is named by the closing, which then closes nothing', () => {
    beforeAll(() => begin(false));
    afterAll(end);

    test.each(TABLES)('$title', async (one) => {
      await change(one);
      const error = await errorOf(close(migration, 1));
      expect(error).toMatchObject({ code: 'PM011', message: `tables are not as they were armed: ${one.named(one.table)}` });
      const { rows } = await migration.query('SELECT state, attempt, (SELECT last_value::int FROM payment_migration.gate) AS gate FROM payment_migration.authority');
      expect(rows).toEqual([{ state: 'open', attempt: 0, gate: 1 }]);
      await pair.arm('source', IGNORED);
    });

    test('and what is armed again can be closed', async () => {
      await close(migration, 1);
      await reopen(migration, 1);
    });
  });

  describe('is refused by the event triggers', () => {
    beforeAll(() => begin(true));
    afterAll(end);

    test.each(TABLES)('$title', async (one) => {
      expect(await errorOf(change(one))).toMatchObject({ code: '25006', detail: expect.stringMatching(/^PM002: schema is frozen/) as string });
    });

    test.each(['DROP SCHEMA change CASCADE', 'DROP TYPE change.kind CASCADE', 'DROP OWNED BY payments_owner', 'ALTER TYPE change.kind RENAME TO sort', 'ALTER SCHEMA change RENAME TO other'])('%s', async (sql) => {
      expect(await errorOf(as(pair, 'source', 'superuser', (client) => client.query(sql)))).toMatchObject({ code: '25006', detail: 'PM002: schema is frozen' });
    });

    test('also for a session of a replica role', async () => {
      const sql = 'SET session_replication_role = replica; CREATE TABLE change.new (id int)';
      expect(await errorOf(as(pair, 'source', 'superuser', (client) => client.query(sql)))).toMatchObject({ code: '25006', detail: 'PM002: schema is frozen' });
    });

    test.each([
      'CREATE TEMP TABLE t (id int); ALTER TABLE t ADD COLUMN more int; DROP TABLE t',
      'CREATE TEMP TABLE t (id serial, at timestamptz DEFAULT now()); CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION change.t0_f(); DROP TABLE t',
      'CREATE TEMP TABLE t AS SELECT 1 AS one; DROP TABLE t',
      'CREATE VIEW change.v AS SELECT 1 AS one; DROP VIEW change.v',
      'CREATE MATERIALIZED VIEW change.m AS SELECT 1 AS one; REFRESH MATERIALIZED VIEW change.m; DROP MATERIALIZED VIEW change.m',
      'CREATE INDEX i ON change.t0 (amount); DROP INDEX change.i',
      "CREATE FUNCTION change.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION change.f()",
      'GRANT SELECT ON change.t0 TO PUBLIC',
      'CREATE SCHEMA empty; DROP SCHEMA empty',
    ])('but this is not: %s', async (sql) => {
      await as(pair, 'source', 'owner', (client) => client.query(sql));
    });

    test('nothing of it was done', async () => {
      await close(migration, 1);
      await reopen(migration, 1);
    });

    test('and the migration itself may', async () => {
      await migration.query('CREATE TABLE change.own (id int); DROP TABLE change.own');
      await close(migration, 3);
    });
  });
});
