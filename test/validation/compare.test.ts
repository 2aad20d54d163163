import { setTimeout as sleep } from 'node:timers/promises';
import { TwoServers, type TwoDatabases } from './support/two-databases';
import { Session } from '../../src/postgres';
import { answer } from '../../src/validation/answer';
import type { CompareRequest, CompareResult, Key, Side } from '../../src/validation/contract';
import { TOOLS } from '../../src/validation/tools';

jest.setTimeout(120_000);

let servers: TwoServers;

beforeAll(async () => { servers = await TwoServers.create(); });
afterAll(async () => servers?.remove());

const PAYMENTS = `CREATE TABLE t (id bigint PRIMARY KEY, amount numeric(12, 2), note text, at timestamptz);
  INSERT INTO t SELECT i, i, 'note ' || i, timestamptz '2024-01-01 00:00+00' + i * interval '1 s' FROM generate_series(1, 30000) i; ANALYZE t`;

async function compare(databases: TwoDatabases, request: Partial<CompareRequest> = {}, tools = {}): Promise<CompareResult> {
  return databases.ask<CompareResult>({ action: 'compare', table: 'public.t', ...request }, tools);
}

const ids = (keys: readonly Key[]) => keys.map(([id]) => Number(id)).sort((a, b) => a - b);

test('changed, missing and extra rows, at both ends and in the middle, and no others', async () => {
  const databases = await servers.databasesWith(PAYMENTS);
  await expect(compare(databases)).resolves.toMatchObject({ done: true, rows: 30_000, suspects: [], more: false });
  await databases.sql.target.query("UPDATE t SET amount = -amount WHERE id IN (1, 15000); UPDATE t SET note = note || ' ' WHERE id = 30000; DELETE FROM t WHERE id = 777; INSERT INTO t (id) VALUES (-5), (50000)");
  const found = await compare(databases);
  expect(ids(found.suspects)).toEqual([-5, 1, 777, 15_000, 30_000, 50_000]);
  await expect(databases.validate()).resolves.toMatchObject({
    equal: false,
    tables: [{
      rows: 30_000,
      confirmed: expect.arrayContaining([
        { key: { id: '1' }, kind: 'different', columns: ['amount'] }, { key: { id: '30000' }, kind: 'different', columns: ['note'] },
        { key: { id: '777' }, kind: 'missing', columns: [] }, { key: { id: '-5' }, kind: 'extra', columns: [] },
      ]),
      unresolved: [],
      refused: [],
    }],
  });
});

test('rows that swapped their values do not add up to the same', async () => {
  const databases = await servers.databasesWith(PAYMENTS, {
    target: `UPDATE t SET amount = CASE id WHEN 10 THEN 20 ELSE 10 END WHERE id IN (10, 20); UPDATE t SET note = 'note ' || (12345 - id) WHERE id IN (45, 12300);
      UPDATE t SET amount = NULL WHERE id = 7`,
    source: 'UPDATE t SET amount = NULL WHERE id = 8',
  });
  expect(ids((await compare(databases)).suspects)).toEqual([7, 8, 10, 20, 45, 12_300]);
});

test('rows of nothing but a key, or a null beside it, are told apart by it', async () => {
  // One of each way into a row's hash.
  const beside = ['text', 'bigint', 'int', 'smallint', 'boolean', 'numeric(12, 2)', 'numeric', 'timestamptz', 'date', 'bytea', 'jsonb', 'uuid', 'inet'];
  for (const type of ['bigint', 'uuid', 'text', 'numeric', 'date', 'timestamp']) {
    const value = (n: number) => (
      type === 'uuid' ? `'00000000-0000-0000-0000-00000000000${n}'` : /date|timestamp/.test(type) ? `'2024-01-0${n}'` : `${n}::text::${type}`);
    const tables = beside.map((other, index) => `CREATE TABLE t${index} (id ${type} PRIMARY KEY, v ${other});`).join(' ');
    const fill = (n: number) => ['t', ...beside.map((_, index) => `t${index}`)].map((table) => `INSERT INTO ${table} VALUES (${value(n)})`).join('; ');
    const databases = await servers.databasesWith(`CREATE TABLE t (id ${type} PRIMARY KEY); ${tables}`, { source: fill(1), target: fill(2) });
    const { tables: results } = await databases.validate();
    expect(results).toHaveLength(1 + beside.length);
    for (const { confirmed } of results) expect(confirmed.map(({ kind }) => kind).sort()).toEqual(['extra', 'missing']);
  }
});

test('an empty side, and both', async () => {
  const databases = await servers.databasesWith(PAYMENTS, { target: 'TRUNCATE t' });
  const found = await compare(databases, { maxSuspects: 10 });
  expect(found).toMatchObject({ more: true, done: true });
  expect(found.suspects).toHaveLength(10);
  await expect(databases.validate({ maxSuspects: 10 })).resolves.toMatchObject({ equal: false, tables: [{ refused: [{ column: '*', why: expect.stringContaining('more differences') }] }] });
  await databases.both('TRUNCATE t');
  await expect(databases.validate()).resolves.toMatchObject({ equal: true, tables: [{ rows: 0 }] });
});

test.each([
  ['int', 'int', (n: number) => `${(n - 500) * 1_700_000}`],
  ['bigint with extremes', 'bigint', (n: number) => n === 0 ? "'-9223372036854775808'" : n === 1 ? "'9223372036854775807'" : `${n}`],
  ['uuid', 'uuid', (n: number) => `md5('${n}')::uuid`],
  ['text', 'text', (n: number) => `${['', 'a', 'A', 'ä', '_', '-', "''"].map((c) => `'${c}'`)[n % 7]} || '${n}'`],
  ['text of an ICU collation', 'text COLLATE "und-x-icu"', (n: number) => `${['', 'a', 'A', 'ä', '_', '-', "''"].map((c) => `'${c}'`)[n % 7]} || '${n}'`],
  ['varchar', 'varchar(40)', (n: number) => `'v${n}'`],
  ['timestamptz with extremes', 'timestamptz', (n: number) => n === 0 ? "'-infinity'" : n === 1 ? "'infinity'" : n === 2 ? "'4000-01-01 BC'" : `timestamptz '2024-01-01' + ${n} * interval '1 us'`],
  ['numeric with extremes', 'numeric', (n: number) => n === 0 ? "'NaN'" : n === 1 ? "'-Infinity'" : n === 2 ? "'Infinity'" : `${n} / 7.0`],
  ['float8', 'float8', (n: number) => n === 0 ? "'NaN'" : n === 1 ? "'-Infinity'" : `${n} / 7.0::float8`],
  ['bytea', 'bytea', (n: number) => `decode(md5('${n}'), 'hex')`],
  ['date', 'date', (n: number) => `date '2024-01-01' + ${n}`],
  ['interval', 'interval', (n: number) => `${n} * interval '1 hour 3 seconds'`],
  ['inet', 'inet', (n: number) => `inet '10.0.0.0' + ${n}`],
  ['character(n)', 'character(12)', (n: number) => `'c${n}'`],
  ['an array', 'text[]', (n: number) => `ARRAY['${n}', NULL]`],
  ['an enum in another order', 'mood', (n: number) => `(enum_range(NULL::mood))[${n + 1}]`],
])('keys of %s', async (_name, type, value) => {
  const labels = Array.from({ length: 1_200 }, (_, n) => `'m${n}'`);
  const order = (all: readonly string[]) => type === 'mood' ? `CREATE TYPE mood AS ENUM (${all.join(', ')});` : '';
  const sorted = [...Array(1_200).keys()].map((n) => type === 'mood' ? `('m${n}'::mood, ${n})` : `(${value(n)}, ${n})`);
  const table = `CREATE TABLE t (k ${type} PRIMARY KEY, v int); INSERT INTO t VALUES ${sorted.join(', ')}; ANALYZE t`;
  const databases = await servers.databasesWith('SELECT 1', { source: `${order(labels)} ${table}`, target: `${order([...labels].reverse())} ${table}` });
  const walk = async () => {
    const suspects: Key[] = [];
    let cursor: Key | undefined;
    let rows = 0;
    for (;;) {
      const result = await compare(databases, { cursor, throttle: { statementMs: 1 } });
      suspects.push(...result.suspects);
      rows += result.rows;
      if (result.done) return { suspects, rows };
      cursor = result.cursor;
    }
  };
  await expect(walk()).resolves.toEqual({ suspects: [], rows: 1_200 });
  await databases.sql.target.query('UPDATE t SET v = -v WHERE v IN (1, 2, 600, 1199); DELETE FROM t WHERE v = 0');
  expect((await walk()).suspects).toHaveLength(5);
  const { tables: [{ confirmed }] } = await databases.validate();
  expect(confirmed.map(({ kind }) => kind).sort()).toEqual(['different', 'different', 'different', 'different', 'missing']);
});

test('keys that are equal and not the same are one row that differs in its key', async () => {
  const databases = await servers.databasesWith(`CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE a (k numeric PRIMARY KEY, v int); CREATE TABLE b (k text COLLATE ci PRIMARY KEY, v int); CREATE TABLE c (k interval, l int, v int, PRIMARY KEY (l, k))`, {
    source: "INSERT INTO a VALUES (1.0, 1), (2, 2); INSERT INTO b VALUES ('Key', 1); INSERT INTO c VALUES ('1 mon', 1, 1)",
    target: "INSERT INTO a VALUES (1.00, 1), (2, 2); INSERT INTO b VALUES ('KEY', 1); INSERT INTO c VALUES ('30 days', 1, 1)",
  });
  const { tables } = await databases.validate();
  expect(tables.map(({ confirmed }) => confirmed)).toEqual([
    [{ key: { k: '1.0' }, kind: 'different', columns: ['k'] }], [{ key: { k: 'Key' }, kind: 'different', columns: ['k'] }],
    [{ key: { l: '1', k: '1 mon' }, kind: 'different', columns: ['k'] }],
  ]);
});

test('rows that arrive while they are looked for leave no other unread', async () => {
  const databases = await servers.databasesWith(PAYMENTS);
  const late = [100, 200, 300, 400, 500];
  await databases.sql.target.query('UPDATE t SET amount = amount + 1 WHERE id = ANY ($1)', [late]);
  const sides = databases.sides();
  const query = sides.query.bind(sides);
  let arrived: Promise<unknown> | undefined;
  sides.query = async <R>(side: Side, text: string, values?: readonly unknown[]) => {
    // As soon as it is known which buckets differ, what is in as many as may be told, and one more, arrives.
    if (text.includes('= ANY ($1::int4[])')) {
      arrived ??= query<{ key: Key }>('source', text, [(values?.[0] as number[]).slice(0, 2)]).then(async (rows) => (
        databases.sql.target.query('UPDATE t SET amount = amount - 1 WHERE id = ANY ($1) AND id = ANY ($2)', [late, rows.map(({ key }) => Number(key[0]))])));
      await arrived;
    }
    return query<R>(side, text, values);
  };
  try {
    const found = await answer(sides, { action: 'compare', table: 'public.t', maxSuspects: 1 }, TOOLS) as CompareResult;
    expect(found).toMatchObject({ done: true, more: true, suspects: [[expect.stringMatching(/^[1-5]00$/)]] });
  } finally {
    await sides.end();
  }
});

test('as many columns as a table may have', async () => {
  const types = ['bigint', 'numeric(12, 2)', 'text', 'timestamptz', 'date', 'jsonb'];
  const columns = Array.from({ length: 1_500 }, (_, index) => `c${index} ${types[index % types.length]}`);
  const databases = await servers.databasesWith(`CREATE TABLE t (id uuid PRIMARY KEY, ${columns.join(', ')});
    INSERT INTO t (id, c0, c700, c1498) SELECT md5(i::text)::uuid, i, now(), '2024-01-01' FROM generate_series(1, 3000) i; ANALYZE t`);
  await databases.sql.target.query("UPDATE t SET c1499 = 'null' WHERE c0 = 1; UPDATE t SET c1498 = NULL WHERE c0 = 2; UPDATE t SET c0 = 4294967299 WHERE c0 = 3");
  await expect(compare(databases)).resolves.toMatchObject({ done: true, rows: 3_000, suspects: Array(3).fill([expect.any(String)]) });
});

test('composite keys, resumed from cursors after each range', async () => {
  const databases = await servers.databasesWith(`CREATE TABLE t (a int, "b.B" text, c uuid, v int, PRIMARY KEY (c, a, "b.B"));
    INSERT INTO t SELECT i % 7, 'x' || i % 11, md5((i % 100)::text)::uuid, i FROM generate_series(1, 7700) i; ANALYZE t`);
  await databases.sql.target.query('UPDATE t SET v = 0 WHERE v % 1000 = 0; DELETE FROM t WHERE v = 3');
  const seen: Key[] = [];
  let calls = 0;
  let cursor: Key | undefined;
  for (;;) {
    // Out of time at once: each call does one range.
    const result = await compare(databases, { cursor, budgetMs: 0, throttle: { statementMs: 1 } });
    calls += 1;
    seen.push(...result.suspects);
    if (result.done) break;
    expect(result.cursor).toHaveLength(3);
    cursor = result.cursor;
  }
  expect(calls).toBeGreaterThan(1);
  expect(seen).toHaveLength(8);
  // A call may be repeated.
  await expect(compare(databases, { cursor, budgetMs: 0 })).resolves.toMatchObject({ done: true });
});

test('a range whose statement takes too long is halved until it does not', async () => {
  const databases = await servers.databasesWith(`CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, repeat('x', 2000000) || i FROM generate_series(1, 400) i; ANALYZE t`, { target: "UPDATE t SET v = v || '!' WHERE id = 333" });
  const quick = await compare(databases, { throttle: { statementTimeoutMs: 200 } });
  expect(quick).toMatchObject({ done: true, rows: 400, suspects: [['333']] });
  const patient = await compare(databases);
  expect(patient).toMatchObject({ done: true, rows: 400, suspects: [['333']] });
  expect(quick.statements).toBeGreaterThan(patient.statements);
});

test('where all is on one side, that side is cut', async () => {
  const databases = await servers.databasesWith('CREATE TABLE t (id int PRIMARY KEY, v text)', {
    target: "INSERT INTO t SELECT i, repeat('x', 2000000) || i FROM generate_series(1, 150) i; ANALYZE t",
  });
  const found = await compare(databases, { throttle: { statementTimeoutMs: 200 } });
  expect(found).toMatchObject({ done: true, more: false });
  expect(found.suspects).toHaveLength(150);
});

test('what there is no time to find in a range is looked for in a smaller one', async () => {
  const databases = await servers.databasesWith(PAYMENTS, { target: 'UPDATE t SET amount = amount + 1' });
  const seen = new Set<number>();
  let cursor: Key | undefined;
  for (;;) {
    const result = await compare(databases, { cursor, budgetMs: 0, maxSuspects: 30_000 });
    // A call that ends early has looked through all that it counts.
    expect(result.suspects).toHaveLength(result.rows);
    ids(result.suspects).forEach((id) => seen.add(id));
    if (result.done) break;
    expect(result.rows).toBeLessThan(30_000);
    cursor = result.cursor;
  }
  expect(cursor).toBeDefined();
  expect(seen.size).toBe(30_000);
});

test('it waits while the servers have too much to do, and ends with a cursor where that does not change', async () => {
  const databases = await servers.databasesWith(PAYMENTS);
  const sleeper = databases.sql.target.query('SELECT pg_sleep(1.5)');
  const started = performance.now();
  await expect(compare(databases, { throttle: { maxActiveSessions: 0, statementMs: 1 } })).resolves.toMatchObject({ done: true, rows: 30_000 });
  expect(performance.now() - started).toBeGreaterThan(1_000);
  await sleeper;
  const again = databases.sql.target.query('SELECT pg_sleep(3)');
  const result = await compare(databases, { budgetMs: 500, throttle: { maxActiveSessions: 0, statementMs: 1 } });
  expect(result).toMatchObject({ done: false, cursor: [expect.any(String)] });
  await again;
  const rest = await compare(databases, { cursor: result.cursor, throttle: { duty: 0.5, maxLagBytes: 1_000_000 } });
  expect(rest).toMatchObject({ done: true, rows: 30_000 - result.rows });
});

test.each([
  [{ throttle: { duty: 0 } }, 'throttle.duty: got 0, allowed: a number above 0, up to 1'],
  [{ maxSuspects: 0 }, 'maxSuspects: got 0, allowed: a whole number from 1'],
  [{ cursor: ['1', '2'] }, 'key: got ["1","2"], allowed: 1 values, one for each column of the key'],
  [{ table: 'public.nowhere' }, 'table: got "public.nowhere", allowed: one that can be compared: it is on neither side'],
])('bad input %j', async (request, message) => {
  const databases = await servers.databasesWith('CREATE TABLE t (id int PRIMARY KEY)');
  await expect(compare(databases, request)).rejects.toMatchObject({ name: 'Refused', message });
});

test('a server that restarts in the middle is waited for', async () => {
  const databases = await servers.databasesWith(PAYMENTS);
  let restart: Promise<void> | undefined;
  const tools = {
    now: () => {
      restart ??= servers.servers.target.restart();
      return TOOLS.now();
    },
  };
  await expect(compare(databases, { throttle: { statementMs: 1 } }, tools)).resolves.toMatchObject({ done: true, rows: 30_000, suspects: [] });
  await restart;
});

test('a server that is not there, and a wrong password, are one clear error', async () => {
  const databases = await servers.databasesWith(PAYMENTS);
  const open = jest.spyOn(Session, 'open');
  databases.ports = { target: 1 };
  await expect(compare(databases)).rejects.toMatchObject({ name: 'DatabaseUnavailable', message: expect.stringContaining('cannot be reached') });
  databases.ports = {};
  databases.logins = { source: { username: 'postgres', password: 'wrong' } };
  await expect(compare(databases)).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('the login was refused') });
  // Nothing goes on with the side that is there.
  const opened = open.mock.calls.length;
  await sleep(1_500);
  expect(open).toHaveBeenCalledTimes(opened);
});
