import { setTimeout as sleep } from 'node:timers/promises';
import { TwoServers, type TwoDatabases } from './support/two-databases';
import type { RecheckRequest, RecheckResult, Side } from '../../src/validation/contract';

jest.setTimeout(60_000);

let servers: TwoServers;

beforeAll(async () => { servers = await TwoServers.create(); });
afterAll(async () => servers?.remove());

const MARKERS = 'CREATE SCHEMA payment_migration; CREATE TABLE payment_migration.marker (giver text, stream text, attempt int, PRIMARY KEY (giver, stream))';
const TABLE = "CREATE TABLE t (id int PRIMARY KEY, v text, w text); INSERT INTO t SELECT i, 'v' || i, 'w' FROM generate_series(1, 10) i";

async function recheck(databases: TwoDatabases, ids: readonly number[], request: Partial<RecheckRequest> = {}, tools = {}): Promise<RecheckResult> {
  return databases.ask<RecheckResult>({ action: 'recheck', table: 'public.t', suspects: ids.map((id) => [`${id}`]), rounds: 1, ...request }, tools);
}

/** Replication from the source to the target, real. */
async function replicating(databases: TwoDatabases): Promise<void> {
  await databases.sql.source.query('CREATE PUBLICATION p FOR ALL TABLES');
  await databases.sql.target.query(`CREATE SUBSCRIPTION s CONNECTION '${servers.servers.source.conninfo(databases.name).replaceAll("'", "''")}' PUBLICATION p WITH (copy_data = false, slot_name = 's_${databases.name}')`);
}

test('a key that does not say what the database holds is never taken for a row that has gone', async () => {
  const databases = await servers.databasesWith('CREATE TABLE t (k text PRIMARY KEY)');
  const request = { action: 'recheck', table: 'public.t', suspects: [['gone'], ['caf\uFFFD']], catchUp: 'none' } as const;
  await expect(databases.ask<RecheckResult>(request)).resolves.toMatchObject({ confirmed: [], unresolved: [{ key: { k: 'caf\uFFFD' } }] });
});

test('each kind of difference is confirmed where nobody writes', async () => {
  const databases = await servers.databasesWith(TABLE, { target: 'UPDATE t SET w = NULL WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (11)' });
  await expect(recheck(databases, [1, 2, 3, 11], { catchUp: 'none' })).resolves.toMatchObject({
    table: 'public.t',
    suspects: [['1'], ['2'], ['3'], ['11']],
    catchUp: 'none',
    unresolved: [],
    confirmed: [
      { key: { id: '1' }, kind: 'different', columns: ['w'] }, { key: { id: '2' }, kind: 'missing', columns: [] }, { key: { id: '11' }, kind: 'extra', columns: [] },
    ],
  });
  // What is missing is missing on the target, whoever may write.
  const there = await recheck(databases, [2, 11], { catchUp: 'none', writer: 'target' });
  expect(there.confirmed.map(({ kind }) => kind)).toEqual(['missing', 'extra']);
});

test('what was only under way is no difference: the marker is awaited', async () => {
  const databases = await servers.databasesWith(`${TABLE}; ${MARKERS}`);
  await replicating(databases);
  await databases.sql.source.query("UPDATE t SET v = 'new' WHERE id < 5; DELETE FROM t WHERE id = 5; INSERT INTO t VALUES (11)");
  const { confirmed, unresolved, catchUp } = await recheck(databases, [1, 2, 3, 4, 5, 11]);
  expect({ confirmed, unresolved, catchUp }).toEqual({ confirmed: [], unresolved: [], catchUp: 'marker' });
  await databases.sql.target.query("UPDATE t SET v = 'corrupt' WHERE id = 3");
  await expect(recheck(databases, [3, 4])).resolves.toMatchObject({ confirmed: [{ key: { id: '3' }, columns: ['v'] }], unresolved: [] });

  // Changes stand still: nothing can be confirmed.
  await databases.sql.target.query('ALTER SUBSCRIPTION s DISABLE');
  await databases.sql.source.query("UPDATE t SET v = 'newer' WHERE id = 4");
  await expect(recheck(databases, [4], { catchUpMs: 300 })).resolves.toMatchObject({ confirmed: [], unresolved: [{ key: { id: '4' } }] });
  await databases.sql.target.query('ALTER SUBSCRIPTION s ENABLE');
  await expect(recheck(databases, [4])).resolves.toMatchObject({ confirmed: [], unresolved: [] });
  // Without markers: the slot's own word.
  await databases.sql.source.query("UPDATE t SET v = 'newest' WHERE id = 4");
  await expect(recheck(databases, [3, 4], { catchUp: 'delay', delayMs: 200 })).resolves.toMatchObject({ catchUp: 'delay', confirmed: [{ key: { id: '3' } }], unresolved: [] });
  await databases.sql.target.query('DROP SUBSCRIPTION s');
});

/** Does something on a side between the first look and the second, while the other side catches up. */
function meanwhile(databases: TwoDatabases, ...work: [Side, string][]) {
  let left = [...work];
  return {
    sleep: async (ms: number) => {
      const now = left;
      left = [];
      for (const [side, text] of now) await databases.sql[side].query(text);
      await sleep(ms);
    },
  };
}

test('a row that is written between two looks is unresolved, even where it gets its value back', async () => {
  const databases = await servers.databasesWith(TABLE, { target: "UPDATE t SET v = 'corrupt' WHERE id IN (1, 2)" });
  const tools = meanwhile(databases, ['source', "UPDATE t SET v = 'v2' WHERE id = 2"]);
  await expect(recheck(databases, [1, 2], { catchUp: 'delay', delayMs: 1 }, tools)).resolves.toMatchObject({ confirmed: [{ key: { id: '1' } }], unresolved: [{ key: { id: '2' } }] });
  await expect(recheck(databases, [1, 2], { catchUp: 'delay', delayMs: 1, rounds: 3 }, meanwhile(databases, ['source', "UPDATE t SET v = 'v2' WHERE id = 2"])))
    .resolves.toMatchObject({ confirmed: [{ key: { id: '1' } }, { key: { id: '2' } }], unresolved: [] });
});

test('a row that came and went between two looks, and was still on its way back on the target, is not extra', async () => {
  const databases = await servers.databasesWith(TABLE);
  let naps = 0;
  const tools = {
    sleep: async () => {
      naps += 1;
      // It came to the target; before the second catch-up is over it is gone there too.
      await databases.sql.target.query(naps === 1 ? 'INSERT INTO t VALUES (99)' : 'DELETE FROM t WHERE id = 99');
    },
  };
  await expect(recheck(databases, [99], { catchUp: 'delay', delayMs: 1 }, tools)).resolves.toMatchObject({ confirmed: [], unresolved: [] });
});

test.each([
  [{ rounds: 0 }, 'rounds: got 0, allowed: a whole number from 1'],
  [{ suspects: [['1', '2']] }, 'suspects: got ["1","2"], allowed: 1 values, one for each column of the key'],
  [{ catchUp: 'hope' as 'none' }, 'catchUp: got "hope", allowed: marker, delay, none'],
])('bad input %j', async (request, message) => {
  const databases = await servers.databasesWith(TABLE);
  await expect(recheck(databases, [1], request)).rejects.toMatchObject({ name: 'Refused', message });
});
