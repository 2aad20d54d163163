import { TwoServers, type TwoDatabases } from './support/two-databases';
import type { Invariant, InvariantsRequest, InvariantsResult } from '../../src/validation/invariant-contract';

jest.setTimeout(60_000);

let servers: TwoServers;
let databases: TwoDatabases;

beforeAll(async () => {
  servers = await TwoServers.create();
  databases = await servers.databasesWith(`CREATE SCHEMA pay;
    CREATE TABLE pay.payment (id int PRIMARY KEY, key text, currency char(3), amount numeric(12, 2), status text);
    CREATE TABLE pay.entry (id int PRIMARY KEY, payment int, currency char(3), debit numeric(12, 2), credit numeric(12, 2), amount numeric(12, 2));
    INSERT INTO pay.payment SELECT i, 'k' || i, CASE i % 2 WHEN 0 THEN 'EUR' ELSE 'PLN' END, i, CASE i % 3 WHEN 0 THEN 'settled' END FROM generate_series(1, 100) i;
    INSERT INTO pay.entry SELECT i, (i + 1) / 2, 'EUR', CASE i % 2 WHEN 0 THEN (i + 1) / 2 END, CASE i % 2 WHEN 1 THEN (i + 1) / 2 END,
      CASE i % 2 WHEN 0 THEN 1 ELSE -1 END * ((i + 1) / 2) FROM generate_series(1, 200) i`);
});
afterAll(async () => servers?.remove());

const ALL: readonly Invariant[] = [
  { kind: 'sum', name: 'sums', table: 'pay.payment', column: 'amount', by: ['currency'] },
  { kind: 'balance', name: 'entries', table: 'pay.entry', by: ['currency'], amount: 'amount' },
  { kind: 'balance', name: 'debits are credits', table: 'pay.entry', debit: 'debit', credit: 'credit' },
  { kind: 'unique', name: 'keys', table: 'pay.payment', columns: ['key'] },
  { kind: 'histogram', name: 'statuses', table: 'pay.payment', column: 'status' },
  { kind: 'no-orphans', name: 'payments', table: 'pay.entry', columns: ['payment'], references: { table: 'pay.payment', columns: ['id'] } },
  { kind: 'sql', name: 'own', sql: 'SELECT currency, max(amount) AS most FROM pay.payment GROUP BY currency;' },
];

async function ask(request: Partial<InvariantsRequest> = {}): Promise<InvariantsResult> {
  return databases.ask<InvariantsResult>({ action: 'invariants', invariants: ALL, catchUp: 'none', rounds: 2, ...request });
}
const verdicts = ({ invariants }: InvariantsResult) => Object.fromEntries(invariants.map(({ name, verdict, violatedOn }) => [name, [verdict, ...violatedOn].join(' ')]));

test('all hold', async () => {
  const { invariants } = await ask();
  expect(invariants.map(({ name, verdict }) => [name, verdict])).toEqual(ALL.map(({ name }) => [name, 'holds']));
  expect(JSON.stringify(invariants)).not.toContain('EUR');
  await expect(databases.validate({ invariants: ALL })).resolves.toMatchObject({ equal: true, invariants });
});

test.each([
  ['UPDATE pay.payment SET amount = amount + 0.01 WHERE id = 7', { sums: 'different' }],
  ["UPDATE pay.payment SET status = 'failed' WHERE id = 9", { statuses: 'different' }],
  ["UPDATE pay.payment SET key = 'k1' WHERE id = 2", { keys: 'violated target' }],
  ['UPDATE pay.entry SET amount = 0 WHERE id = 2', { entries: 'violated target' }],
  ['UPDATE pay.entry SET debit = 0 WHERE id = 2', { 'debits are credits': 'violated target' }],
  ['UPDATE pay.entry SET payment = 1000 WHERE id = 2', { payments: 'violated target' }],
  ['UPDATE pay.payment SET amount = 1000 WHERE id = 100', { own: 'different', sums: 'different' }],
])('on the target: %s', async (change, wanted) => {
  await databases.sql.target.query(`${change.replace(/UPDATE (\S+)/, 'CREATE TABLE saved AS SELECT * FROM $1; UPDATE $1')}`);
  const found = await ask();
  expect(verdicts(found)).toEqual({ ...Object.fromEntries(ALL.map(({ name }) => [name, 'holds'])), ...wanted });
  const table = /UPDATE (\S+)/.exec(change)?.[1];
  await databases.sql.target.query(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM saved; DROP TABLE saved`);
});

test('values are in the result on request alone', async () => {
  const { invariants: [{ values }] } = await ask({ showValues: true });
  expect(values?.source).toContainEqual({ currency: 'EUR', rows: 50, sum: 2550 });
});

test.each([
  ['DELETE FROM pay.payment', 'syntax'],
  ['SELECT 1; DROP TABLE pay.payment', 'Refused'],
  ['SELECT 1) AS q; DROP TABLE pay.payment; SELECT * FROM (SELECT 1', 'Refused'],
  ["SELECT set_config('transaction_read_only', 'off', false), nextval('pay.s')", 'Refused'],
  ['SELECT lo_create(0)', 'Refused'],
  ['SELECT 1 AS a FROM generate_series(1, 1001)', 'more than 1000 rows'],
  ['SELECT nothing FROM pay.payment', 'Refused'],
])('own SQL cannot write, and what cannot run is refused: %s', async (sql, said) => {
  const error = await ask({ invariants: [{ kind: 'sql', name: 'own', sql }] }).catch((caught: Error) => caught);
  expect(error).toMatchObject({ name: 'Refused' });
  expect(`${(error as Error).name} ${(error as Error).message}`).toContain(said === 'syntax' ? "invariant 'own'" : said);
  const { rows } = await databases.sql.source.query('SELECT count(*)::int AS n FROM pay.payment');
  expect(rows).toEqual([{ n: 100 }]);
});

test('own SQL that takes too long is cancelled', async () => {
  await expect(ask({ statementTimeoutMs: 200, invariants: [{ kind: 'sql', name: 'own', sql: 'SELECT pg_sleep(30)' }] })).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
});

test('what still moves is unresolved', async () => {
  await databases.sql.target.query('UPDATE pay.payment SET amount = 0 WHERE id = 1');
  const moving = { sleep: async () => { await databases.sql.source.query('UPDATE pay.payment SET amount = amount + 1 WHERE id = 3'); } };
  const result = await databases.ask<InvariantsResult>({ action: 'invariants', invariants: [ALL[0]], catchUp: 'delay', delayMs: 1, rounds: 2 }, moving);
  expect(verdicts(result)).toEqual({ sums: 'unresolved' });
});

test.each([
  [{ kind: 'sum', name: 'x', table: 'pay.nothing', column: 'amount' }, "invariant 'x', table on the source: got \"pay.nothing\", allowed: one table by schema.name"],
  [{ kind: 'unique', name: 'x', table: 'pay.payment', columns: [] }, "invariant 'x', columns: got [], allowed: at least one"],
  [{ kind: 'balance', name: 'x', table: 'pay.entry' }, "invariant 'x': got {}, allowed: amount, or debit and credit"],
  [{ kind: 'other', name: 'x' }, 'invariant.kind: got "other", allowed: sum, balance, unique, histogram, no-orphans, sql'],
])('bad input %j', async (invariant, message) => {
  await expect(ask({ invariants: [invariant as Invariant] })).rejects.toMatchObject({ name: 'Refused', message });
});
