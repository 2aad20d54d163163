import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, expectAllThere, nowhere, paymentsServer, place, setClosed, startClients, using } from './support/payments';
import { audit } from '../../src/audit';
import type { LocalServer } from '../../src/servers';
import type { Place, Workload, WorkloadOptions } from '../../src/workload';

let server: LocalServer;
let elsewhere: Place;
beforeAll(async () => { [server, elsewhere] = await Promise.all([paymentsServer(17, 0), nowhere()]); });
afterAll(() => server?.remove());

let running: Workload[] = [];
afterEach(async () => {
  await Promise.all(running.map((workload) => workload.stop().catch(() => undefined)));
  running = [];
});

async function start(options: Partial<WorkloadOptions> = {}): Promise<Workload> {
  const workload = await startClients({ source: place(server), target: elsewhere }, options);
  running.push(workload);
  return workload;
}

const superuser = async (sql: string) => using(server, async (client) => client.query(sql));

describe('a disturbed run', () => {
  test('a stall is in the latencies: they count from the scheduled arrival', async () => {
    const workload = await start();
    await eventually(() => workload.counts().acknowledged > 20);
    await using(server, async (client) => {
      await client.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
      await sleep(700);
      await client.query('COMMIT');
    });
    await sleep(500);
    const result = await workload.stop();
    expect(result.latency.max).toBeGreaterThan(600);
    // With six clients a closed loop would have met the stall six times; 200 arrived each second.
    const late = result.samples.flatMap(({ buckets }) => buckets).filter(([bucket]) => 0.01 * 1.03 ** bucket > 100);
    expect(late.reduce((total, [, count]) => total + count, 0)).toBeGreaterThan(60);
    expect(Math.max(...result.samples.map(({ waiting }) => waiting))).toBeGreaterThan(60);
    await expectAllThere(result, server);
  });

  test('closed and read only for a while, sessions ended: everything is tried again', async () => {
    const workload = await start();
    await eventually(() => workload.counts().acknowledged > 20);
    await superuser(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE SQLSTATE '25006' USING MESSAGE = 'closed', DETAIL = 'PM001: writes moved'; END $$;
      CREATE TRIGGER closed BEFORE INSERT OR UPDATE ON payments EXECUTE FUNCTION refuse()`);
    await setClosed(server, true);
    await superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'payments_app'");
    await eventually(() => (workload.counts().errors['read-only'] ?? 0) > 2);
    await setClosed(server, false);
    await eventually(() => (workload.counts().errors['25006'] ?? 0) > 2);
    await superuser('DROP FUNCTION refuse CASCADE');
    await eventually(() => workload.counts().waiting === 0);
    await expectAllThere(await workload.stop(), server);
  });

  test('crashes lose no acknowledged operation, and stop nobody', async () => {
    const workload = await start();
    for (let crashes = 1; crashes <= 3; crashes += 1) {
      const { acknowledged } = workload.counts();
      await eventually(() => workload.counts().acknowledged > acknowledged + 30);
      await server.crash();
      await sleep(100 * crashes);
      await server.start();
    }
    const result = await workload.stop();
    expect(result.counts.errors).toHaveProperty('ECONNREFUSED');
    await expectAllThere(result, server);
  });

  test('a COMMIT without an answer is tried again with its key, and is done once', async () => {
    const workload = await start();
    await eventually(() => workload.counts().acknowledged > 20);
    // Commits wait for a standby that does not exist; who is ended while it waits has committed and cannot say so.
    await superuser("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await superuser('SELECT pg_reload_conf()');
    const waiting = "FROM pg_stat_activity WHERE usename = 'payments_app' AND wait_event = 'SyncRep'";
    const waiters = async () => using(server, async (client) => Number((await client.query<{ n: string }>(`SELECT count(*) AS n ${waiting}`)).rows[0].n));
    await eventually(async () => await waiters() === 6);
    await superuser(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await superuser("ALTER SYSTEM SET synchronous_standby_names = ''");
    await superuser('SELECT pg_reload_conf()');
    await eventually(() => workload.counts().waiting === 0);
    const result = await workload.stop();
    expect(Object.values(result.counts.errors).reduce((total, count) => total + count, 0)).toBeGreaterThanOrEqual(6);
    await expectAllThere(result, server);
  });

  test('numbers that were given out before are errors, and the next number is tried', async () => {
    const workload = await start();
    await eventually(() => workload.counts().acknowledged > 20);
    await superuser("SELECT setval(pg_get_serial_sequence('payments', 'id'), (SELECT max(id) - 3 FROM payments))");
    await eventually(() => '23505 payments_pkey' in workload.counts().errors);
    await expectAllThere(await workload.stop(), server);
  });

  test('what can never succeed is given up, and the rest goes on', async () => {
    const workload = await start();
    await superuser('ALTER TABLE payments ADD CONSTRAINT small CHECK (amount < 500) NOT VALID');
    await eventually(() => workload.counts().errors['23514'] > 10);
    const result = await workload.stop();
    await superuser('ALTER TABLE payments DROP CONSTRAINT small');
    expect(result.unacknowledged.length).toBe(result.counts.errors['23514']);
    for (const operation of result.unacknowledged) {
      expect(operation).toMatchObject({ refused: true, mayBeThere: false, attempts: 1, lastError: expect.stringMatching(/^23514: .*"small"/) as string });
    }
    expect(result.acknowledged.length).toBe(result.counts.arrived - result.unacknowledged.length);
  });

  test('what is not acknowledged when the grace is over is reported, and nothing is waited for any longer', async () => {
    const workload = await start({ graceMs: 500 });
    await eventually(() => workload.counts().acknowledged > 20);
    await server.stop();
    await sleep(500);
    const from = Date.now();
    const result = await workload.stop();
    expect(Date.now() - from).toBeLessThan(3000);
    expect(result.unacknowledged.length).toBeGreaterThan(60);
    expect(result.unacknowledged.length + result.acknowledged.length).toBe(result.counts.arrived);
    expect(result.unacknowledged.filter(({ refused }) => refused)).toEqual([]);
    await server.start();
    expect(await using(server, async (client) => (await audit(client, result)).findings)).toEqual([]);
  });

  test('with no writer at all the clients start, and go on when one comes', async () => {
    await server.stop();
    const workload = await start();
    await sleep(300);
    expect(workload.counts().acknowledged).toBe(0);
    await server.start();
    await eventually(() => workload.counts().acknowledged > 50);
    await expectAllThere(await workload.stop(), server);
  });
});
