import { TwoDatabases, TwoServers } from './support/two-databases';
import { readCatalog, type CatalogColumn } from '../../src/validation/catalog';
import type { PlanResult, ValidationResult } from '../../src/validation/contract';

jest.setTimeout(60_000);

let servers: TwoServers;

beforeAll(async () => { servers = await TwoServers.create(); });
afterAll(async () => servers?.remove());

async function planned(databases: TwoDatabases, request: object = {}): Promise<PlanResult> {
  return databases.ask<PlanResult>({ action: 'plan', ...request });
}

const whys = (result: PlanResult | ValidationResult, table: string) => (
  Object.fromEntries((result.tables.find((each) => each.table === table)?.refused ?? []).map(({ column, why }) => [column, why])));

test('what cannot be compared is refused by name, and never equal', async () => {
  const databases = await servers.databasesWith(`
    CREATE TABLE fine (id int PRIMARY KEY, v text);
    CREATE TABLE no_key (id int, v text);
    CREATE TABLE parts (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE VIEW a_view AS SELECT * FROM fine;
    CREATE MATERIALIZED VIEW a_copy AS SELECT * FROM fine;
    CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing; CREATE FOREIGN TABLE foreign_table (id int) SERVER elsewhere`, {
    source: 'CREATE TABLE only_source (id int PRIMARY KEY); CREATE TABLE keys (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE types (id int PRIMARY KEY, a int, b text, c text)',
    target: 'CREATE TABLE only_target (id int PRIMARY KEY); CREATE TABLE keys (a int PRIMARY KEY, b int); CREATE TABLE types (id int PRIMARY KEY, a bigint, b text, d text)',
  });
  const result = await planned(databases);
  expect(result.hash).toBe('native');
  expect(result.tables.map(({ table, comparable }) => [table, comparable])).toEqual([
    ['public.fine', true], ['public.keys', false], ['public.no_key', false], ['public.only_source', false], ['public.only_target', false],
    ['public.parts', true], ['public.types', true],
  ]);
  expect(whys(result, 'public.no_key')).toEqual({ '*': expect.stringContaining('no primary key on the source') });
  expect(whys(result, 'public.keys')).toEqual({ '*': 'its key is (a, b) on the source and (a) on the target' });
  expect(whys(result, 'public.only_source')).toEqual({ '*': 'it is on the source only' });
  expect(whys(result, 'public.only_target')).toEqual({ '*': 'it is on the target only' });
  expect(whys(result, 'public.types')).toEqual({
    a: 'its type is pg_catalog.int4 on the source and pg_catalog.int8 on the target', c: 'it is on the source only', d: 'it is on the target only',
  });

  const named = ['public.a_view', 'public.a_copy', 'public.foreign_table', 'public.parts_2024', 'public.nowhere'];
  const byName = await databases.validate({ tables: named });
  expect(byName.equal).toBe(false);
  expect(byName.tables.every(({ equal }) => !equal)).toBe(true);
  expect(whys(byName, 'public.a_view')['*']).toContain('it is a view on the source');
  expect(whys(byName, 'public.a_copy')['*']).toContain('a materialised view');
  expect(whys(byName, 'public.foreign_table')['*']).toContain('a foreign table');
  expect(whys(byName, 'public.parts_2024')['*']).toBe('it is a partition on the source: name public.parts');
  expect(whys(byName, 'public.nowhere')['*']).toBe('it is on neither side');

  const all = await databases.validate();
  expect(all.tables.filter(({ equal }) => equal).map(({ table }) => table)).toEqual(['public.fine', 'public.parts']);
  expect(all.equal).toBe(false);
});

test('other column orders, dropped columns, a replica identity, an inheriting table and generated columns are no differences', async () => {
  const databases = await servers.databasesWith(`
    CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (w text, PRIMARY KEY (id)) INHERITS (parent);
    INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 'b', 'c');
    CREATE TABLE ident (a int NOT NULL, b text NOT NULL, c int GENERATED ALWAYS AS (a * 2) STORED, UNIQUE (a, b));
    ALTER TABLE ident REPLICA IDENTITY USING INDEX ident_a_b_key; INSERT INTO ident (a, b) VALUES (1, 'x'), (1, 'y')`, {
    source: "CREATE TABLE p (id int PRIMARY KEY, gone int, a text, b numeric(9, 2)); ALTER TABLE p DROP COLUMN gone; INSERT INTO p VALUES (1, 'a', 1.5)",
    target: "CREATE TABLE p (b numeric(9, 2), a text, id int PRIMARY KEY); INSERT INTO p VALUES (1.5, 'a', 1)",
  });
  const result = await databases.validate();
  expect(result).toMatchObject({ equal: true, tables: [{ table: 'public.child', rows: 1 }, { table: 'public.ident', rows: 2 }, { table: 'public.p', rows: 1 }, { table: 'public.parent', rows: 1 }] });
  await databases.sql.target.query("UPDATE ONLY child SET w = 'd'");
  await expect(databases.validate()).resolves.toMatchObject({ equal: false, tables: [{ table: 'public.child', confirmed: [{ columns: ['w'] }] }, {}, {}, { equal: true }] });
});

test('names with capitals, quotes, dots and blanks', async () => {
  const databases = await servers.databasesWith(`
    CREATE SCHEMA "My.Schema"; CREATE TABLE "My.Schema"."a ""quoted"". Table" ("The Id" int, "sel.ect" text, "it's" text, PRIMARY KEY ("sel.ect", "The Id"));
    INSERT INTO "My.Schema"."a ""quoted"". Table" VALUES (1, 'x', 'y'), (2, 'it''s \\\\', 'z')`);
  await databases.sql.target.query('UPDATE "My.Schema"."a ""quoted"". Table" SET "it\'s" = \'changed\' WHERE "The Id" = 2');
  const wanted = { table: 'My.Schema.a "quoted". Table', confirmed: [{ kind: 'different', key: { 'The Id': '2', 'sel.ect': "it's \\\\" }, columns: ["it's"] }] };
  await expect(databases.validate()).resolves.toMatchObject({ tables: [wanted] });
  await expect(databases.validate({ tables: ['My.Schema.a "quoted". Table'] })).resolves.toMatchObject({ tables: [wanted] });
  const { tables } = await databases.validate({ tables: ['"My.Schema"."a ""quoted"". Table"'] });
  expect(tables).toMatchObject([wanted]);
});

test('schemas, tables and columns are chosen and left out', async () => {
  const databases = await servers.databasesWith(`
    CREATE SCHEMA pay; CREATE TABLE pay.a (id int PRIMARY KEY, v text, w text); CREATE TABLE pay.b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY);
    INSERT INTO pay.a VALUES (1, 'v', 'w')`, { target: "UPDATE pay.a SET w = 'x'; INSERT INTO c VALUES (1)" });
  const names = async (request: object) => (await planned(databases, request)).tables.map(({ table }) => table);
  await expect(names({ schemas: ['pay'] })).resolves.toEqual(['pay.a', 'pay.b']);
  await expect(names({ excludeTables: ['pay.b'] })).resolves.toEqual(['pay.a', 'public.c']);
  const tables = ['pay.a'];
  await expect(databases.validate({ tables })).resolves.toMatchObject({ equal: false });
  const result = await databases.validate({ tables, columns: [{ table: 'pay.a', exclude: ['w'] }] });
  expect(result).toMatchObject({ equal: true, tables: [{ method: { value: ['id', 'v'], excluded: ['w'] } }] });
  await expect(databases.validate({ tables, columns: [{ table: 'pay.a', include: ['w'] }] })).resolves.toMatchObject({ equal: false, tables: [{ method: { value: ['id', 'w'], excluded: ['v'] } }] });
});

test('nothing to compare is an error, not equal', async () => {
  const databases = await servers.databasesWith('SELECT 1');
  await expect(planned(databases)).rejects.toMatchObject({ name: 'Refused', message: 'tables: got "none", allowed: a selection that holds at least one table' });
  await expect(planned(databases, { schemas: ['no'] })).rejects.toMatchObject({ name: 'Refused' });
});

test('rights that are missing and rows that are hidden are said by name', async () => {
  const databases = await servers.databasesWith(`
    CREATE ROLE reader LOGIN PASSWORD 'reader'; CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY);
    CREATE TABLE partly (id int PRIMARY KEY, open text, secret text); GRANT SELECT (id, open) ON partly TO reader;
    CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; GRANT SELECT ON hidden TO reader`);
  databases.logins = { target: { username: 'reader', password: 'reader' } };
  const result = await databases.validate();
  expect(result.equal).toBe(false);
  expect(whys(result, 'closed.t')['*']).toBe('the login has no right to its schema on the target');
  expect(whys(result, 'public.partly')).toEqual({ secret: 'the login may not read it on the target' });
  expect(whys(result, 'public.hidden')['*']).toContain('row-level security hides rows from the login on the target');
});

test('a big table is cut into parts that together are all of it', async () => {
  const databases = await servers.databasesWith('CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i; ANALYZE t');
  const { tables: [{ rows, parts }] } = await planned(databases, { partRows: 2_500 });
  expect(rows).toBe(20_000);
  expect(parts.length).toBeGreaterThanOrEqual(8);
  expect(parts[0].after).toBeUndefined();
  expect(parts.at(-1)?.upTo).toBeUndefined();
  parts.slice(1).forEach(({ after }, index) => expect(after).toEqual(parts[index].upTo));
  await databases.sql.target.query("UPDATE t SET v = 'x' WHERE id IN (1, 10000, 20000)");
  const result = await databases.validate({ partRows: 2_500 });
  expect(result.tables).toMatchObject([{ rows: 20_000 }]);
  expect(result.tables[0].confirmed.map(({ key }) => key.id).sort()).toEqual(['1', '10000', '20000']);
});

test('what keeps nulls out is known, and what only says so is not', async () => {
  const databases = await servers.databasesWith('CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int, c int)', {
    target: 'INSERT INTO t VALUES (1, 1); ALTER TABLE t ADD CONSTRAINT later NOT NULL b NOT VALID',
  });
  await databases.both('CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)');
  const sides = databases.sides();
  try {
    for (const side of ['source', 'target'] as const) {
      const { tables } = await readCatalog(sides, side, { schemas: ['public'] });
      const kept = (columns: readonly CatalogColumn[]) => columns.filter(({ notNull }) => notNull).map(({ name }) => name);
      // A partition may be a foreign table, whose server keeps out what it likes.
      expect(Object.fromEntries(tables.map(({ name, columns }) => [name, kept(columns)]))).toEqual({ t: ['a', 'id'], p: [] });
    }
  } finally {
    await sides.end();
  }
  await databases.sql.source.query('INSERT INTO t VALUES (1, 1, 0)');
  await expect(databases.validate({ tables: ['public.t'] })).resolves.toMatchObject({ tables: [{ confirmed: [{ key: { id: '1' }, columns: ['b'] }] }] });
});

test('names that mean two tables, and columns that there are not, are refused', async () => {
  const databases = await servers.databasesWith(`CREATE SCHEMA a; CREATE SCHEMA "a.b"; CREATE TABLE a."b.c" (id int PRIMARY KEY, v int);
    CREATE TABLE "a.b".c (id int PRIMARY KEY, v int)`, { target: 'INSERT INTO "a.b".c VALUES (1)' });
  await expect(planned(databases)).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('both written a.b.c') });
  await databases.both('CREATE TABLE fine (id int PRIMARY KEY, v int)');
  const result = await planned(databases, { excludeTables: ['a.b.c'], columns: [{ table: 'public.fine', include: ['w'] }] });
  expect(result.tables.map(({ table }) => table)).toEqual(['public.fine']);
  expect(whys(result, 'public.fine')).toEqual({ '*': 'it has no column w, which was chosen or left out' });
});

test('of texts that no encoding is known of, keys are refused', async () => {
  const name = 'of_no_encoding';
  const clients = { source: await servers.servers.source.connect('postgres'), target: await servers.servers.target.connect('postgres') };
  for (const client of Object.values(clients)) {
    await client.query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    await client.end();
  }
  const sql = { source: await servers.servers.source.connect(name), target: await servers.servers.target.connect(name) };
  const databases = new TwoDatabases(servers.servers, name, sql);
  await databases.both('CREATE TABLE t (k text PRIMARY KEY); CREATE TABLE n (k int PRIMARY KEY, v text)');
  const result = await planned(databases);
  expect(whys(result, 'public.t')).toEqual({ '*': 'its key holds k, and of texts in databases with SQL_ASCII it is not known what they say' });
  expect(whys(result, 'public.n')).toEqual({});
  await databases.end();
});
