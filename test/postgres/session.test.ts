import { inspect } from 'node:util';
import { loginOf, open, printed, problemOf, until } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import type { Session } from '../../src/postgres';

let server: LocalServer;
let session: Session;
let other: Session;

beforeAll(async () => {
  server = await LocalServer.create({ major: 17 });
  await server.createLogin({ username: 'nobody', password: 'hunter2' });
});

beforeEach(async () => {
  session = await open(loginOf(server), { lockTimeoutMs: 100, statementTimeoutMs: 500 });
  other = await open(loginOf(server));
  await other.query('DROP TABLE IF EXISTS public.row; CREATE TABLE public.row (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
});

afterEach(async () => {
  await Promise.all([session.end(), other.end()]);
});

afterAll(async () => {
  await server?.remove();
});

const ids = async () => (await other.query<{ id: number }>('SELECT id FROM public.row ORDER BY id')).map(({ id }) => id);
const insert = (id: number) => async (tx: Session) => tx.query('INSERT INTO public.row VALUES ($1)', [id]);

test('it says where it is', () => {
  expect(session.where).toBe(`postgres on localhost:${server.port}`);
});

test('rows come with values that keep what PostgreSQL has', async () => {
  await expect(session.one(`SELECT 9007199254740993::int8 AS int8, 0.10::numeric AS numeric, 7::int4 AS int4, true AS bool, NULL AS nothing,
    '2026-01-02 03:04:05.123456+00'::timestamptz AS tz, '2026-01-02 03:04:05.123456'::timestamp AS ts, '2026-01-02'::date AS date, '1 day 2 hours'::interval AS span,
    ARRAY['2026-01-02 03:04:05.123456+00'::timestamptz, NULL] AS times, ARRAY[9007199254740993::int8] AS numbers, '{"a": 1}'::jsonb AS json, '\\x00ff'::bytea AS bytes`))
    .resolves.toEqual({
      int8: '9007199254740993',
      numeric: '0.10',
      int4: 7,
      bool: true,
      nothing: null,
      tz: '2026-01-02 03:04:05.123456+00',
      ts: '2026-01-02 03:04:05.123456',
      date: '2026-01-02',
      span: '1 day 02:00:00',
      times: ['2026-01-02 03:04:05.123456+00', null],
      numbers: ['9007199254740993'],
      json: { a: 1 },
      bytes: Buffer.from([0, 255]),
    });
});

test('several statements give the last one\'s rows', async () => {
  await expect(session.query('SELECT 1 AS a; SELECT 2 AS a UNION SELECT 3 ORDER BY 1')).resolves.toEqual([{ a: 2 }, { a: 3 }]);
});

test.each([[0], [2]])('one row means one: %i rows are an error', async (count) => {
  await expect(problemOf(session.one('SELECT generate_series(1, $1::int) AS n', [count]))).resolves.toMatchObject({
    problem: 'unexpected', message: expect.stringContaining(`got ${count} rows, allowed: exactly one`),
  });
});

test('statements that are asked for at once run in order, and one that fails stops no other', async () => {
  const results = await Promise.allSettled([session.one('SELECT pg_sleep(0.05), 1 AS n'), session.query('SELECT 1/0'), session.one('SELECT 3 AS n')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test.each<[string, string, string, string]>([
  ['missing table', 'SELECT * FROM public.nothing', 'object-missing', '42P01'],
  ['missing function', 'SELECT payment_migration.close(1)', 'object-missing', '3F000'],
  ['slow statement', 'SELECT pg_sleep(2)', 'statement-timeout', '57014'],
])('%s', async (_, statement, problem, code) => {
  await expect(problemOf(session.query(statement))).resolves.toMatchObject({ problem, code });
  expect(session.broken).toBe(false);
});

test('a lock that another transaction holds', async () => {
  await other.transaction(async (tx) => {
    await tx.query('LOCK TABLE public.row');
    await expect(problemOf(session.query('SELECT * FROM public.row'))).resolves.toMatchObject({ problem: 'lock-timeout', code: '55P03', retryable: true });
  });
});

test('a permission that the login lacks', async () => {
  const own = await open(loginOf(server, { username: 'nobody', password: 'hunter2' }));
  const problem = await problemOf(own.query('SELECT * FROM public.row'));
  await own.end();
  expect(problem).toMatchObject({ problem: 'permission-denied', code: '42501', message: expect.stringContaining('permission denied for table row') });
});

test('a transaction commits what it did and gives what its work gave', async () => {
  await expect(session.transaction(async (tx) => { await insert(1)(tx); await insert(2)(tx); return 'done'; })).resolves.toBe('done');
  expect(await ids()).toEqual([1, 2]);
});

test('a transaction whose work throws is rolled back, and passes on what was thrown', async () => {
  const thrown = new TypeError('mine');
  await expect(session.transaction(async (tx) => { await insert(1)(tx); throw thrown; })).rejects.toBe(thrown);
  expect(await ids()).toEqual([]);
  await session.transaction(insert(2));
  expect(await ids()).toEqual([2]);
});

test('a transaction whose work swallows an error does not pass for committed', async () => {
  const problem = await problemOf(session.transaction(async (tx) => {
    await insert(1)(tx);
    await tx.query('SELECT * FROM public.nothing').catch(() => undefined);
    await insert(2)(tx).catch(() => undefined);
  }));
  expect(problem).toMatchObject({ problem: 'object-missing', code: '42P01' });
  expect(await ids()).toEqual([]);
  await session.transaction(insert(3));
  expect(await ids()).toEqual([3]);
});

test('nor does one whose work rolls back by itself', async () => {
  await expect(problemOf(session.transaction(async (tx) => { await tx.query('DO $$ BEGIN RAISE \'no\'; END $$; ROLLBACK').catch(() => undefined); })))
    .resolves.toMatchObject({ code: 'P0001' });
});

test('what COMMIT itself refuses was not done, and is told as such', async () => {
  const problem = await problemOf(session.transaction(async (tx) => { await insert(1)(tx); await insert(1)(tx); }));
  expect(problem).toMatchObject({ problem: 'unexpected', code: '23505' });
  expect(session.broken).toBe(false);
  expect(await ids()).toEqual([]);
});

test('work that throws before it promises anything is rolled back too', async () => {
  await expect(session.transaction(() => { throw new TypeError('mine'); })).rejects.toThrow('mine');
  await session.transaction(insert(1));
  expect(await ids()).toEqual([1]);
});

test('a NUL in a statement is refused, since what follows it would be taken for something else', async () => {
  await expect(session.query('SELECT 1\0')).rejects.toThrow('statement: got a NUL, allowed: any other character');
  await expect(session.one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
});

test('a value that cannot be sent is an error, and the session goes on', async () => {
  const round: Record<string, unknown> = {};
  round.self = round;
  await expect(problemOf(session.query('SELECT $1::json', [round]))).resolves.toMatchObject({ problem: 'unexpected' });
  await expect(session.one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
});

test('a transaction inside another is refused', async () => {
  await expect(session.transaction(async (tx) => tx.transaction(insert(1)))).rejects.toThrow(/got one inside another, allowed: one at a time/);
  expect(await ids()).toEqual([]);
});

test('two transactions that lock each other out: one is told to run again', async () => {
  const patient = await open(loginOf(server));
  await other.query('INSERT INTO public.row VALUES (1), (2)');
  let met = 0;
  const both = async () => { met++; await until(() => met === 2); };
  const locking = (first: number, second: number) => async (tx: Session) => {
    await tx.query('SELECT * FROM public.row WHERE id = $1 FOR UPDATE', [first]);
    await both();
    await tx.query('SELECT * FROM public.row WHERE id = $1 FOR UPDATE', [second]);
  };
  const results = await Promise.allSettled([patient.transaction(locking(1, 2)), other.transaction(locking(2, 1))]);
  await patient.end();
  const [rejected] = results.filter((result) => result.status === 'rejected');
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(rejected.reason).toMatchObject({ problem: 'serialization', code: '40P01', retryable: true });
});

test('a transaction on a standby is refused as read-only', async () => {
  const standby = await LocalServer.standbyOf(server);
  const own = await open(loginOf(standby));
  const problem = await problemOf(own.transaction(insert(1)));
  await own.end();
  await standby.remove();
  expect(problem).toMatchObject({ problem: 'read-only', code: '0A000' });
});

test('after end a session says so, and to end it again does nothing', async () => {
  await session.end();
  expect(session.broken).toBe(true);
  await expect(problemOf(session.query('SELECT 1'))).resolves.toMatchObject({ problem: 'connection-lost', message: expect.stringContaining('(it was ended here)') });
  await session.end();
  await until(async () => (await other.query("SELECT FROM pg_stat_activity WHERE application_name = 'test' AND pid <> pg_backend_pid()")).length === 0);
});

test('end does not wait for a statement that runs', async () => {
  const running = problemOf(other.query('SELECT pg_sleep(20)'));
  await until(async () => (await session.query("SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)'")).length === 1);
  const before = Date.now();
  await other.end();
  expect(Date.now() - before).toBeLessThan(1_500);
  expect((await running).problem).toBe('answer-lost');
  // client_connection_check_interval: the server notices within a second.
  await until(async () => (await session.query("SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)'")).length === 0, 3_000);
});

test('a session shows its password to nobody who prints it', async () => {
  expect(JSON.stringify(session)).not.toContain(server.password);
  expect(inspect(session, { depth: 10 })).not.toContain(server.password);
  expect(printed(await problemOf(session.query('SELECT 1 FROM nothing')))).not.toContain(server.password);
});
