import { eventually } from './support/eventually';
import { nativeProfile } from './support/native-profile';
import { Pair, type PairOfDatabases } from './support/pair';
import type { Replicator } from '../../src/replication';

jest.setTimeout(120_000);

let servers: Pair;
let pair: PairOfDatabases;
let replicator: Replicator;

beforeAll(async () => {
  servers = await Pair.create(17, 18);
  pair = await servers.databases(nativeProfile.appliers);
  replicator = nativeProfile.make(pair.sides);
});
afterAll(async () => {
  await replicator?.close();
  await servers?.remove();
});

const waiting = async () => (await pair.query('target', "SELECT FROM pg_locks WHERE NOT granted AND relation = 'payment'::regclass")).length > 0;
const subscriptions = async () => pair.query<{ enabled: boolean }>('target', 'SELECT subenabled AS enabled FROM pg_subscription WHERE subslotname IS NULL');

test('a taker that crashes while its stream is stopped, and comes back, holds the stopping up no longer than that', async () => {
  const { slot } = await replicator.load();
  // What applies the changes waits for the table, and so does whoever waits for its end.
  const holder = await pair.connectAsSuperuser('target');
  await holder.query('BEGIN; LOCK TABLE payment IN EXCLUSIVE MODE');
  await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('waits', 1, 1)");
  await eventually(waiting);
  let stopped = false;
  const stopping = replicator.stop('source').finally(() => { stopped = true; });
  await eventually(async () => (await subscriptions()).length === 1);
  expect(stopped).toBe(false);

  await servers.servers.target.crash();
  await servers.servers.target.start();
  const back = performance.now();
  await stopping;
  expect(performance.now() - back).toBeLessThan(5_000);
  expect(await replicator.status('source')).toBe('stopped');
  expect(await pair.query('target', 'SELECT FROM pg_subscription')).toEqual([]);
  // The slot is left, and nobody reads it.
  expect(await pair.query('source', 'SELECT active FROM pg_replication_slots WHERE slot_name = $1', [slot])).toEqual([{ active: false }]);
  await holder.end().catch(() => undefined);
});
