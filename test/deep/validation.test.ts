import * as fc from 'fast-check';
import type { Client } from 'pg';
import { CASES, Script, type Case } from './support/validation-case';
import { Writers } from './support/validation-writers';
import type { Difference, ValidationResult } from '../../src/validation/contract';
import { TwoServers, type TwoDatabases } from '../validation/support/two-databases';

/*
 * Random tables of two servers with replication between them, written while they are compared; some rows of the target are damaged, and
 * exactly those are found: under load, and once more when the writers have stopped.
 *
 * SEED repeats the cases of an earlier run, RUNS says how many there are.
 */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.RUNS ?? 200);
const WRITERS = 2;
jest.setTimeout(60_000 + RUNS * 30_000);

let servers: TwoServers;
let databases: TwoDatabases;
let writers: Client[];
let written = 0;
let unresolved = 0;

beforeAll(async () => {
  servers = await TwoServers.create({ source: 17, target: 18 });
  databases = await servers.databasesWith(
    'CREATE SCHEMA payment_migration; CREATE TABLE payment_migration.marker (giver text, stream text, attempt int, PRIMARY KEY (giver, stream))');
  await databases.sql.source.query('CREATE PUBLICATION p FOR TABLE payment_migration.marker');
  await databases.sql.target.query(
    `CREATE SUBSCRIPTION s CONNECTION '${servers.servers.source.conninfo(databases.name).replaceAll("'", "''")}' PUBLICATION p WITH (copy_data = false)`);
  writers = await Promise.all(Array.from({ length: WRITERS }, async () => servers.servers.source.connect(databases.name)));
});

afterAll(async () => {
  await Promise.all((writers ?? []).map(async (client) => client.end()));
  await servers?.remove();
  process.stdout.write(`SEED=${SEED}: ${RUNS} runs, ${written} writes meanwhile, ${unresolved} rows unresolved under load\n`);
});

test(`what is damaged is found, and nothing else (seed ${SEED})`, async () => {
  let number = 0;
  await fc.assert(fc.asyncProperty(CASES, async (made) => {
    number += 1;
    await checkCase(made, `t${number}`);
  }), { seed: SEED, numRuns: RUNS, endOnFailure: false });
});

async function checkCase(made: Case, table: string): Promise<void> {
  const script = new Script(made, table);
  await databases.both(`${script.create()}; ${script.insert(Array.from({ length: made.rows }, (_, row) => row))}; ANALYZE ${table}`);
  // Published only now: the rows above are there already.
  await databases.sql.source.query(`ALTER PUBLICATION p ADD TABLE ${table}`);
  await databases.sql.target.query('ALTER SUBSCRIPTION s REFRESH PUBLICATION WITH (copy_data = false)');
  for (const damage of made.damage) await databases.sql.target.query(script.damage(damage));
  const wanted = await expected(made, script);
  const load = new Writers(writers, script, made, SEED + made.rows);
  const options = { tables: [`public.${table}`], hash: made.hash, throttle: { statementMs: made.statementMs }, catchUp: 'marker' as const };
  let underLoad: ValidationResult;
  try {
    underLoad = await databases.validate(options);
  } finally {
    await load.stop();
  }
  written += load.written;
  const [{ confirmed, refused, unresolved: moving }] = underLoad.tables;
  unresolved += moving.length;
  expect(refused).toEqual([]);
  expect(sorted(confirmed)).toEqual(wanted);
  expect(underLoad.equal).toBe(wanted.length === 0 && moving.length === 0);

  const calm = await databases.validate(options);
  expect(sorted(calm.tables[0].confirmed)).toEqual(wanted);
  expect(calm.tables[0].unresolved).toEqual([]);
  expect(calm.equal).toBe(wanted.length === 0);
  await databases.both(`DROP TABLE ${table}`);
}

async function expected({ damage }: Case, script: Script): Promise<Difference[]> {
  const all: Difference[] = [];
  for (const each of damage) {
    const { rows: [row] } = await databases.sql.source.query({ text: `SET TimeZone = 'UTC'; ${script.readKey(each.row)}`, rowMode: 'array' })
      .then((results) => ([results].flat() as { rows: string[][] }[]).at(-1) as { rows: string[][] });
    const key = Object.fromEntries(script.keyColumns.map((name, index) => [name, row[index]]));
    all.push({ key, kind: each.kind, columns: each.kind === 'different' ? [`c${each.column}`] : [] });
  }
  return sorted(all);
}

function sorted(differences: readonly Difference[]): Difference[] {
  return [...differences].sort((a, b) => JSON.stringify(Object.entries(a.key).sort()).localeCompare(JSON.stringify(Object.entries(b.key).sort())));
}
