import { setTimeout as sleep } from 'node:timers/promises';
import { Cutover } from './cutover';
import { eventually, never } from './eventually';
import { Pair, type Appliers, type PairOfDatabases } from './pair';
import { Writer } from './writer';
import type { Side, Stream } from '../../../../src/cutover/contract';
import type { Replicator, Sides } from '../../../src/replication';
import type { Major } from '../../../src/servers';

export interface Profile {
  readonly name: string;
  readonly appliers: Appliers;
  /** Readies new servers. */
  readonly ready?: (pair: Pair) => Promise<void>;
  readonly make: (sides: Sides) => Replicator;
}

/** What every replicator must do, whatever it is made of. */
export function replicatorSuite(profile: Profile, source: Major, target: Major): void {
  describe(`${profile.name} from ${source} to ${target}`, () => {
    let servers: Pair;
    let pair: PairOfDatabases;
    let replicator: Replicator;
    const writers: Writer[] = [];

    beforeAll(async () => {
      servers = await Pair.create(source, target);
      await profile.ready?.(servers);
    });
    afterAll(async () => servers?.remove());
    beforeEach(async () => {
      pair = await servers.databases(profile.appliers);
      replicator = profile.make(pair.sides);
    });
    afterEach(async () => {
      await Promise.all(writers.splice(0).map(async (writer) => writer.stop()));
      await replicator.close();
      await pair.remove();
    });

    const writing = (side: Side, prefix: string) => {
      const writer = new Writer(pair, side, prefix);
      writers.push(writer);
      return writer;
    };
    const same = async () => {
      await eventually(async () => JSON.stringify(await pair.contents('source')) === JSON.stringify(await pair.contents('target'))).catch(() => undefined);
      expect(await pair.contents('target')).toEqual(await pair.contents('source'));
    };
    const keys = async (side: Side) => new Set((await pair.query<{ key: string }>(side, 'SELECT key FROM payment')).map(({ key }) => key));
    const mark = async (side: Side, attempt: number) => pair.query(side, `
      INSERT INTO payment_migration.marker VALUES ($1, 'test', $2) ON CONFLICT (giver, stream) DO UPDATE SET attempt = excluded.attempt`, [side, attempt]);
    const marked = async (side: Side, giver: Side) => {
      const [row] = await pair.query<{ attempt: number }>(side, "SELECT attempt FROM payment_migration.marker WHERE giver = $1 AND stream = 'test'", [giver]);
      return row?.attempt;
    };
    const readers = async (side: Side, slot: string) => pair.query(side, `
      SELECT FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid WHERE s.slot_name = $1`, [slot]);

    test('a load with writes going on brings everything, and what is our own stays where it is', async () => {
      expect(await replicator.status('source')).toBe('absent');
      const writer = writing('source', 'new');
      const stream = await replicator.load();
      expect(await replicator.status('source')).toBe('running');
      await sleep(500);
      const acknowledged = await writer.stop();
      expect(acknowledged.length).toBeGreaterThan(20);
      await same();
      expect(await readers('source', stream.slot)).toHaveLength(1);
      // The closed side stays closed for others, and says so.
      const client = await pair.connect('target');
      expect((await client.query('SHOW default_transaction_read_only')).rows).toEqual([{ default_transaction_read_only: 'on' }]);
      await client.query('SET default_transaction_read_only = off');
      await expect(client.query('DELETE FROM payment')).rejects.toMatchObject({ code: '25006', detail: 'PM001: writes moved' });
      await client.end();
      expect(await pair.query('target', 'SELECT side, state FROM payment_migration.authority')).toEqual([{ side: 'target', state: 'standby' }]);
    });

    test('changes of every kind arrive, with every digit', async () => {
      await replicator.load();
      await pair.run('source', `
        INSERT INTO "Odd ""names"""."the 'table'" VALUES ('back\\slash '' quote', true, ARRAY['a,b', NULL, '"', 'it''s'], '12.34', '[1,5)', NULL), ('gone', false, NULL, NULL, NULL, NULL);
        UPDATE "Odd ""names"""."the 'table'" SET note = E'tab\\t, line\\n, ünïcode', "the \\ key" = 'another key' WHERE b;
        DELETE FROM "Odd ""names"""."the 'table'" WHERE "the \\ key" = 'gone';
        UPDATE payment SET amount = 1234567890123456.7891, at = '2024-02-29 12:34:56.789012+03', details = '{"a": [1, null, "x"]}', receipt = '\\x00ff27' WHERE id = 1;
        UPDATE payment SET receipt = (SELECT string_agg(sha256(n::text::bytea), '') FROM generate_series(1, 1000) n) WHERE id = 2;
        UPDATE payment SET note = 'the large value is not in the log again' WHERE id = 2;
        UPDATE account SET balance = 0.1234567890123456789012345678901234567890 WHERE id = 1;
        UPDATE account SET balance = 'NaN' WHERE id = 2;
        UPDATE event SET day = '2025-03-03' WHERE id = 7;
        DELETE FROM payment WHERE id BETWEEN 10 AND 20;
        INSERT INTO numbered (what) VALUES ('a'), ('b');
        UPDATE numbered SET what = 'c' WHERE what = 'b';
        INSERT INTO payment (key, account, amount) VALUES ('fires the trigger once', 1, 1);`);
      await same();
    });

    test('a marker is never visible before what was written before it', async () => {
      await replicator.load();
      writing('source', 'noise');
      const violations: number[] = [];
      const latencies: number[] = [];
      const client = await pair.connectAsSuperuser('target');
      for (let attempt = 1; attempt <= 20; attempt += 1) {
        await pair.query('source', 'INSERT INTO payment (key, account, amount) VALUES ($1, 1, 1)', [`before-${attempt}`]);
        const begin = performance.now();
        await mark('source', attempt);
        await eventually(async () => {
          const { rows: [row] } = await client.query<{ marked: boolean; paid: boolean }>(`
            SELECT EXISTS (SELECT FROM payment_migration.marker WHERE stream = 'test' AND attempt = $1) AS marked,
              EXISTS (SELECT FROM payment WHERE key = $2) AS paid`, [attempt, `before-${attempt}`]);
          if (row.marked && !row.paid) violations.push(attempt);
          return row.marked;
        });
        latencies.push(performance.now() - begin);
      }
      await client.end();
      expect(violations).toEqual([]);
      const sorted = latencies.sort((a, b) => a - b).map(Math.round);
      if (process.env.MEASURE) process.stdout.write(`${profile.name} ${source}->${target}: marker p50 ${sorted[10]} ms, max ${sorted[19]} ms\n`);
    });

    test.each(['source', 'target'] as const)('a crash of the %s during the load and after it loses nothing', async (side) => {
      const writer = writing('source', 'new');
      let loaded = false;
      const loading = replicator.load().finally(() => { loaded = true; });
      // As soon as it has begun.
      await eventually(async () => (await pair.query('source', 'SELECT FROM pg_replication_slots')).length > 0);
      await servers.servers[side].crash();
      expect(loaded).toBe(false);
      await eventually(async () => await replicator.status('source') === 'failed');
      await servers.servers[side].start();
      const stream = await loading;
      await servers.servers[side].crash();
      await eventually(async () => await replicator.status('source') === 'failed');
      await servers.servers[side].start();
      await eventually(async () => await replicator.status('source') === 'running', 90_000);
      const acknowledged = await writer.stop();
      await same();
      const there = await keys('target');
      expect(acknowledged.filter((key) => !there.has(key))).toEqual([]);
      await eventually(async () => (await readers('source', stream.slot)).length === 1);
    });

    test('forward, back and forward again: nothing lost, nothing sent back', async () => {
      const cutover = new Cutover(pair, replicator);
      let stream: Stream = await replicator.load();
      const acknowledged: string[] = [];
      const pauses: number[] = [];
      for (const [index, giver] of (['source', 'target', 'source', 'target'] as const).entries()) {
        const attempt = index + 1;
        const writer = writing(giver, `attempt-${attempt}`);
        await eventually(async () => writer.acknowledged.length > 50);
        const result = await cutover.move(giver, stream, attempt);
        acknowledged.push(...await writer.stop());
        expect(result).toMatchObject({ outcome: 'completed', attempt });
        pauses.push(result.pauseMs ?? NaN);
        const taker = result.authority;
        // Written before the way back runs: it must not be left out.
        await pair.query(taker, 'INSERT INTO payment (key, account, amount) VALUES ($1, 1, 1)', [`early-${attempt}`]);
        acknowledged.push(`early-${attempt}`);
        stream = await cutover.turnAround(giver, result);
        expect(await replicator.status(giver)).toBe('stopped');
        await eventually(async () => await replicator.status(taker) === 'running');
        await same();
      }
      const there = await keys('target');
      expect(acknowledged.filter((key) => !there.has(key))).toEqual([]);
      expect(there.size).toBe(5000 + acknowledged.length);
      if (process.env.MEASURE) process.stdout.write(`${profile.name} ${source}->${target}: pauses ${pauses.map(Math.round).join(', ')} ms\n`);
    });

    test('a stream starts at exactly the position: what was written before it does not come, the first after it does', async () => {
      // On a side where nothing is gated, so that what is sent is seen by what arrives.
      await replicator.load();
      await replicator.stop('source');
      await pair.query('source', "SELECT pg_create_logical_replication_slot('exact', $1)", [replicator.plugin]);
      for (let n = 1; n <= 5; n += 1) await pair.query('source', 'INSERT INTO payment (key, account, amount) VALUES ($1, 1, 1)', [`before-${n}`]);
      const [{ lsn }] = await pair.query<{ lsn: string }>('source', 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
      for (let n = 1; n <= 5; n += 1) await pair.query('source', 'INSERT INTO payment (key, account, amount) VALUES ($1, 1, 1)', [`after-${n}`]);
      await replicator.start('source', { attempt: 1, slot: 'exact', lsn });
      await eventually(async () => (await keys('target')).has('after-5'));
      const there = [...await keys('target')].filter((key) => /^(before|after)/.test(key)).sort();
      expect(there).toEqual(['after-1', 'after-2', 'after-3', 'after-4', 'after-5']);
      // Again: it runs, and nothing changes.
      await replicator.start('source', { attempt: 1, slot: 'exact', lsn });
      expect(await replicator.status('source')).toBe('running');
      await expect(replicator.start('source', { attempt: 1, slot: 'another', lsn })).rejects.toThrow(/stop that first/);
    });

    test('it refuses to start where changes would be lost', async () => {
      await replicator.load();
      await replicator.stop('source');
      const [{ lsn }] = await pair.query<{ lsn: string }>('source', 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
      await expect(replicator.start('source', { attempt: 1, slot: 'nowhere', lsn })).rejects.toThrow(/no such slot/);
      expect(await pair.query('source', "SELECT FROM pg_replication_slots WHERE slot_name = 'nowhere'")).toEqual([]);
      await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('left out', 1, 1)");
      await pair.query('source', "SELECT pg_create_logical_replication_slot('late', $1)", [replicator.plugin]);
      await expect(replicator.start('source', { attempt: 1, slot: 'late', lsn })).rejects.toThrow(/was read up to/);
      await expect(replicator.start('source', { attempt: 1, slot: 'late', lsn: 'FFFF/0' })).rejects.toThrow(/has not been written/);
      expect(await replicator.status('source')).toBe('stopped');
    });

    test('a stalled stream stands still and stays connected; resumed it brings what waited', async () => {
      const stream = await replicator.load();
      await replicator.stall('source');
      await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('held back', 1, 1)");
      await mark('source', 1);
      await never(async () => (await keys('target')).has('held back') || await marked('target', 'source') === 1, 3000);
      expect(await readers('source', stream.slot)).toHaveLength(1);
      expect(await replicator.status('source')).toBe('running');
      await replicator.resume('source');
      await eventually(async () => await marked('target', 'source') === 1);
      await same();
      // A stalled stream can be ended too.
      await replicator.stall('source');
      await replicator.stop('source');
      await replicator.stop('source');
      expect(await replicator.status('source')).toBe('stopped');
      expect(await pair.query('source', 'SELECT active FROM pg_replication_slots WHERE slot_name = $1', [stream.slot])).toEqual([{ active: false }]);
    });

    test('a login that the gate does not admit copies nothing, and is named', async () => {
      await pair.arm('target', []);
      await expect(replicator.load()).rejects.toThrow(`the target does not admit ${profile.appliers.target[0]}`);
      expect(await keys('target')).toEqual(new Set());
    });
  });
}
