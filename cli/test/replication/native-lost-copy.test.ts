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

test('a table whose copy lost its slot, as by a crash of the giver, is copied anew', async () => {
  const state = async (table: string) => {
    const [row] = await pair.query<{ state: string }>('target', 'SELECT srsubstate::text AS state FROM pg_subscription_rel WHERE srrelid = $1::regclass', [table]);
    return row?.state;
  };
  const holding = async (statement: string) => {
    const client = await pair.connectAsSuperuser('target');
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}`);
    return client;
  };
  // The copy waits to see what becomes of a row with the same key.
  const payments = await holding("INSERT INTO payment (id, key, account, amount) VALUES (1, 'in the way', 1, 1)");
  const loading = replicator.load();
  await eventually(async () => await state('payment_migration.marker') === 'r');
  // Whoever applies what follows waits for the marker, and so lets no copy catch up.
  const markers = await holding('LOCK TABLE payment_migration.marker IN EXCLUSIVE MODE');
  await pair.query('source', "INSERT INTO payment_migration.marker VALUES ('source', 'test', 1)");
  await eventually(async () => (await pair.query('target', "SELECT FROM pg_locks WHERE NOT granted AND relation = 'payment_migration.marker'::regclass")).length > 0);
  await payments.end();
  await eventually(async () => await state('payment') === 'f');
  // Its walsender may not have noticed yet that the copy is over.
  const active = "SELECT FROM pg_replication_slots WHERE slot_name LIKE 'pg\\_%\\_sync\\_%' AND active";
  await eventually(async () => (await pair.query('source', active)).length === 0);
  await pair.query('source', "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'pg\\_%\\_sync\\_%'");
  await markers.end();
  await loading;
  expect(await pair.contents('target')).toEqual(await pair.contents('source'));
});
