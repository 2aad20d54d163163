import { TwoServers } from './support/two-databases';

jest.setTimeout(120_000);

let servers: TwoServers;

beforeAll(async () => { servers = await TwoServers.create(); });
afterAll(async () => servers?.remove());

/** What a role or a database may have as its defaults, and what would change how values are written, or which are found. */
const HOSTILE: Readonly<Record<string, string>> = {
  DateStyle: "'German, DMY'",
  IntervalStyle: "'iso_8601'",
  extra_float_digits: '-15',
  bytea_output: "'escape'",
  TimeZone: "'Asia/Kathmandu'",
  search_path: "'trap, public'",
  lc_monetary: "'C'",
  xmloption: "'document'",
  xmlbinary: "'hex'",
  quote_all_identifiers: 'on',
  row_security: 'on',
  statement_timeout: '1',
  lock_timeout: '1',
  default_transaction_read_only: 'on',
  default_transaction_isolation: "'serializable'",
  enable_seqscan: 'off',
  enable_indexscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashagg: 'off',
  enable_nestloop: 'off',
  enable_sort: 'off',
  transform_null_equals: 'on',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
  client_encoding: "'LATIN1'",
  gin_fuzzy_search_limit: '1',
  jit: 'on',
};

const TABLE = `CREATE TABLE t (id int PRIMARY KEY, at timestamptz, d date, i interval, f float8, b bytea, m money, x xml, r regclass, a text[], t text, n numeric, ts tstzrange);
  INSERT INTO t SELECT i, timestamptz '2024-03-01 12:00+00' + i * interval '1 h', date '2024-03-04' + i, i * interval '1 day 2 h', i / 7.0::float8, decode(md5(i::text), 'hex'),
    i::text::numeric::money, xmlparse(content 'a<b/>' || i), 'pg_class', ARRAY['NULL', NULL, 'x' || i], E'\\\\ "é" ' || i, i / 3.0,
    tstzrange('2024-03-01 12:00+00', timestamptz '2024-03-01 12:00+00' + i * interval '1 h') FROM generate_series(1, 3000) i; ANALYZE t`;

test.each(['source', 'target'] as const)('defaults of the %s\'s database and login do not matter', async (side) => {
  const databases = await servers.databasesWith(TABLE, {
    // Names that a careless search_path would find first.
    [side]: `CREATE SCHEMA trap; CREATE FUNCTION trap.int8(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
      CREATE FUNCTION trap.count() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; CREATE FUNCTION trap.md5(text) RETURNS text LANGUAGE sql AS 'SELECT ''x'''`,
  });
  const client = databases.sql[side];
  for (const [name, value] of Object.entries(HOSTILE)) await client.query(`ALTER DATABASE ${databases.name} SET ${name} = ${value}`);
  for (const hash of ['native', 'md5'] as const) {
    await expect(databases.validate({ hash })).resolves.toMatchObject({ equal: true, tables: [{ rows: 3_000, refused: [] }] });
  }
  await client.query("SET search_path = public; UPDATE t SET at = at + interval '1 us' WHERE id = 5; UPDATE t SET f = f + 1e-12 WHERE id = 6; UPDATE t SET a = ARRAY['NULL', 'NULL', 'x7'] WHERE id = 7");
  const { tables: [{ confirmed }] } = await databases.validate();
  expect(confirmed.map(({ key, columns }) => [key.id, columns])).toEqual([['5', ['at']], ['6', ['f']], ['7', ['a']]]);
});
