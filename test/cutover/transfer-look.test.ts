import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './support/eventually';
import { Migration, rowsAndGates } from './support/migration';
import { LocalServer } from '../../cli/src/servers';
import type { Side, TransferRequest } from '../../src/cutover/contract';
import { prepare } from '../../src/cutover/prepare';
import { DATABASE } from '../support/pair';

jest.setTimeout(60_000);

let migration: Migration;

beforeAll(async () => {
  migration = await Migration.create({ ddl: 'CREATE SEQUENCE app.receipt MAXVALUE 5000; CREATE TABLE app.note (id integer PRIMARY KEY, text text);' });
});
afterAll(async () => migration.remove());

/** Nothing is closed and nothing changes, for a reason that says what is in the way. */
async function expectRefusal(request: TransferRequest, reason: string | RegExp): Promise<void> {
  const before = await rowsAndGates(migration);
  const refused = expect(migration.transfer(request)).rejects;
  await refused.toMatchObject({ name: 'Refused', message: expect.stringMatching(reason) });
  expect(await rowsAndGates(migration)).toEqual(before);
}

async function sql(side: Side, statement: string): Promise<void> {
  await (await migration.admin(side)).query(statement);
}

/** Refused while it is so. */
async function expectRefusalWhile(side: Side, broken: string, mended: string, reason: string | RegExp): Promise<void> {
  const prepared = await migration.prepared();
  await sql(side, broken);
  await expectRefusal(prepared, reason).finally(async () => sql(side, mended));
}

test('a table that is still being copied', async () => {
  await sql('source', "INSERT INTO app.note VALUES (1, 'one')");
  const attempt = { direction: 'cutover', attempt: 1 } as const;
  await prepare(migration.databases, { action: 'prepare', ...attempt, plugin: 'pgoutput' });
  // The copy of this row waits to see what becomes of another with the same key.
  await sql('target', "BEGIN; INSERT INTO app.note VALUES (1, 'in the way')");
  const loading = migration.replicator.load();
  const { rows: [{ slot }] } = await (await migration.admin('source')).query<{ slot: string }>(
    "SELECT 'payment_migration_load_' || oid AS slot FROM pg_database WHERE datname = current_database()");
  const stream = { name: 'payment_migration_to_target', slot };
  await eventually('copying', async () => (await migration.replicator.status('source')) === 'loading');
  await eventually('everything else is copied', async () => {
    const { rows: [{ left }] } = await (await migration.admin('target')).query<{ left: number }>("SELECT count(*)::integer AS left FROM pg_subscription_rel WHERE srsubstate <> 'r'");
    return left === 1;
  });
  await expectRefusal({ action: 'transfer', ...attempt, streams: [stream] }, /target: app\.note is being copied/);
  await sql('target', 'ROLLBACK');
  migration.stream = await loading;
  await sql('target', "SELECT pg_drop_replication_slot('payment_migration_target_1'); DELETE FROM payment_migration.slot");
});

test('no slot for the way back, or one that is gone', async () => {
  const request: TransferRequest = { action: 'transfer', direction: 'cutover', attempt: 1, streams: [migration.stream] };
  await expectRefusal(request, /there is no slot for the way back on the target: prepare it/);
  const { slot } = await prepare(migration.databases, { action: 'prepare', direction: 'cutover', attempt: 1, plugin: 'pgoutput' });
  await sql('target', `SELECT pg_drop_replication_slot('${slot}')`);
  await expectRefusal(request, /there is no slot for the way back on the target: prepare it/);
});

test('a stream that is missing, or that nobody reads', async () => {
  const request = await migration.prepared();
  await expectRefusal({ ...request, streams: [{ name: migration.stream.name, slot: 'elsewhere' }] }, /slot elsewhere is not there/);
  await sql('target', `ALTER SUBSCRIPTION ${migration.stream.name} DISABLE`);
  await eventually('nobody reads', async () => (await migration.replicator.status('source')) === 'failed' && (await slotIsUnread()));
  await expectRefusal(request, /nobody reads slot payment_migration_load_/);
  await sql('target', `ALTER SUBSCRIPTION ${migration.stream.name} ENABLE`);
});

async function slotIsUnread(): Promise<boolean> {
  const { rows } = await (await migration.admin('source')).query('SELECT FROM pg_replication_slots WHERE slot_name = $1 AND NOT active', [migration.stream.slot]);
  return rows.length === 1;
}

test('a stream that lags behind', async () => {
  const request = await migration.prepared({ maxLagBytes: 100_000 });
  await migration.replicator.stall('source');
  await sql('source', "INSERT INTO app.note SELECT n, repeat('x', 1000) FROM generate_series(1000, 1500) n");
  await sleep(100);
  await expectRefusal(request, /slot payment_migration_load_\d+ is \d+ bytes behind/);
  await migration.replicator.resume('source');
});

test('a long transaction, and a prepared one', async () => {
  const request = await migration.prepared({ maxTransactionAgeMs: 200 });
  const long = await migration.pair.app('source');
  await long.query("BEGIN; INSERT INTO app.account VALUES ('long')");
  await sleep(300);
  await expectRefusal(request, /a transaction on the source has been writing for/);
  await long.query("PREPARE TRANSACTION 'left over'");
  await expectRefusal(request, /1 prepared transactions are open on the source/);
  await long.query("ROLLBACK PREPARED 'left over'");
});

test('tables that are not as they were armed, on either side', async () => {
  const gate = 'ALTER TABLE app.note DISABLE TRIGGER "!payment_migration_gate"';
  const always = 'ALTER TABLE app.note ENABLE ALWAYS TRIGGER "!payment_migration_gate"';
  for (const side of ['source', 'target'] as const) {
    await expectRefusalWhile(side, gate, always, `${side}: app.note has no gate`);
    await expectRefusalWhile(side, 'CREATE TABLE app.brand_new ()', 'DROP TABLE app.brand_new', `${side}: app.brand_new is new`);
    const trigger = 'CREATE TRIGGER noisy BEFORE UPDATE ON app.note FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()';
    await expectRefusalWhile(side, trigger, 'DROP TRIGGER noisy ON app.note', `${side}: app.note has changed`);
  }
});

test('sequences that are nearly used up, or differ', async () => {
  await expectRefusalWhile('source', "SELECT setval('app.receipt', 4500)", "SELECT setval('app.receipt', 1, false)", /sequence app\.receipt has fewer than 1000 numbers left/);
  await expectRefusalWhile('target', 'ALTER SEQUENCE app.receipt MAXVALUE 4000', 'ALTER SEQUENCE app.receipt MAXVALUE 5000', /another increment, limit or cycle/);
  await expectRefusalWhile('target', 'ALTER SEQUENCE app.receipt RENAME TO other', 'ALTER SEQUENCE app.other RENAME TO receipt', /sequence app\.receipt is missing on the taker/);
});

test('a taker that is not a standby, or is open', async () => {
  const taker = (change: string) => `UPDATE payment_migration.authority SET ${change}`;
  await expectRefusalWhile('target', taker("state = 'draining', attempt = 3"), taker("state = 'standby', attempt = 0"), /the target is draining\(3\) with its gate closed/);
  await expectRefusalWhile('target', taker('attempt = 7'), taker('attempt = 0'), /the target is standby\(7\)/);
  await expectRefusalWhile('target', "SELECT setval('payment_migration.gate', 1)", "SELECT setval('payment_migration.gate', 0)", /with its gate open/);
  await expectRefusalWhile('source', "SELECT setval('payment_migration.gate', 0)", "SELECT setval('payment_migration.gate', 1)", /the gate of the source is closed although it has authority/);
});

test('another server, on either side', async () => {
  for (const side of ['source', 'target'] as const) {
    const identity = (value: string) => `UPDATE payment_migration.authority SET timeline = '${value}'`;
    const request = await migration.prepared();
    const before = await rowsAndGates(migration);
    await sql(side, identity('0000000A'));
    await expect(migration.transfer(request)).rejects.toMatchObject({ name: side === 'source' ? 'FailoverDetected' : 'Refused' });
    await sql(side, identity('00000001'));
    expect(await rowsAndGates(migration)).toEqual(before);
  }
});

test('invalid requests', async () => {
  const request = await migration.prepared();
  for (const [wrong, reason] of [
    [{ direction: 'sideways' }, /direction: got "sideways"/],
    [{ attempt: 0 }, /attempt: got 0/],
    [{ streams: [] }, /streams: got \[\]/],
    [{ deadlineMs: 10 }, /deadlineMs: got 10/],
    [{ sequenceGap: 0 }, /sequenceGap: got 0/],
  ] as const) await expectRefusal({ ...request, ...wrong } as unknown as TransferRequest, reason);
  await expect(migration.transfer({ ...request, attempt: 5 })).rejects.toMatchObject({ name: 'StaleAttempt' });
  await expect(migration.transfer({ ...request, direction: 'rollback' })).rejects.toMatchObject({ name: 'StaleAttempt' });
});

test('slots of the stream that brought authority here are left', async () => {
  const { wayBack } = await migration.transfer(await migration.prepared());
  if (!wayBack) throw new Error('no way back');
  await migration.replicator.stop('source');
  // Its slot is not dropped.
  migration.stream = await migration.replicator.start('target', wayBack);
  const request = await migration.prepared();
  await expectRefusal(request, /the source still has the slots of the stream that it was the source of: payment_migration_load_/);
});

describe('standbys of the giver', () => {
  let standby: LocalServer;

  afterEach(async () => standby?.remove());

  test('an asynchronous one is refused; where it is accepted, the pause waits until it knows of the closing', async () => {
    const payers = migration.pay('standby', 2);
    const spent = await migration.side('source');
    for (const { name } of spent.slots ?? []) await sql('source', `SELECT payment_migration.drop_slot(1, '${name}')`);
    standby = await LocalServer.standbyOf(migration.pair.servers.target, { name: 'follower' });
    const request = await migration.prepared();
    await expectRefusal(request, /the target has asynchronous standbys \(follower\)/);

    const client = await standby.connect(DATABASE);
    const { rows: [{ pid }] } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_wal_receiver');
    let stopped = 0;
    const result = await migration.transfer({ ...request, acceptAsynchronousStandbys: true }, {
      onStep: (when, step) => {
        if (when !== 'before' || step !== 'close') return;
        execFileSync('kill', ['-STOP', String(pid)]);
        stopped = performance.now();
        setTimeout(() => execFileSync('kill', ['-CONT', String(pid)]), 700);
      },
    });
    expect(performance.now() - stopped).toBeGreaterThan(700);
    expect(result).toMatchObject({ outcome: 'completed', authority: 'source' });
    expect(result.steps.find(({ step }) => step === 'standbys')?.ms).toBeGreaterThan(500);
    await eventually('the standby knows', async () => {
      const { rows: [{ state }] } = await client.query<{ state: string }>('SELECT state FROM payment_migration.authority');
      return state === 'moved';
    });
    await client.end();
    await migration.turnAround(result);
    expect(await migration.problemsOf(await payers.stop())).toEqual([]);
  });

  test('a synchronous one needs no acceptance', async () => {
    standby = await LocalServer.standbyOf(migration.pair.servers.source, { name: 'twin', synchronous: true });
    const result = await migration.transfer(await migration.prepared());
    expect(result).toMatchObject({ outcome: 'completed', authority: 'target' });
    await sql('source', 'ALTER SYSTEM RESET synchronous_standby_names');
    await sql('source', 'SELECT pg_reload_conf()');
    await migration.turnAround(result);
  });
});
