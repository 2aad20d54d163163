import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResult } from 'pg';
import { eventually, isAlive } from './support/server-program';
import { LocalServer } from '../../src/servers';
import { serverAccount } from '../../src/servers/account';

async function query<Row extends object>(server: LocalServer, sql: string, database = 'postgres'): Promise<QueryResult<Row>> {
  const client = await server.connect(database);
  return client.query<Row>(sql).finally(() => client.end());
}

describe('two majors side by side', () => {
  let old: LocalServer;
  let young: LocalServer;
  beforeAll(async () => {
    [old, young] = await Promise.all([LocalServer.create({ major: 17 }), LocalServer.create({ major: 18, settings: { work_mem: '7MB' } })]);
  });
  afterAll(() => Promise.all([old?.remove(), young?.remove()]));

  test.each([17, 18] as const)('%i is what it says, and keeps its promises to disk', async (major) => {
    const server = major === 17 ? old : young;
    const { rows: [row] } = await query(server, `
      SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('data_directory') AS place, current_setting('fsync') AS fsync,
             current_setting('synchronous_commit') AS commit, current_setting('wal_level') AS wal, current_setting('server_encoding') AS encoding`);
    expect(row).toEqual({ major, place: server.dataDirectory, fsync: 'on', commit: 'on', wal: 'logical', encoding: 'UTF8' });
  });

  test('settings are taken, and ALTER SYSTEM changes them', async () => {
    expect((await query(young, 'SHOW work_mem')).rows).toEqual([{ work_mem: '7MB' }]);
    await query(young, "ALTER SYSTEM SET work_mem = '9MB'");
    await young.restart();
    expect((await query(young, 'SHOW work_mem')).rows).toEqual([{ work_mem: '9MB' }]);
  });

  test('a client that trusts the authority is let in, with the name and the address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const client = await old.connect('postgres', { host });
      expect((await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows).toEqual([{ ssl: true }]);
      await client.end();
    }
  });

  test('a client that trusts other authorities refuses the server', async () => {
    await expect(old.connect('postgres', { ssl: { rejectUnauthorized: true } })).rejects.toThrow(/certificate/);
    await expect(old.connect('postgres', { ssl: { ca: young.certificateAuthority } })).rejects.toThrow(/certificate/);
  });

  test('a client that trusts both authorities reaches both servers', async () => {
    const ca = `${young.certificateAuthority}\n${old.certificateAuthority}`;
    for (const server of [old, young]) await (await server.connect('postgres', { ssl: { ca } })).end();
  });

  test('the server refuses who comes without TLS, or with a wrong password', async () => {
    const { port, username: user, password } = old;
    await expect(new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' }).connect()).rejects.toThrow(/no encryption/);
    await expect(old.connect('postgres', { password: 'wrong' })).rejects.toThrow(/password authentication failed/);
  });

  test('databases and logins are made, whatever their names', async () => {
    await old.createDatabase('Pay "ments"');
    await old.createLogin({ username: "o'brien", password: "p'w\\d", replication: true });
    const client = await old.connect('Pay "ments"', { user: "o'brien", password: "p'w\\d" });
    const { rows } = await client.query('SELECT current_user AS login, rolsuper, rolreplication FROM pg_roles WHERE rolname = current_user');
    expect(rows).toEqual([{ login: "o'brien", rolsuper: false, rolreplication: true }]);
    await client.end();
  });

  test('one server replicates from the other, with the certificate checked', async () => {
    await query(old, 'CREATE TABLE sent (id int PRIMARY KEY); CREATE PUBLICATION sent FOR TABLE sent');
    await query(young, 'CREATE TABLE sent (id int PRIMARY KEY)');
    await query(young, `CREATE SUBSCRIPTION sent CONNECTION $conninfo$${old.conninfo()}$conninfo$ PUBLICATION sent`);
    await query(old, 'INSERT INTO sent VALUES (7)');
    expect(await eventually(async () => (await query<{ id: number }>(young, 'SELECT id FROM sent')).rows[0]?.id === 7)).toBe(true);
    await query(young, 'DROP SUBSCRIPTION sent');
  });

  test('it runs under another account than root', () => {
    const uid = statSync(old.dataDirectory).uid;
    expect(uid).toBe(serverAccount()?.uid ?? process.getuid?.());
    expect(uid).not.toBe(0);
  });
});

describe('the life of a server', () => {
  let server: LocalServer;
  beforeEach(async () => { server = await LocalServer.create({ major: 17, name: 'life' }); });
  afterEach(() => server.remove());

  test('a crash loses no committed row and keeps no other; the next start recovers', async () => {
    await query(server, 'CREATE TABLE kept (id int PRIMARY KEY)');
    const [committed, pending] = [await server.connect(), await server.connect()];
    await committed.query('INSERT INTO kept SELECT generate_series(1, 1000)');
    await pending.query('BEGIN');
    await pending.query('INSERT INTO kept VALUES (5000)');
    const cutOff = expect(pending.query('SELECT pg_sleep(60)')).rejects.toThrow(/terminat|crash|closed/i);

    await server.crash();
    await cutOff;
    expect(server.isRunning).toBe(false);
    await expect(server.connect()).rejects.toThrow(/ECONNREFUSED/);
    await expect(server.crash()).rejects.toThrow('crash: got life, which is down');

    await server.start();
    expect((await query(server, 'SELECT count(*)::int, max(id) FROM kept')).rows).toEqual([{ count: 1000, max: 1000 }]);
  });

  test('a server starts again beside what a killed one left', async () => {
    await query(server, 'CREATE TABLE kept AS SELECT 1 AS id');
    const idle = await server.connect();
    process.kill(server.pid ?? 0, 'SIGKILL');
    expect(await eventually(() => !server.isRunning)).toBe(true);
    expect(existsSync(join(server.dataDirectory, 'postmaster.pid'))).toBe(true);
    await idle.end().catch(() => undefined);

    await server.start();
    expect((await query(server, 'SELECT id FROM kept')).rows).toEqual([{ id: 1 }]);
  });

  test('stop and start may be repeated, and the address stays', async () => {
    const { port, pid } = server;
    await server.stop();
    await server.stop();
    expect([server.isRunning, isAlive(pid ?? 0)]).toEqual([false, false]);
    await Promise.all([server.start(), server.start()]);
    expect([server.isRunning, server.port]).toEqual([true, port]);
    expect(server.pid).not.toBe(pid);
  });

  test('who does not start says why, with the end of its log', async () => {
    await server.stop();
    writeFileSync(join(server.dataDirectory, 'postgresql.auto.conf'), "no_such_setting = 'x'\n");
    await expect(server.start()).rejects.toThrow(/life did not start: ended with 1; the end of .*server\.log:\n[^]*no_such_setting/);
    expect(server.isRunning).toBe(false);
  });

  test('who finds its port taken says so', async () => {
    await server.stop();
    const silent: Socket[] = [];
    const other = createServer((socket) => silent.push(socket)).listen(server.port, '127.0.0.1');
    await expect(server.start()).rejects.toThrow(/Address already in use/);
    silent.forEach((socket) => socket.destroy());
    await new Promise((resolve) => other.close(resolve));
    await server.start();
    expect(server.isRunning).toBe(true);
  });

  test('remove leaves no process and no folder', async () => {
    const { pid, folder } = server;
    expect([isAlive(pid ?? 0), existsSync(folder)]).toEqual([true, true]);
    await Promise.all([server.remove(), server.remove()]);
    expect([isAlive(pid ?? 0), existsSync(folder)]).toEqual([false, false]);
    await expect(server.start()).rejects.toThrow('start: got life, which was removed');
  });
});

describe('the folder', () => {
  const parent = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'folder-'));
  beforeEach(() => chmodSync(parent, 0o755));
  afterAll(() => rmSync(parent, { recursive: true }));

  test('one with something in it is refused, and left as it is', async () => {
    writeFileSync(join(parent, 'mine'), 'precious');
    await expect(LocalServer.create({ major: 17, folder: parent })).rejects.toThrow(/^folder: got .* with 1 entries, allowed: an empty one/);
    expect(existsSync(join(parent, 'mine'))).toBe(true);
  });

  // Without root every folder of ours can be entered: there is nothing to refuse.
  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('one that the account of the server cannot enter is refused, and not left behind', async () => {
    chmodSync(parent, 0o700);
    await expect(LocalServer.create({ major: 17, folder: join(parent, 'a/b') })).rejects.toThrow(/^folder: got .*a\/b, allowed: one that uid \d+/);
    expect(existsSync(join(parent, 'a'))).toBe(false);
  });

  test('a server that cannot be made leaves nothing', async () => {
    const folder = join(parent, 'gone');
    await expect(LocalServer.create({ major: 17, folder, settings: { max_connections: 'many' } })).rejects.toThrow(/invalid value for parameter "max_connections"/);
    expect(existsSync(folder)).toBe(false);
  });
});
