import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { Client } from 'pg';
import { CASES, isCold, Script, type Case } from './support/validation-case';
import { truth } from './support/validation-truth';
import { Writers } from './support/validation-writers';
import type { Difference, ValidationResult } from '../../src/validation/contract';
import { TwoServers, type TwoDatabases } from '../validation/support/two-databases';

/*
 * Random tables of two servers with replication between them, written while they are compared, also while nothing arrives; some rows of the
 * target are damaged, cold ones and ones that are written. Under load each damage that no writer can have mended is found, and nothing is
 * that is no damage; when the writers have stopped, exactly what reading both tables to the end finds.
 *
 * SEED repeats the cases of an earlier run, RUNS says how many there are.
 */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.RUNS ?? 200);
const WRITERS = 2;
/** A target that lags makes each row that was written a suspect. */
const MAX_SUSPECTS = 5_000;
const ARRIVES_MS = 60_000;
jest.setTimeout(60_000 + RUNS * 30_000);

let servers: TwoServers;
let databases: TwoDatabases;
let writers: Client[];
let lock: Client;
const count = { written: 0, unresolved: 0, damaged: 0, hotDamaged: 0, lastingHot: 0 };

beforeAll(async () => {
  servers = await TwoServers.create({ source: 17, target: 18 });
  databases = await servers.databasesWith(`CREATE SCHEMA payment_migration; SET TimeZone = 'UTC';
    CREATE TABLE payment_migration.marker (giver text, stream text, attempt int, PRIMARY KEY (giver, stream))`);
  await databases.sql.source.query('CREATE PUBLICATION p FOR TABLE payment_migration.marker');
  await databases.sql.target.query(
    `CREATE SUBSCRIPTION s CONNECTION '${servers.servers.source.conninfo(databases.name).replaceAll("'", "''")}' PUBLICATION p WITH (copy_data = false)`);
  writers = await Promise.all(Array.from({ length: WRITERS }, async () => servers.servers.source.connect(databases.name)));
  lock = await servers.servers.target.connect(databases.name);
});

afterAll(async () => {
  await Promise.all([...writers ?? [], ...lock ? [lock] : []].map(async (client) => client.end()));
  await servers?.remove();
  process.stdout.write(`SEED=${SEED}: ${RUNS} runs, ${JSON.stringify(count)}\n`);
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
  const damaged = await damagedRows(made, script);

  const stopped = made.lagMs > 0 ? stopArrivals(table, made.lagMs) : undefined;
  const load = new Writers(writers, script, made, SEED + made.rows);
  const options = {
    tables: [`public.${table}`],
    hash: made.hash,
    throttle: { statementMs: made.statementMs },
    catchUp: 'marker' as const,
    maxSuspects: MAX_SUSPECTS,
    rounds: made.rounds,
  };
  let underLoad: ValidationResult;
  try {
    underLoad = await databases.validate(options);
  } finally {
    await load.stop();
    await stopped;
  }
  const [{ confirmed, refused, unresolved }] = underLoad.tables;
  expect(refused).toEqual([]);
  const lasting = damaged.filter(({ row }) => !load.rows.has(row));
  const told = new Map(confirmed.map((difference) => [idOf(difference.key), difference]));
  for (const { id, difference } of lasting) expect(told.get(id)).toEqual(difference);
  // A writer may mend a row, or change more of it, but not before it was damaged.
  expect([...told.keys()].filter((id) => !damaged.some((each) => each.id === id))).toEqual([]);
  for (const { key } of unresolved) expect(lasting.map(({ id }) => id)).not.toContain(idOf(key));
  expect(underLoad.equal).toBe(confirmed.length === 0 && unresolved.length === 0);
  tally(load, damaged.map(({ row }) => row), lasting.map(({ row }) => row), unresolved.length);

  await arrived();
  const wanted = sorted(await truth(databases.sql.source, databases.sql.target, script));
  const calm = await databases.validate(options);
  expect(sorted(calm.tables[0].confirmed)).toEqual(wanted);
  expect(calm.tables[0].unresolved).toEqual([]);
  expect(calm.equal).toBe(wanted.length === 0);
  await databases.both(`DROP TABLE ${table}`);
}

/** A row that was damaged, and how it must be told. */
interface Damaged {
  readonly row: number;
  readonly id: string;
  readonly difference: Difference;
}

async function damagedRows({ damage }: Case, script: Script): Promise<Damaged[]> {
  const all: Damaged[] = [];
  for (const { row, kind, column } of damage) {
    const { rows: [values] } = await databases.sql.source.query<string[]>({ text: script.readKey(row), rowMode: 'array' });
    const key = Object.fromEntries(script.keyColumns.map((name, index) => [name, values[index]]));
    all.push({ row, id: idOf(key), difference: { key, kind, columns: kind === 'different' ? [`c${column}`] : [] } });
  }
  return all;
}

/** For a while the target's replication waits for a lock, and everybody may read. */
async function stopArrivals(table: string, ms: number): Promise<void> {
  await lock.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`);
  await sleep(ms);
  await lock.query('COMMIT');
}

/** Everything that the source has committed is on the target. */
async function arrived(): Promise<void> {
  const { source, target } = databases.sql;
  const { rows: [{ attempt }] } = await source.query<{ attempt: number }>(`INSERT INTO payment_migration.marker AS m VALUES ('source', 'of the test', 1)
    ON CONFLICT (giver, stream) DO UPDATE SET attempt = m.attempt + 1 RETURNING attempt`);
  for (const deadline = Date.now() + ARRIVES_MS; Date.now() < deadline; await sleep(10)) {
    const { rowCount } = await target.query("SELECT FROM payment_migration.marker WHERE stream = 'of the test' AND attempt >= $1", [attempt]);
    if (rowCount === 1) return;
  }
  throw new Error('what the source wrote does not arrive on the target');
}

function tally(load: Writers, damaged: readonly number[], lasting: readonly number[], unresolved: number): void {
  const hot = (rows: readonly number[]) => rows.filter((row) => !isCold(row)).length;
  count.written += load.written;
  count.unresolved += unresolved;
  count.damaged += damaged.length;
  count.hotDamaged += hot(damaged);
  count.lastingHot += hot(lasting);
}

const idOf = (key: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(key).sort());

function sorted(differences: readonly Difference[]): Difference[] {
  return [...differences].sort((a, b) => idOf(a.key).localeCompare(idOf(b.key)));
}
