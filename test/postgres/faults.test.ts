import { createServer, type AddressInfo } from 'node:net';
import { CLOSED_PORT, loginOf, open, openSockets, printed, problemOf, until } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import { serverCertificate } from '../../cli/src/servers/certificate';
import type { DatabaseProblem, Session } from '../../src/postgres';
import { TcpProxy } from '../support/tcp-proxy';

let server: LocalServer;
let proxy: TcpProxy;
let sessions: Session[];
const problems: DatabaseProblem[] = [];
const stray: unknown[] = [];
const note = (error: unknown) => stray.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  server = await LocalServer.create({ major: 18 });
  const client = await server.connect();
  await client.query('CREATE TABLE public.row (id int PRIMARY KEY)');
  await client.end();
});

beforeEach(async () => {
  await server.start();
  proxy = await TcpProxy.to(server.port);
  sessions = [];
});

afterEach(async () => {
  await Promise.all(sessions.map((session) => session.end()));
  await proxy.close();
  for (const problem of problems.splice(0)) {
    expect(printed(problem)).not.toContain(server.password);
    expect(problem.message).toMatch(/^[^A-Z].*[^.]$/);
  }
  // A turn of the event loop, in which what nobody waited for would be noticed.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(stray.splice(0)).toEqual([]);
  await until(() => openSockets() === 0);
});

afterAll(async () => {
  await server?.remove();
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

/** A session that is ended when the test is over. */
async function opened(...[login, options, database]: Parameters<typeof open>): Promise<Session> {
  const session = await open(login, options, database);
  sessions.push(session);
  return session;
}

async function met(work: Promise<unknown>): Promise<DatabaseProblem> {
  const problem = await problemOf(work);
  problems.push(problem);
  return problem;
}

const through = () => loginOf(server, { port: proxy.port });
const running = async (query: string) => {
  const client = await server.connect();
  await until(async () => (await client.query('SELECT FROM pg_stat_activity WHERE query = $1', [query])).rows.length === 1);
  await client.end();
};
const rows = async () => {
  const client = await server.connect();
  const { rows: found } = await client.query('SELECT id FROM public.row ORDER BY id');
  await client.query('DELETE FROM public.row');
  await client.end();
  return found.map(({ id }) => id);
};

describe('opening', () => {
  test('a wrong password', async () => {
    const problem = await met(open(loginOf(server, { password: 'hunter2' })));
    expect(problem).toMatchObject({ problem: 'wrong-credentials', code: '28P01', retryable: false });
    expect(problem.message).toContain(`refused by postgres on localhost:${server.port} (password authentication failed for user "postgres", 28P01)`);
    expect(printed(problem)).not.toContain('hunter2');
  });

  test('an unknown login', async () => {
    await expect(met(open(loginOf(server, { username: 'stranger' })))).resolves.toMatchObject({ problem: 'wrong-credentials', code: '28P01' });
  });

  test('a missing database', async () => {
    await expect(met(open(loginOf(server), {}, 'payments'))).resolves.toMatchObject({
      problem: 'missing-database', code: '3D000', message: expect.stringContaining(`there is no database payments on localhost:${server.port}`),
    });
  });

  test('a port on which nobody listens', async () => {
    await expect(met(open(loginOf(server, { port: CLOSED_PORT })))).resolves.toMatchObject({ problem: 'unreachable', code: 'ECONNREFUSED', retryable: true });
  });

  test('a host that does not exist', async () => {
    const problem = await met(open(loginOf(server, { host: 'nowhere.invalid' })));
    expect(problem.problem).toBe('unreachable');
    expect(problem.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  test('too many connections', async () => {
    const client = await server.connect();
    await client.query('CREATE ROLE few LOGIN PASSWORD \'hunter2\' CONNECTION LIMIT 0');
    await client.end();
    await expect(met(open(loginOf(server, { username: 'few', password: 'hunter2' })))).resolves.toMatchObject({ problem: 'too-many-connections', code: '53300' });
  });

  test('a proxy that hangs up', async () => {
    proxy.refuse();
    await expect(met(open(through()))).resolves.toMatchObject({ problem: 'unreachable', retryable: true });
  });

  test('a peer that accepts and is silent', async () => {
    proxy.stall();
    const before = Date.now();
    await expect(met(open(through(), { connectTimeoutMs: 300 }))).resolves.toMatchObject({ problem: 'unreachable', message: expect.stringContaining('no answer within 300 ms') });
    expect(Date.now() - before).toBeLessThan(1_500);
  });

  test('a server that takes too long over the login', async () => {
    const client = await server.connect();
    await client.query('ALTER SYSTEM SET post_auth_delay = 2');
    await client.query('SELECT pg_reload_conf()');
    await until(async () => {
      const fresh = await problemOf(open(loginOf(server), { connectTimeoutMs: 500 })).catch(() => undefined);
      if (fresh) problems.push(fresh);
      return fresh?.message.includes('no answer within 500 ms') ?? false;
    });
    expect(problems.at(-1)?.problem).toBe('unreachable');
    await client.query('ALTER SYSTEM RESET post_auth_delay');
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  });

  test('a server that is down', async () => {
    await server.crash();
    await expect(met(open(loginOf(server)))).resolves.toMatchObject({ problem: 'unreachable', code: 'ECONNREFUSED' });
  });
});

describe('TLS', () => {
  test('a certificate that RDS\'s CAs did not sign, where no other CA is named', async () => {
    await expect(met(open(loginOf(server, { certificateAuthority: undefined })))).resolves.toMatchObject({ problem: 'untrusted-certificate', retryable: false });
  });

  test('a certificate that another CA signed', async () => {
    const { certificateAuthority } = await serverCertificate();
    await expect(met(open(loginOf(server, { certificateAuthority })))).resolves.toMatchObject({ problem: 'untrusted-certificate' });
  });

  test('a certificate for another name', async () => {
    // An address of this machine that the certificate does not name.
    const elsewhere = await TcpProxy.to(server.port, '127.0.0.2');
    const problem = await met(open(loginOf(server, { host: '127.0.0.2', port: elsewhere.port })));
    await elsewhere.close();
    expect(problem).toMatchObject({ problem: 'untrusted-certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(problem.message).toContain('127.0.0.2');
  });

  test.each([['has none', 'N'], ['answers nonsense', '?']])('a server that %s', async (_, answer) => {
    const { port, close } = await answering(answer);
    const problem = await met(open(loginOf(server, { host: '127.0.0.1', port })));
    await close();
    expect(problem).toMatchObject({ problem: 'untrusted-certificate', remedy: expect.stringContaining('have TLS on') });
  });

  test('an address that the certificate names is as good as a name', async () => {
    const session = await opened(loginOf(server, { host: '127.0.0.1' }));
    await expect(session.one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
  });
});

describe('a session', () => {
  test('whose server crashes while a statement runs does not know whether it was done', async () => {
    const session = await opened(loginOf(server));
    const sleeping = met(session.query('SELECT pg_sleep(21)'));
    await running('SELECT pg_sleep(21)');
    await server.crash();
    await expect(sleeping).resolves.toMatchObject({ problem: 'answer-lost', retryable: true });
    expect(session.broken).toBe(true);
    await expect(met(session.query('SELECT 1'))).resolves.toMatchObject({ problem: 'connection-lost', retryable: true });
  });

  test('whose server crashes within a transaction knows that nothing was done', async () => {
    const session = await opened(loginOf(server));
    const working = met(session.transaction(async (tx) => {
      await tx.query('INSERT INTO public.row VALUES (1)');
      await tx.query('SELECT pg_sleep(22)');
    }));
    await running('SELECT pg_sleep(22)');
    await server.crash();
    await expect(working).resolves.toMatchObject({ problem: 'connection-lost' });
    await server.start();
    expect(await rows()).toEqual([]);
  });

  test.each(['crash', 'restart'] as const)('whose server has a %s between two statements notices without being asked', async (end) => {
    const session = await opened(loginOf(server));
    await session.query('SELECT 1');
    expect(session.broken).toBe(false);
    await server[end]();
    await until(() => session.broken);
    await expect(met(session.query('SELECT 1'))).resolves.toMatchObject({ problem: 'connection-lost', retryable: true });
    await expect(met(session.transaction(async () => 1))).resolves.toMatchObject({ problem: 'connection-lost' });
  });

  test('that is terminated while a statement runs hears of it', async () => {
    const session = await opened(loginOf(server));
    const working = met(session.query('SELECT pg_sleep(23)'));
    await running('SELECT pg_sleep(23)');
    const client = await server.connect();
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(23)'");
    await client.end();
    await expect(working).resolves.toMatchObject({ problem: 'server-restarting', code: '57P01', retryable: true });
    expect(session.broken).toBe(true);
  });

  test('whose handler forgets its transaction loses it', async () => {
    const session = await opened(loginOf(server), { idleInTransactionTimeoutMs: 100 });
    const problem = await met(session.transaction(async (tx) => {
      await tx.query('INSERT INTO public.row VALUES (1)');
      await until(() => session.broken);
      await tx.query('SELECT 1');
    }));
    expect(problem).toMatchObject({ problem: 'connection-lost', message: expect.stringContaining('idle-in-transaction timeout') });
    expect(await rows()).toEqual([]);
  });

  test('that ended before COMMIT was sent knows that nothing was done', async () => {
    const session = await opened(through());
    const problem = await met(session.transaction(async (tx) => {
      await tx.query('INSERT INTO public.row VALUES (1)');
      proxy.cut();
      await until(() => session.broken);
    }));
    expect(problem.problem).toBe('connection-lost');
    expect(await rows()).toEqual([]);
  });

  test.each<[string, () => Promise<void>, object]>([
    ['swallowed and the connection cut', async () => { await proxy.answerSwallowed(); proxy.cut(); }, {}],
    ['swallowed and the connection left open', async () => undefined, { answerTimeoutMs: 300 }],
  ])('whose COMMIT is done, its answer %s, does not know', async (_, then, options) => {
    const session = await opened(through(), options);
    const committing = met(session.transaction(async (tx) => {
      await tx.query('INSERT INTO public.row VALUES (1)');
      proxy.swallowAnswers();
    }));
    await then();
    await expect(committing).resolves.toMatchObject({ problem: 'answer-lost', retryable: true });
    expect(session.broken).toBe(true);
    expect(await rows()).toEqual([1]);
  });

  test('whose COMMIT never arrives does not know either', async () => {
    const session = await opened(through(), { answerTimeoutMs: 300 });
    const problem = await met(session.transaction(async (tx) => {
      await tx.query('INSERT INTO public.row VALUES (1)');
      proxy.stall();
    }));
    expect(problem.problem).toBe('answer-lost');
    proxy.cut();
    expect(await rows()).toEqual([]);
  });

  test('whose COMMIT ends with the session, as when a commit waits for a standby, does not know', async () => {
    const client = await server.connect();
    await client.query(`CREATE FUNCTION public.end_session() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$`);
    await client.query('CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.row DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.end_session()');
    const session = await opened(loginOf(server));
    await expect(met(session.transaction(async (tx) => tx.query('INSERT INTO public.row VALUES (1)')))).resolves.toMatchObject({ problem: 'answer-lost', code: '57P01' });
    await client.query('DROP TRIGGER t ON public.row');
    await client.end();
  });

  test.each(['COMMIT', 'statement of its own'])('whose %s waits for a standby and is cancelled does not know whether it will last', async (what) => {
    const client = await server.connect();
    await client.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await client.query('SELECT pg_reload_conf()');
    const session = await opened(loginOf(server));
    const insert = async (on: Session) => on.query('INSERT INTO public.row VALUES (1)');
    await until(async () => (await session.one<{ names: string }>("SELECT current_setting('synchronous_standby_names') AS names")).names === 'nobody');
    const waiting = met(what === 'COMMIT' ? session.transaction(insert) : insert(session));
    await until(async () => (await client.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).rows.length === 1);
    await expect(waiting).resolves.toMatchObject({ problem: 'answer-lost', message: expect.stringContaining('canceling wait for synchronous replication') });
    await client.query('ALTER SYSTEM RESET synchronous_standby_names');
    await client.query('SELECT pg_reload_conf()');
    await client.end();
    await expect(session.one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
    expect(await rows()).toEqual([1]);
  });

  test('whose peer stalls gives up in time, and closes its socket', async () => {
    const session = await opened(through(), { answerTimeoutMs: 200 });
    await session.query('SELECT 1');
    proxy.stall();
    const before = Date.now();
    await expect(met(session.query('SELECT 2'))).resolves.toMatchObject({ problem: 'answer-lost', message: expect.stringContaining('no answer within 200 ms') });
    expect(Date.now() - before).toBeLessThan(1_000);
    expect(session.broken).toBe(true);
    await expect(met(session.query('SELECT 3'))).resolves.toMatchObject({ problem: 'connection-lost', message: expect.stringContaining('no answer within 200 ms') });
  });

  test('whose peer stalls within a transaction gives up without waiting for its ROLLBACK too', async () => {
    const session = await opened(through(), { answerTimeoutMs: 300 });
    const before = Date.now();
    const problem = await met(session.transaction(async (tx) => {
      await tx.query('SELECT 1');
      proxy.stall();
      await tx.query('SELECT 2');
    }));
    expect(problem.problem).toBe('connection-lost');
    expect(Date.now() - before).toBeLessThan(600);
  });

  test('waits its turn behind a stalled statement no longer than that one', async () => {
    const session = await opened(through(), { answerTimeoutMs: 300 });
    proxy.stall();
    const [first, second] = await Promise.all([met(session.query('SELECT 1')), met(session.query('SELECT 2'))]);
    expect([first.problem, second.problem]).toEqual(['answer-lost', 'connection-lost']);
  });

  test('ends in bounded time although its peer stalls', async () => {
    const session = await opened(through());
    proxy.stall();
    const before = Date.now();
    await session.end();
    expect(Date.now() - before).toBeLessThan(1_500);
    // Those of the proxy.
    await until(() => openSockets() === 2);
  });

  test('that is stalled and goes on in time has lost nothing', async () => {
    const session = await opened(through(), { answerTimeoutMs: 5_000 });
    proxy.stall();
    const answer = session.one('SELECT 1 AS one');
    setTimeout(() => proxy.forward(), 200);
    await expect(answer).resolves.toEqual({ one: 1 });
  });
});

/** Answers whatever comes first with one character. */
async function answering(answer: string): Promise<{ port: number; close: () => Promise<void> }> {
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return { port: (listener.address() as AddressInfo).port, close: () => new Promise((resolve) => listener.close(() => resolve())) };
}
