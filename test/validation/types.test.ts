import { BUILT_IN_VALUES, REFUSED } from './support/built-in-values';
import { TwoServers, type TwoDatabases } from './support/two-databases';
import type { CompareResult } from '../../src/validation/contract';

/*
 * Every type that PostgreSQL brings is compared exactly, or refused by name: for each that is compared there are values, all of them
 * different, and of each two of them the difference is found; equal ones are equal.
 */
jest.setTimeout(120_000);

let servers: TwoServers;
let databases: TwoDatabases;
let types: { readonly name: string; readonly kind: string; readonly array: boolean }[];

beforeAll(async () => {
  servers = await TwoServers.create();
  databases = await servers.databasesWith("CREATE TYPE public.mood AS ENUM ('sad', 'glad'); CREATE TYPE public.pair AS (a numeric, b text); CREATE DOMAIN public.money_amount AS numeric CHECK (VALUE > 0)");
  // Of both majors: 18 may have types that 17 has not.
  const found = await Promise.all((['source', 'target'] as const).map(async (side) => (await databases.sql[side].query<typeof types[number]>(`
    SELECT typname AS name, typtype AS kind, typtype = 'b' AND typcategory = 'A' AS array FROM pg_type t
    WHERE typnamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM pg_class c WHERE c.reltype = t.oid OR c.oid = (SELECT typrelid FROM pg_type e WHERE e.oid = t.typelem))
    ORDER BY typname`)).rows));
  types = [...new Map(found.flat().map((type) => [type.name, type])).values()];
});

afterAll(async () => servers?.remove());

test('each scalar type has values here, or is refused by name', () => {
  const scalars = types.filter(({ kind, array }) => kind !== 'p' && !array).map(({ name }) => name);
  expect(scalars.length).toBeGreaterThan(60);
  const known = [...Object.keys(BUILT_IN_VALUES), ...REFUSED];
  expect(scalars.filter((name) => !known.includes(name))).toEqual([]);
  expect(Object.keys(BUILT_IN_VALUES).filter((name) => REFUSED.includes(name))).toEqual([]);
});

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'numeric(12, 2)': ['0', '1', '-1', '1.5', "'NaN'"],
  'numeric(5, -2)': ['100', '200', '0'],
  'numeric[]': ["'{1.0}'", "'{1.00}'", "'{}'", "'{NULL}'"],
  'int[]': ["'{1,2}'", "'[0:1]={1,2}'", "'{{1,2}}'", "'{2,1}'", "'{1,2,NULL}'"],
  'text[]': ["'{NULL}'", '\'{"NULL"}\'', "'{}'", '\'{""}\'', '\'{"a,b"}\'', "'{a,b}'"],
  'public.mood': ["'sad'", "'glad'"],
  'public.pair': ["'(1.0,a)'", "'(1.00,a)'", "'(,)'", '\'(,"")\'', "'(1.0,)'"],
  'public.pair[]': ['\'{"(1.0,a)"}\'', '\'{"(1.00,a)"}\''],
  'public.money_amount': ['1.0', '1.00', '2'],
  'character(5)': ["'a'", "' a'", "''"],
  'text COLLATE "C"': ["'a'", "'A'", "'a '", "''"],
};

/** Each value of a type beside each other one, and beside null. */
const CASES = Object.entries({ ...BUILT_IN_VALUES, ...OTHERS }).map(([type, values]) => {
  const all = [...values, 'NULL'];
  return { type, pairs: all.flatMap((one) => all.map((other) => [one, other] as const)) };
});

test.each(['native', 'md5'] as const)('of any two values of a type the difference is found, by %s, and of none else', async (hash) => {
  const rows = Math.max(...CASES.map(({ pairs }) => pairs.length));
  const at = (row: number) => CASES.map(({ pairs }) => pairs[row % pairs.length]);
  await databases.both(`DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, ${CASES.map(({ type }, index) => `c${index} ${type}`).join(', ')})`);
  for (const [index, side] of (['source', 'target'] as const).entries()) {
    const values = Array.from({ length: rows }, (_, row) => `(${[row, ...at(row).map((pair) => pair[index])].join(', ')})`);
    for (const value of values) await databases.sql[side].query(`INSERT INTO t VALUES ${value}`);
  }
  const { tables: [table] } = await databases.validate({ tables: ['public.t'], hash });
  expect(table.refused).toEqual([]);
  expect(table.unresolved).toEqual([]);
  const found = new Map(table.confirmed.map(({ key, columns }) => [Number(key.id), columns.map((name) => CASES[Number(name.slice(1))].type).sort()]));
  const wanted = new Map(Array.from({ length: rows }, (_, row): [number, string[]] => (
    [row, CASES.filter((_case, index) => at(row)[index][0] !== at(row)[index][1]).map(({ type }) => type).sort()]
  )).filter(([, differing]) => differing.length > 0));
  for (const [row, columns] of wanted) expect({ row, columns: found.get(row) }).toEqual({ row, columns });
  expect(found.size).toBe(wanted.size);
});

/** One column at a time: what another column's hash would cover up is seen. */
test('each type alone makes its rows differ, by the value\'s own hash too', async () => {
  for (const { type, pairs } of CASES) {
    const different = pairs.map((pair, row) => ({ pair, row })).filter(({ pair: [one, other] }) => one !== other);
    await databases.both(`DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v ${type})`);
    for (const [index, side] of (['source', 'target'] as const).entries()) {
      await databases.sql[side].query(`INSERT INTO t VALUES ${pairs.map((pair, row) => `(${row}, ${pair[index]}::${type})`).join(', ')}`);
    }
    const { suspects } = await databases.ask<CompareResult>({ action: 'compare', table: 'public.t' });
    const found = new Set(suspects.map(([id]) => Number(id)));
    const missed = different.filter(({ row }) => !found.has(row));
    expect({ type, extra: found.size - different.length, missed }).toEqual({ type, extra: 0, missed: [] });
  }
});

test.each(['regproc', 'regoper', 'gtsvector'])('%s is refused by name, and so is what holds it', async (type) => {
  await databases.both(`DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS holder; CREATE TYPE holder AS (x pg_catalog.${type});
    CREATE TABLE t (id int PRIMARY KEY, a pg_catalog.${type}, b pg_catalog.${type}[], c holder, d text)`);
  const { equal, tables: [table] } = await databases.validate({ tables: ['public.t'] });
  expect(equal).toBe(false);
  expect(table.equal).toBe(false);
  expect(table.refused.map(({ column }) => column)).toEqual(['a', 'b', 'c']);
  for (const { why } of table.refused) expect(why).toContain(`pg_catalog.${type}`);
  expect(table.method).toEqual({ hash: 'native', value: ['d', 'id'], text: [], excluded: [] });
});

test('types of names are compared by what they name, though their numbers differ', async () => {
  await databases.sql.target.query('CREATE TABLE moves_the_numbers (id int)');
  await databases.both(`DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS named; CREATE TABLE named (id int); CREATE TABLE t (id int PRIMARY KEY, v regclass, w public.mood);
    INSERT INTO t VALUES (1, 'named', 'sad')`);
  const numbers = await Promise.all((['source', 'target'] as const).map(async (side) => (await databases.sql[side].query('SELECT v::oid AS oid FROM t')).rows[0].oid));
  expect(numbers[0]).not.toBe(numbers[1]);
  await expect(databases.validate({ tables: ['public.t'] })).resolves.toMatchObject({ equal: true, tables: [{ method: { text: ['v', 'w'] } }] });
});

test('the method of each column is told', async () => {
  await databases.both(`DROP TABLE IF EXISTS t; CREATE TABLE t (id bigint PRIMARY KEY, amount numeric(12, 2), rate numeric, at timestamptz, note text, code char(3), data jsonb, f float8);
    INSERT INTO t VALUES (1, 1, 1, now(), '', 'EUR', '{}', 0)`);
  await databases.both("UPDATE t SET at = '2024-01-01'");
  await expect(databases.validate({ tables: ['public.t'] })).resolves.toMatchObject({
    equal: true, tables: [{ rows: 1, method: { hash: 'native', value: ['amount', 'at', 'id', 'note', 'rate'], text: ['code', 'data', 'f'] } }],
  });
  await expect(databases.validate({ tables: ['public.t'], hash: 'md5' })).resolves.toMatchObject({ equal: true, tables: [{ method: { hash: 'md5', value: [] } }] });
});
