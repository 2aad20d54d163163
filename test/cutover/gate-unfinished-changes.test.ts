import type { Client } from 'pg';
import { as, close, errorOf, MAJORS, pairOf, reopen } from './gate-support';
import type { Pair } from '../support/pair';

/** A gate that is off in a transaction which is still open: nobody sees it yet, and what is written there takes no lock. */
describe.each(MAJORS)('a closing on PostgreSQL %i, while a transaction is open that', (major) => {
  let pair: Pair;
  let migration: Client;
  let attempt = 1;

  beforeAll(async () => {
    pair = await pairOf(major, { ddl: 'CREATE TABLE public.payment (id int PRIMARY KEY); GRANT CREATE ON SCHEMA public TO PUBLIC', majors: { source: major, target: major } });
    await pair.arm('source');
    migration = await pair.servers.source.connect('payments', { user: 'payment_migration', password: 'payment_migration' });
  });

  afterAll(async () => {
    await migration?.end();
    await pair?.remove();
  });

  test.each([
    ['disabled the gate and wrote', ['ALTER TABLE public.payment DISABLE TRIGGER USER', 'INSERT INTO public.payment VALUES (1)'], 'public.payment is being changed'],
    ['dropped the gate and wrote', ['DROP TRIGGER "!payment_migration_gate" ON public.payment', 'INSERT INTO public.payment VALUES (1)'], 'public.payment is being changed'],
    ['changes rows by ALTER TYPE USING', ['ALTER TABLE public.payment ALTER id TYPE int USING id + 1'], 'public.payment is being changed'],
    ['made a table and wrote', ['CREATE TABLE public.new AS SELECT 1 AS one'], 'something is being made in schema public'],
  ])('%s, does not go by it', async (_, statements, named) => {
    await as(pair, 'source', 'owner', async (client) => {
      await client.query('BEGIN');
      for (const statement of statements) await client.query(statement);
      const { rows: [{ changes }] } = await migration.query<{ changes: string[] }>('SELECT payment_migration.unfinished_changes() AS changes');
      expect(changes).toEqual([named]);
      expect(await errorOf(close(migration, attempt))).toMatchObject({ code: '55P03', message: expect.stringContaining(named) as string });
      await client.query('ROLLBACK');
    });
    await close(migration, attempt);
    await reopen(migration, attempt);
    attempt += 2;
  });

  test('makes a temporary table, is not disturbed', async () => {
    await as(pair, 'source', 'owner', async (client) => {
      // The first one of a session makes the schema that it stands in.
      await client.query('CREATE TEMP TABLE first (id int)');
      await client.query('BEGIN');
      await client.query('CREATE TEMP TABLE second (id int)');
      await close(migration, attempt);
    });
    await reopen(migration, attempt);
    attempt += 2;
  });
});
