import { loginOf, open, problemOf } from './local-login';
import { LocalServer } from '../../cli/src/servers';
import type { Session } from '../../src/postgres';

/** Defaults that would each break something, and what a session must have instead. */
const HOSTILE: Array<[string, string, string]> = [
  ['search_path', 'public', 'pg_catalog, pg_temp'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['default_transaction_read_only', 'on', 'off'],
  ['default_transaction_deferrable', 'on', 'off'],
  ['synchronous_commit', 'off', 'on'],
  ['statement_timeout', '0', '30000'],
  ['lock_timeout', '0', '5000'],
  ['idle_in_transaction_session_timeout', '0', '10000'],
  ['idle_session_timeout', '300', '0'],
  ['row_security', 'on', 'off'],
  ['standard_conforming_strings', 'off', 'on'],
  ['transform_null_equals', 'on', 'off'],
  ['array_nulls', 'off', 'on'],
  ['DateStyle', 'German, DMY', 'ISO, MDY'],
  ['IntervalStyle', 'iso_8601', 'postgres'],
  ['TimeZone', 'Asia/Kathmandu', 'UTC'],
  ['extra_float_digits', '-15', '1'],
  ['bytea_output', 'escape', 'hex'],
  ['xmlbinary', 'hex', 'base64'],
  ['quote_all_identifiers', 'on', 'off'],
  ['client_encoding', 'LATIN1', 'UTF8'],
  ['client_min_messages', 'debug5', 'warning'],
  ['application_name', 'somebody else', 'test'],
  ['client_connection_check_interval', '0', '1000'],
  ['tcp_keepalives_idle', '7200', '15'],
  ['tcp_keepalives_interval', '75', '5'],
  ['tcp_keepalives_count', '9', '3'],
  ['transaction_timeout', '60000', '0'],
];

describe.each([17, 18] as const)('PostgreSQL %i, where role and database have hostile defaults', (major) => {
  let server: LocalServer;
  let session: Session;
  const role = { username: 'migration', password: 'hunter2' };

  beforeAll(async () => {
    server = await LocalServer.create({ major });
    await server.createLogin(role);
    await server.createDatabase('payments');
    const admin = await server.connect('payments');
    for (const [name, hostile] of HOSTILE) {
      const value = `'${hostile}'`;
      // A role in a database beats both, so all three ways are tried, one for each setting in turn.
      const target = ['ROLE migration', 'DATABASE payments', 'ROLE migration IN DATABASE payments'][HOSTILE.findIndex(([other]) => other === name) % 3];
      await admin.query(`ALTER ${target} SET ${name} = ${name === 'search_path' || name === 'DateStyle' ? hostile : value}`);
    }
    await admin.query('CREATE TABLE public.card (id bigint, owner text); INSERT INTO public.card VALUES (1, \'a\'), (2, \'b\')');
    await admin.query('ALTER TABLE public.card ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON public.card USING (id = 1); GRANT SELECT ON public.card TO migration');
    await admin.end();
    session = await open(loginOf(server, role), {}, 'payments');
  });

  afterAll(async () => {
    await session?.end();
    await server?.remove();
  });

  test('the defaults are there', async () => {
    const plain = await server.connect('payments', { user: role.username, password: role.password });
    const { rows } = await plain.query('SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [HOSTILE.map(([name]) => name)]);
    await plain.end();
    const known = HOSTILE.filter(([name]) => rows.some((row) => row.name === name));
    const settings = new Map(rows.map(({ name, setting }) => [name, setting.toLowerCase()]));
    const missing = known.filter(([name, hostile]) => settings.get(name) !== hostile.toLowerCase());
    // Every client of pg says this one by itself.
    expect(missing.map(([name]) => name)).toEqual(['client_encoding']);
  });

  test.each(HOSTILE)('%s is not %s but %s', async (name, _, expected) => {
    const [row] = await session.query<{ setting: string }>('SELECT setting FROM pg_settings WHERE name = $1', [name]);
    expect(row.setting).toBe(expected);
  });

  test('they hold after RESET ALL, except for what came later', async () => {
    const own = await open(loginOf(server, role), {}, 'payments');
    await own.query('RESET ALL');
    const rows = await own.query<{ name: string; setting: string }>('SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [HOSTILE.map(([name]) => name)]);
    await own.end();
    const changed = rows.filter(({ name, setting }) => HOSTILE.some(([other, , expected]) => other === name && expected !== setting));
    expect(changed.map(({ name }) => name).sort()).toEqual(['client_connection_check_interval', 'idle_session_timeout', 'transaction_timeout']);
  });

  test('a policy that would hide rows is an error', async () => {
    await expect(problemOf(session.query('SELECT * FROM public.card'))).resolves.toMatchObject({
      problem: 'permission-denied', code: '42501', message: expect.stringContaining('row-level security policy for table "card"'),
    });
  });

  test('it waits for work longer than idle_session_timeout would let it', async () => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    await expect(session.one('SELECT 1 AS one')).resolves.toEqual({ one: 1 });
  });

  test('a transaction is READ COMMITTED, READ WRITE and commits synchronously, whatever a statement before it has set', async () => {
    const own = await open(loginOf(server, role), {}, 'payments');
    await own.query("SET default_transaction_isolation = 'serializable'; SET default_transaction_read_only = on; SET synchronous_commit = off");
    await expect(own.transaction((tx) => tx.one(`SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only,
      current_setting('transaction_deferrable') AS deferrable, current_setting('synchronous_commit') AS synchronous`)))
      .resolves.toEqual({ isolation: 'read committed', read_only: 'off', deferrable: 'off', synchronous: 'on' });
    await own.end();
  });

  test('what a caller says of time-outs is what the server has', async () => {
    const own = await open(loginOf(server, role), { statementTimeoutMs: 1_234, lockTimeoutMs: 99, idleInTransactionTimeoutMs: 2_345 }, 'payments');
    await expect(own.one(`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle`)).resolves.toEqual({ statement: '1234ms', lock: '99ms', idle: '2345ms' });
    await own.end();
  });

  test('an application name may hold anything but a NUL', async () => {
    const applicationName = "it's a \\ name -c statement_timeout=1";
    const own = await open(loginOf(server, role), { applicationName }, 'payments');
    await expect(own.one('SHOW application_name')).resolves.toEqual({ application_name: applicationName });
    await own.end();
    await expect(open(loginOf(server, role), { applicationName: 'a\0search_path\0public' }, 'payments')).rejects.toThrow(/got none or a NUL/);
  });

  test('a login trigger, like a pooler, that changes settings is found out', async () => {
    const admin = await server.connect('payments');
    await admin.query(`CREATE FUNCTION public.spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM set_config('statement_timeout', '0', false), set_config('synchronous_commit', 'off', false); END $$`);
    await admin.query('CREATE EVENT TRIGGER spoil ON login EXECUTE FUNCTION public.spoil()');
    const problem = await problemOf(open(loginOf(server, role), {}, 'payments'));
    await admin.query('DROP EVENT TRIGGER spoil');
    await admin.end();
    expect(problem).toMatchObject({ problem: 'unexpected', message: expect.stringContaining('(these settings did not stay: statement_timeout, synchronous_commit); connect') });
  });

  test('variables of libpq change nothing', async () => {
    const variables = { PGOPTIONS: '-c statement_timeout=1', PGSSLMODE: 'disable', PGUSER: 'nobody', PGDATABASE: 'nowhere', PGSSLNEGOTIATION: 'direct' };
    Object.assign(process.env, variables);
    try {
      const own = await open(loginOf(server, role), {}, 'payments');
      await expect(own.one('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).resolves.toEqual({ ssl: true, version: 'TLSv1.3' });
      await own.end();
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
    }
  });
});

test.each([
  ['statementTimeoutMs', 0], ['lockTimeoutMs', -1], ['connectTimeoutMs', 1.5], ['answerTimeoutMs', NaN], ['idleInTransactionTimeoutMs', 2 ** 31],
])('%s of %s is refused', async (name, ms) => {
  await expect(open({ host: 'localhost', port: 1, username: 'u', password: 'p' }, { [name]: ms })).rejects
    .toThrow(`${name}: got ${ms}, allowed: whole milliseconds from 1 to 2147483647`);
});
