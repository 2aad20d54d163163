import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE, eventually, expectAllThere, LOGIN, nowhere, paymentsServer, place, setClosed, startClients, using } from './support/payments';
import { LocalServer } from '../../src/servers';
import type { Place, Sample, Workload, WorkloadOptions } from '../../src/workload';

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

describe('an undisturbed run', () => {
  test('what arrives on schedule is acknowledged, counted and sampled', async () => {
    const workload = await start();
    const samples: Sample[] = [];
    workload.on('sample', (sample) => samples.push(sample));
    await sleep(2000);
    const result = await workload.stop();

    const { arrived, acknowledged, bySide, waiting, inFlight, errors } = result.counts;
    expect(arrived).toBeGreaterThan(300);
    expect(arrived).toBeLessThan(500);
    expect({ acknowledged, bySide, waiting, inFlight, errors })
      .toEqual({ acknowledged: arrived, bySide: { source: arrived, target: 0 }, waiting: 0, inFlight: 0, errors: {} });
    await expectAllThere(result, server);

    expect(samples).toEqual(result.samples);
    expect(samples.length).toBeGreaterThan(10);
    expect(samples.reduce((total, sample) => total + sample.acknowledged.source, 0)).toBe(arrived);
    expect(result.latency.count).toBe(arrived);
    for (const { at } of result.acknowledged) {
      expect(at).toBeGreaterThanOrEqual(result.startedAt);
      expect(at).toBeLessThanOrEqual(result.stoppedAt);
    }
    expect(result.handovers).toEqual([]);
    expect(await workload.stop()).toBe(result);
  });

  test('pause stops arrivals, resume starts them again without making up for them', async () => {
    const workload = await start();
    await eventually(() => workload.counts().acknowledged > 20);
    workload.pause();
    await sleep(400);
    const { arrived } = workload.counts();
    await sleep(400);
    expect(workload.counts()).toMatchObject({ arrived, acknowledged: arrived, waiting: 0 });
    workload.resume();
    await eventually(() => workload.counts().arrived > arrived + 20);
    await expectAllThere(await workload.stop(), server);
  });

  test('compiled files run without tsx', () => {
    const cache = join(__dirname, '../../.cache');
    mkdirSync(cache, { recursive: true });
    const outdir = mkdtempSync(join(cache, 'compiled-'));
    try {
      const source = join(__dirname, '../../src/workload');
      const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
      const entryPoints = names.map((name) => join(source, name));
      const esbuild = require.resolve('esbuild/bin/esbuild');
      execFileSync(esbuild, [...entryPoints, `--outdir=${outdir}`, '--format=cjs', '--platform=node', '--target=node20', '--log-level=error']);
      const sides = { source: place(server), target: elsewhere };
      const options: WorkloadOptions = { rate: 100, clients: 2, sides, login: LOGIN, databaseName: DATABASE };
      const script = `
        const { startWorkload } = require(${JSON.stringify(outdir)});
        startWorkload(${JSON.stringify(options)}).then(async (workload) => {
          await new Promise((resolve) => setTimeout(resolve, 500));
          const { counts, unacknowledged } = await workload.stop();
          process.stdout.write(JSON.stringify([counts.acknowledged, unacknowledged.length]));
        });`;
      const [acknowledged, unacknowledged] = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as number[];
      expect(acknowledged).toBeGreaterThan(20);
      expect(unacknowledged).toBe(0);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });

  test.each([
    [{ rate: 0 }, 'rate: got 0, allowed: a number above 0'],
    [{ rate: Number.NaN }, 'rate: got NaN'],
    [{ clients: 1.5 }, 'clients: got 1.5, allowed: a whole number from 1'],
  ])('%p is refused', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});

describe('the writer', () => {
  test('is found behind a side that takes no writes, and behind one that does not answer', async () => {
    const closed = await paymentsServer(18);
    try {
      await setClosed(closed, true);
      for (const source of [place(closed), elsewhere]) {
        const workload = await start({ sides: { source, target: place(server) } });
        await eventually(() => workload.counts().acknowledged > 20);
        const result = await workload.stop();
        expect(result.counts.bySide.source).toBe(0);
        await expectAllThere(result, server);
      }
    } finally {
      await closed.remove();
    }
  });

  test('a standby that is promoted while the primary crashes has everything, and clients go on there', async () => {
    const standby = await LocalServer.standbyOf(server, { synchronous: true });
    try {
      const workload = await start({ sides: { source: place(server), target: place(standby) } });
      await eventually(() => workload.counts().acknowledged > 100);
      await server.crash();
      await sleep(300);
      await standby.promote();
      await using(standby, async (client) => {
        await client.query("ALTER SYSTEM SET synchronous_standby_names = ''");
        await client.query('SELECT pg_reload_conf()');
      });
      await eventually(() => workload.counts().bySide.target > 100);
      const result = await workload.stop();
      expect(result.handovers).toMatchObject([{ from: 'source', to: 'target' }]);
      expect(result.handovers[0].gapMs).toBeGreaterThan(300);
      await expectAllThere(result, standby);
    } finally {
      await standby.remove();
      await server.start();
      await superuser("ALTER SYSTEM SET synchronous_standby_names = ''");
      await superuser('SELECT pg_reload_conf()');
    }
  });
});
