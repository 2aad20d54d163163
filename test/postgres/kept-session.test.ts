import { loginOf, open, until } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import { KeptSession, type Session } from '../../src/postgres';

let server: LocalServer;
let watcher: Session;
let opened: number;
let refuses: boolean;
let kept: KeptSession;

beforeAll(async () => {
  server = await LocalServer.create({ major: 17 });
  watcher = await open(loginOf(server));
});

beforeEach(() => {
  opened = 0;
  refuses = false;
  kept = new KeptSession(async () => {
    opened += 1;
    return open(loginOf(server, refuses ? { password: 'wrong' } : {}), { applicationName: 'kept' });
  });
});

afterEach(async () => kept.end());

afterAll(async () => {
  await watcher?.end();
  await server?.remove();
});

const PIDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'kept'";
const there = async () => (await watcher.query<{ pid: number }>(PIDS)).map(({ pid }) => pid);

test('however many ask at once, they share one session', async () => {
  const sessions = await Promise.all([kept.get(), kept.get(), kept.get()]);
  expect(new Set(sessions).size).toBe(1);
  expect(await kept.get()).toBe(sessions[0]);
  expect(opened).toBe(1);
  expect(await there()).toHaveLength(1);
});

test('after it broke there is one other, however many ask', async () => {
  const first = await kept.get();
  const [pid] = await there();
  await watcher.query('SELECT pg_terminate_backend($1)', [pid]);
  await until(() => first.broken);
  const sessions = await Promise.all([kept.get(), kept.get(), kept.get()]);
  expect(new Set(sessions).size).toBe(1);
  expect(sessions[0]).not.toBe(first);
  expect(opened).toBe(2);
  await until(async () => (await there()).length === 1);
  expect(await there()).not.toContain(pid);
});

test('one that could not be opened is opened anew for whoever asks next', async () => {
  refuses = true;
  const answers = await Promise.allSettled([kept.get(), kept.get()]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  refuses = false;
  await expect((await kept.get()).one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
});

test('after its end nothing is left, and who asks gets a new one', async () => {
  const first = await kept.get();
  await kept.end();
  await kept.end();
  await until(async () => (await there()).length === 0);
  expect(await kept.get()).not.toBe(first);
});
