import { DATABASE, LOGIN, paymentsServer, using } from './support/payments';
import { audit } from '../../src/audit';
import type { LocalServer } from '../../src/servers';
import { seed } from '../../src/workload';

let server: LocalServer;
beforeAll(async () => { server = await paymentsServer(18); });
afterAll(() => server?.remove());

const rows = async <Row extends object>(sql: string): Promise<Row[]> => using(server, async (client) => (await client.query<Row>(sql)).rows);

test('every object belongs to the owner, who cannot log in', async () => {
  expect(await rows(`
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('public', 'Settlements') AND relkind IN ('r', 'p', 'S') AND relowner <> 'payments_owner'::regrole`)).toEqual([]);
  expect(await rows("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'payments_owner'")).toEqual([{ rolcanlogin: false }]);
});

test('the application reads and writes rows and can do nothing else', async () => {
  const client = await server.connect(DATABASE, { user: LOGIN.username, password: LOGIN.password });
  try {
    await client.query('SELECT * FROM "Settlements"."Settlement", payments, payment_events');
    for (const refused of ['TRUNCATE refunds', 'CREATE TABLE mine ()', 'ALTER TABLE payments ADD x int', "SELECT setval('refund_numbers', 1)", 'SET ROLE payments_owner']) {
      await expect(client.query(refused)).rejects.toThrow(/permission denied|must be owner/);
    }
  } finally {
    await client.end();
  }
});

test('it has what migrations stumble over', async () => {
  expect(await rows("SELECT count(*)::int AS columns FROM information_schema.columns WHERE table_name = 'payments'")).toEqual([{ columns: 11 }]);
  expect(await rows("SELECT increment_by::int FROM pg_sequences WHERE sequencename = 'refund_numbers'")).toEqual([{ increment_by: 10 }]);
  expect(await rows("SELECT count(*)::int AS partitions FROM pg_inherits WHERE inhparent = 'payment_events'::regclass")).toEqual([{ partitions: 3 }]);
  // Without a primary key, updates and deletes cannot be replicated.
  expect(await rows(`
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, '"Settlements"'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)`)).toEqual([]);
});

test('it is empty until it is seeded, and what is seeded is balanced', async () => {
  expect(await rows('SELECT count(*)::int AS accounts FROM accounts')).toEqual([{ accounts: 0 }]);
  await using(server, async (client) => {
    await seed(client, 3000);
    await seed(client, 1000);
    expect((await client.query(`
      SELECT (SELECT count(*)::int FROM accounts) AS accounts, (SELECT count(*)::int FROM payments) AS payments, (SELECT count(*)::int FROM refunds) AS refunds,
             (SELECT count(*)::int FROM ledger_entries) AS entries, (SELECT count(*)::int FROM "Settlements"."Settlement") AS settlements`)).rows)
      .toEqual([{ accounts: 1000, payments: 4000, refunds: 400, entries: 8800, settlements: 1333 }]);
    expect((await audit(client, { acknowledged: [], unacknowledged: [] })).findings).toEqual([]);
  });
});

test.each([-1, 1.5, Number.NaN, 2_000_000])('rows: %p is refused', async (count) => {
  await using(server, async (client) => {
    await expect(seed(client, count)).rejects.toThrow(`rows: got ${count}, allowed: a whole number from 0 to 1000000`);
  });
});
