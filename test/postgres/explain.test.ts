import { loginOf, open, printed, problemOf } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import { DatabaseProblem, explain, type Session } from '../../src/postgres';

const WHERE = 'payments on db.example.com:5432';
/** What must never be told. */
const CARD = '4111111111111111';

let server: LocalServer;
let session: Session;

beforeAll(async () => {
  server = await LocalServer.create({ major: 18 });
  session = await open(loginOf(server));
  await session.query("CREATE TABLE public.card (number text PRIMARY KEY CHECK (number <> '0'), cents int2 NOT NULL)");
  await session.query(`INSERT INTO public.card VALUES ('${CARD}', 1)`);
});

afterAll(async () => {
  await session?.end();
  await server?.remove();
});

async function raised(fields: Record<string, string>): Promise<DatabaseProblem> {
  const using = Object.entries(fields).map(([name, value]) => `${name} = '${value}'`).join(', ');
  return problemOf(session.query(`DO $$ BEGIN RAISE EXCEPTION USING ${using}; END $$`));
}

test.each<[string, string, boolean]>([
  ['08006', 'connection-lost', true], ['28000', 'wrong-credentials', false], ['28P01', 'wrong-credentials', false],
  ['3D000', 'missing-database', false], ['3F000', 'object-missing', false], ['40001', 'serialization', true], ['40P01', 'serialization', true],
  ['42501', 'permission-denied', false], ['42P01', 'object-missing', false], ['42883', 'object-missing', false], ['42704', 'object-missing', false],
  ['53100', 'disk-full', false], ['53200', 'unexpected', true], ['53300', 'too-many-connections', true], ['55P03', 'lock-timeout', true],
  ['57014', 'statement-timeout', true], ['57P02', 'server-restarting', true], ['57P03', 'server-restarting', true],
  ['57P04', 'missing-database', false], ['25006', 'read-only', false], ['XX000', 'unexpected', false], ['22012', 'unexpected', false],
])('SQLSTATE %s is %s', async (code, name, retryable) => {
  const own = await open(loginOf(server));
  const problem = await problemOf(own.query(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = 'said'; END $$`));
  await own.end();
  expect(problem).toMatchObject({ name: 'DatabaseProblem', problem: name, code, retryable });
  expect(problem.message).toMatch(new RegExp(`^[^.]*postgres on localhost:${server.port}.* \\(.*${code}\\); ${problem.remedy.replace(/[()]/g, '\\$&')}$`));
});

test('25006 with PM001 in its detail says that writes moved, and keeps the detail', async () => {
  await expect(raised({ ERRCODE: '25006', MESSAGE: 'this database is closed', DETAIL: 'PM001: writes moved' })).resolves.toMatchObject({
    problem: 'writes-moved', code: '25006', detail: 'PM001: writes moved', retryable: false,
  });
});

test('what our own functions raise is passed on word for word', async () => {
  await expect(raised({ ERRCODE: 'PM042', MESSAGE: 'attempt 3 is not 4', DETAIL: 'open(3)', HINT: 'read the row again' })).resolves.toMatchObject({
    problem: 'refused', code: 'PM042', message: 'attempt 3 is not 4', detail: 'open(3)', remedy: 'read the row again', retryable: false,
  });
  await expect(raised({ ERRCODE: 'PM042', MESSAGE: 'no' })).resolves.toMatchObject({ problem: 'refused', message: 'no', remedy: expect.any(String) });
});

test.each([
  ['a duplicate', `INSERT INTO public.card VALUES ('${CARD}', 2)`, '23505', 'card_pkey'],
  ['a row that a check refuses', `INSERT INTO public.card SELECT '0', 7 FROM public.card WHERE number = '${CARD}'`, '23514', 'card_number_check'],
  ['a NULL', `INSERT INTO public.card VALUES ('${CARD}9', NULL)`, '23502', 'cents'],
  ['text that is no number', 'SELECT number::int2 FROM public.card', '22003', '22003'],
  ['text that is no date', 'SELECT number::bool FROM public.card', '22P02', '22P02'],
  ['a statement that is none', `SELECT 1 '${CARD}'`, '42601', '42601'],
  ['somebody else\'s exception', `DO $$ BEGIN RAISE EXCEPTION 'card ${CARD}'; END $$`, 'P0001', 'P0001'],
  ['somebody else\'s exception with detail', `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23505', DETAIL = '${CARD}', HINT = '${CARD}'; END $$`, '23505', '23505'],
  ['somebody else\'s exception under one of PostgreSQL\'s codes', `DO $$ BEGIN RAISE 'card ${CARD}' USING ERRCODE = '42846'; END $$`, '42846', '42846'],
])('%s: no value of a row is told', async (_, statement, code, named) => {
  const problem = await problemOf(session.query(statement));
  expect(problem).toMatchObject({ problem: 'unexpected', code });
  expect([problem.detail, problem.cause]).toEqual([undefined, undefined]);
  expect(problem.message).toContain(named);
  expect(printed(problem)).not.toContain(CARD);
});

test.each<[string, unknown, object]>([
  ['a refused connection to several addresses', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), {
    problem: 'unreachable', code: 'ECONNREFUSED', message: expect.stringMatching(/^payments on db\.example\.com:5432 cannot be reached \(AggregateError, ECONNREFUSED\); check host/),
  }],
  ['a reset', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), { problem: 'connection-lost', message: expect.stringContaining('(read ECONNRESET); ') }],
  ['text that is no JSON', new SyntaxError('Unexpected token h in "hunter2"'), { problem: 'unexpected', message: expect.not.stringContaining('hunter2') }],
  ['a string', 'hunter2', { problem: 'unexpected', message: expect.not.stringContaining('hunter2') }],
])('%s is explained', (_, error, expected) => {
  expect(explain(error, WHERE)).toMatchObject(expected);
});

test('a problem that is explained already stays as it is', () => {
  const problem = explain(new Error('once'), WHERE);
  expect(explain(problem, 'elsewhere')).toBe(problem);
});
