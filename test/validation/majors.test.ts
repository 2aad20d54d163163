import type { Client } from 'pg';
import { BUILT_IN_VALUES } from './support/built-in-values';
import type * as OlderServers from './support/older-servers';
import { OLDER_SERVERS } from './support/older-servers';
import { TwoDatabases } from './support/two-databases';
import { LocalServer, type Major } from '../../cli/src/servers';
import type { Difference, Side } from '../../src/validation/contract';
import { BOTH, Sides } from '../../src/validation/sides';
import { TOOLS, type Tools } from '../../src/validation/tools';
import { describeWith } from '../support/required-tool';

/*
 * Each major as the source and as the target of each other one: the same tables with the same differences give the same results, whichever
 * majors the two have.
 */
jest.setTimeout(180_000);
jest.mock('../../cli/src/servers/binaries', () => ({
  findBinaries: async (...args: Parameters<typeof OlderServers.findBinaries>) => (
    jest.requireActual<typeof OlderServers>('./support/older-servers').findBinaries(...args)),
}));

const MAJORS = [13, 14, 15, 16, 17, 18];
const PAIRS = MAJORS.flatMap((source) => MAJORS.map((target): [number, number] => [source, target]));
/** `hash_record_extended` and `date_bin` came with it. */
const FIRST_WITH_NATIVE_HASH = 14;
/** What a database holds in each role: each server plays both. */
const DATABASES: Readonly<Record<Side, string>> = { source: 'here', target: 'there' };

const KEYED_ROWS = 3_000;
const KEYED = (side: Side): string => `
  CREATE TABLE keyed (note text, "The Key" text, at timestamptz, part numeric, hot int, PRIMARY KEY (part, "The Key", at));
  INSERT INTO keyed SELECT 'note ' || n, chr(97 + n % 26) || CASE n % 3 WHEN 0 THEN 'é' WHEN 1 THEN 'Z' ELSE '_' END || n,
    timestamptz '2024-01-01 00:00+00' + n * interval '1 s', (n % 7) / 4.0, n FROM generate_series(1, ${KEYED_ROWS}) AS n WHERE n NOT IN (${side === 'source' ? '11, 2222' : '7, 1999, 3000'});
  ${side === 'source' ? '' : "UPDATE keyed SET note = 'another' WHERE hot IN (5, 1500); UPDATE keyed SET hot = NULL WHERE hot = 1501"}`;

/** As `number: kind and columns`: the number is at the end of the key's text. */
const KEYED_DIFFERENCES = ['5: different note', '7: missing', '11: extra', '1500: different note', '1501: different hot', '1999: missing', '2222: extra', '3000: missing'];

let servers: Map<number, LocalServer>;
const clients: Client[] = [];
/** Types and their values that a server has, by major. */
let known: Map<number, Set<string>>;
let values: Map<string, string[]>;

/** Two databases of any two of the servers, or of the same one. */
class Couple extends TwoDatabases {
  public constructor(private readonly majors: Record<Side, number>) {
    super({ source: serverOf(majors.source), target: serverOf(majors.target) }, 'couple', {} as Record<Side, Client>);
  }

  public override sides(tools: Partial<Tools> = {}): Sides {
    return new Sides({
      references: { source: { secretId: 'source', databaseName: DATABASES.source }, target: { secretId: 'target', databaseName: DATABASES.target } },
      readSecret: async (side) => {
        const { host, port, certificateAuthority, username, password } = serverOf(this.majors[side as Side]);
        return JSON.stringify({ host, port, certificateAuthority, username, password });
      },
      tools: { ...TOOLS, ...tools },
    });
  }
}

function serverOf(major: number): LocalServer {
  return servers.get(major) as LocalServer;
}

async function make(): Promise<void> {
  servers = new Map(await Promise.all(MAJORS.map(async (major): Promise<[number, LocalServer]> => (
    [major, await LocalServer.create({ major: major as Major, name: `postgresql-${major}`, settings: { fsync: 'off' } })]))));
  known = new Map();
  const refused = new Set<string>();
  for (const [major, server] of servers) {
    const admin = await server.connect();
    clients.push(admin);
    const { rows } = await admin.query<{ name: string }>("SELECT typname AS name FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace");
    known.set(major, new Set(rows.map(({ name }) => name)));
    for (const [type, all] of Object.entries(BUILT_IN_VALUES).filter(([name]) => known.get(major)?.has(name))) {
      for (const value of all) await admin.query(`SELECT ${value}::pg_catalog."${type}"`).catch(() => refused.add(`${type} ${value}`));
    }
  }
  // Every server takes these.
  values = new Map(Object.entries(BUILT_IN_VALUES).map(([type, all]) => [type, [...all.filter((value) => !refused.has(`${type} ${value}`)), 'NULL']]));
  expect([...refused]).toEqual(["numeric 'Infinity'"]);
  await Promise.all([...servers].map(async ([major, server]) => {
    for (const side of BOTH) await fill(server, major, side);
  }));
}

function typesOf(...majors: number[]): string[] {
  return Object.keys(BUILT_IN_VALUES).filter((type) => majors.every((major) => known.get(major)?.has(type)));
}

/** Each value beside each other one of its type. */
function pairsOf(type: string): [string, string][] {
  const all = values.get(type) ?? [];
  return all.flatMap((one) => all.map((other): [string, string] => [one, other]));
}

const rowCount = (): number => Math.max(...[...values.keys()].map((type) => pairsOf(type).length));
const valueAt = (type: string, row: number, side: Side): string => {
  const pairs = pairsOf(type);
  return pairs[row % pairs.length][side === 'source' ? 0 : 1];
};

async function fill(server: LocalServer, major: number, side: Side): Promise<void> {
  await server.createDatabase(DATABASES[side]);
  const client = await server.connect(DATABASES[side]);
  try {
    const types = typesOf(major);
    await client.query(`CREATE TABLE typed (id bigint PRIMARY KEY, ${types.map((type) => `"c ${type}" pg_catalog."${type}"`).join(', ')})`);
    for (let row = 0; row < rowCount(); row += 1) {
      await client.query(`INSERT INTO typed VALUES (${[row, ...types.map((type) => valueAt(type, row, side))].join(', ')})`);
    }
    await client.query(KEYED(side));
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

function differencesOf(types: readonly string[]): Map<string, string[]> {
  const rows = Array.from({ length: rowCount() }, (_, row): [string, string[]] => (
    [String(row), types.filter((type) => valueAt(type, row, 'source') !== valueAt(type, row, 'target')).map((type) => `c ${type}`).sort()]));
  return new Map(rows.filter(([, columns]) => columns.length > 0));
}

const numberOf = ({ key }: Difference): number => Number(/\d+$/.exec(key['The Key'])?.[0]);

describeWith(OLDER_SERVERS, 'pairs of majors', () => {
  beforeAll(make);

  afterAll(async () => {
    await Promise.all(clients.map(async (client) => client.end()));
    await Promise.all([...servers?.values() ?? []].map(async (server) => server.remove()));
  });

  test('the servers are of those majors', async () => {
    const VERSION = "SELECT current_setting('server_version_num')::int / 10000 AS major";
    const versions = await Promise.all(clients.map(async (client) => client.query<{ major: number }>(VERSION)));
    expect(versions.map(({ rows: [{ major }] }) => major)).toEqual(MAJORS);
    expect(typesOf(14)).toEqual(Object.keys(BUILT_IN_VALUES));
    expect(typesOf(18)).toEqual(Object.keys(BUILT_IN_VALUES));
    expect(Object.keys(BUILT_IN_VALUES).filter((type) => !typesOf(13).includes(type)).every((type) => type.endsWith('multirange'))).toBe(true);
  });

  test('keys that cannot be told in text are never equal where they differ', async () => {
    const couple = new Couple({ source: 14, target: 14 });
    const server = serverOf(14);
    const here = { source: await server.connect(DATABASES.source), target: await server.connect(DATABASES.target) };
    try {
      for (const [side, value] of [['source', 1], ['target', 2]] as const) {
        await here[side].query(`CREATE SCHEMA marks; CREATE TABLE marks.one (k "char" PRIMARY KEY, v int); CREATE TABLE marks.two (k "char" PRIMARY KEY, v int);
          INSERT INTO marks.one VALUES ((-56)::"char", ${value}); INSERT INTO marks.two VALUES ((-56)::"char", 0), ((-55)::"char", ${value})`);
      }
      const options = { throttle: { statementMs: 5 } };
      await expect(couple.validate({ ...options, tables: ['marks.one'] })).resolves.toMatchObject({ equal: false, tables: [{ unresolved: [{ key: { k: '\uFFFD' } }] }] });
      await expect(couple.validate({ ...options, tables: ['marks.two'] })).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('written alike') });
    } finally {
      for (const client of Object.values(here)) {
        await client.query('DROP SCHEMA IF EXISTS marks CASCADE');
        await client.end();
      }
    }
  });

  test.each(PAIRS)('%d to %d', async (source, target) => {
    const { equal, tables } = await new Couple({ source, target }).validate({ partRows: 1_000, throttle: { statementMs: 5 } });
    expect(equal).toBe(false);
    const [keyed, typed] = tables;
    const hash = Math.min(source, target) >= FIRST_WITH_NATIVE_HASH ? 'native' : 'md5';
    expect(tables.map(({ table, unresolved, method }) => [table, unresolved, method.hash])).toEqual([['public.keyed', [], hash], ['public.typed', [], hash]]);
    expect(keyed.refused).toEqual([]);
    expect(keyed.rows).toBe(KEYED_ROWS - 2);
    const told = keyed.confirmed.map((difference) => ({ number: numberOf(difference), text: [difference.kind, ...difference.columns].join(' ') }));
    expect(told.sort((a, b) => a.number - b.number).map(({ number, text }) => `${number}: ${text}`)).toEqual(KEYED_DIFFERENCES);
    expect(new Map(typed.confirmed.map(({ key, columns }) => [key.id, [...columns].sort()]))).toEqual(differencesOf(typesOf(source, target)));
    const onOneSide = typesOf(Math.max(source, target)).filter((type) => !typesOf(source, target).includes(type));
    expect(typed.refused.map(({ column }) => column).sort()).toEqual(onOneSide.map((type) => `c ${type}`).sort());
  });
});
