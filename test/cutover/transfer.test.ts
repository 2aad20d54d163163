import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './support/eventually';
import { hooked } from './support/hooked';
import { at, Migration, rowsAndGates } from './support/migration';
import { abort } from '../../src/cutover/abort';
import { PARTIES, type Step } from '../../src/cutover/contract';
import { dropOldSlots, prepare } from '../../src/cutover/prepare';

jest.setTimeout(60_000);

let migration: Migration;

beforeAll(async () => { migration = await Migration.loaded({ ddl: 'CREATE SEQUENCE app.receipt;' }); });
afterAll(async () => migration.remove());

/** In the order in which they end; those of one row run side by side. */
const ORDER: Step[][] = [
  ['look'], ['close'], ['mark', 'raise', 'standbys'], ['await-marker', 'sequences'], ['record-way-back'], ['flip'], ['open-row'], ['open-gate'], ['terminate'],
];
const ALONE_IN_THE_PAUSE: Step[] = ['close', 'record-way-back', 'flip', 'open-row', 'open-gate'];

/** The steps in rows as in ORDER, sorted within each. */
function inRows(steps: readonly Step[]): Step[][] {
  let begin = 0;
  return ORDER.map(({ length }) => [...steps.slice(begin, begin += length)].sort());
}

test('forward, back and forward again without another load: every acknowledged payment is on both sides', async () => {
  const payers = migration.pay('to-and-fro', 4);
  for (const authority of ['target', 'source', 'target'] as const) {
    await sleep(100);
    const request = await migration.prepared();
    const result = await migration.transfer(request);
    expect(result).toMatchObject({ outcome: 'completed', authority, direction: request.direction, attempt: request.attempt, authorityAttempt: request.attempt });
    expect(result.repeated).toBeUndefined();
    expect(inRows(result.steps.map(({ step }) => step))).toEqual(ORDER);
    const took = (wanted: (step: Step) => boolean) => result.steps.filter(({ step }) => wanted(step)).reduce((sum, { ms }) => sum + ms, 0);
    expect(result.pauseMs).toBeGreaterThan(took((step) => ALONE_IN_THE_PAUSE.includes(step)));
    expect(result.pauseMs).toBeLessThan(1.2 * took((step) => step !== 'look' && step !== 'terminate') + 20);
    expect(result.wayBack).toMatchObject({ attempt: request.attempt, slot: expect.stringMatching(/^payment_migration_(source|target)_\d+$/) });

    expect(await migration.transfer(request)).toEqual({ ...result, repeated: true });
    expect(await migration.state()).toMatchObject({ authority, wayBack: 'pending' });
    await migration.turnAround(result);
    expect(await migration.state()).toMatchObject({ authority, wayBack: 'running' });
    const paid = payers.keys().length;
    await eventually('payments go on', () => payers.keys().length > paid + 20);
  }
  expect(await migration.problemsOf(await payers.stop())).toEqual([]);
});

describe('closing', () => {
  test('waits for a long transaction, and holds the others up no longer than its own patience at a time', async () => {
    const payers = migration.pay('bystander', 3);
    const request = await migration.prepared();
    const { giver } = await migration.next();
    const long = await migration.pair.app(giver);
    await long.query("BEGIN; INSERT INTO app.payment (key, client) VALUES ('long', 'long'); INSERT INTO app.account VALUES ('long', 1)");
    const begin = performance.now();
    let closed = 0;
    const transferring = migration.transfer(request, at('after', 'close', async () => { closed = performance.now(); }));
    await sleep(4_000);
    expect(closed).toBe(0);
    await long.query('COMMIT');
    const result = await transferring;
    expect(result.outcome).toBe('completed');
    expect(closed - begin).toBeGreaterThan(4_000);
    // The pause begins with the closing that succeeded.
    expect(result.pauseMs).toBeLessThan(1_000);
    // 100 ms of waiting for the lock, and what two busy cores add.
    expect(payers.worstStallMs(begin + 50, closed)).toBeGreaterThan(90);
    expect(payers.worstStallMs(begin + 50, closed)).toBeLessThan(300);
    await migration.turnAround(result);
    expect(await migration.problemsOf([...await payers.stop(), 'long'])).toEqual([]);
  });

  test('gives up at the deadline when a transaction is longer, and nothing has changed', async () => {
    const request = await migration.prepared({ deadlineMs: 1_500 });
    const { giver } = await migration.next();
    const before = await rowsAndGates(migration);
    const long = await migration.pair.app(giver);
    await long.query("BEGIN; INSERT INTO app.payment (key, client) VALUES ('longer', 'longer')");
    const begin = performance.now();
    await expect(migration.transfer(request)).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('a long transaction was in the way') });
    expect(performance.now() - begin).toBeLessThan(2_500);
    expect(await rowsAndGates(migration)).toEqual(before);
    // It was not even terminated.
    await long.query('ROLLBACK');
    const result = await migration.transfer({ ...request, deadlineMs: 10_000 });
    expect(result.outcome).toBe('completed');
    await migration.turnAround(result);
  });

  test('a superuser who watches is not in the way', async () => {
    const { giver } = await migration.next();
    const admin = await migration.admin(giver);
    await admin.query("CREATE ROLE watcher SUPERUSER LOGIN PASSWORD 'watcher'");
    const watcher = await migration.pair.servers[giver].connect('payments', { user: 'watcher', password: 'watcher' });
    const result = await migration.transfer(await migration.prepared());
    expect(result).toMatchObject({ outcome: 'completed' });
    await watcher.end();
    await migration.turnAround(result);
  });
});

test.each([
  { cache: 1, ended: false },
  { cache: 20, ended: true },
])('sessions on the taker are ended where they may keep numbers of a sequence: CACHE $cache', async ({ cache, ended }) => {
  const { taker } = await migration.next();
  for (const side of ['source', 'target'] as const) await (await migration.admin(side)).query(`ALTER SEQUENCE app.receipt CACHE ${cache}`);
  const reader = await migration.pair.app(taker);
  let lost = false;
  reader.on('error', () => { lost = true; });
  const result = await migration.transfer(await migration.prepared());
  expect(result.outcome).toBe('completed');
  const read = reader.query('SELECT 1').then(() => 'answered', () => 'lost');
  expect(await read).toBe(ended ? 'lost' : 'answered');
  expect(lost).toBe(ended);
  await migration.turnAround(result);
});

describe('somebody else has gone on', () => {
  test('an abort during the transfer wins: the transfer says so, and payments go on where they were', async () => {
    for (const step of ['raise', 'mark', 'record-way-back', 'flip'] as const) {
      const request = await migration.prepared();
      const { giver, direction, attempt } = await migration.next();
      const result = await migration.transfer(request, at('before', step, async () => {
        const databases = migration.pair.databases();
        expect(await abort(databases, { action: 'abort', direction, attempt })).toMatchObject({ outcome: 'aborted', authority: giver, authorityAttempt: attempt + 1 });
        await databases.end();
      }));
      expect(result).toMatchObject({ outcome: 'aborted', authority: giver, authorityAttempt: attempt + 1 });
      expect(await migration.next()).toMatchObject({ giver, attempt: attempt + 2 });
      // It stays so, whoever asks again.
      expect(await migration.transfer(request)).toMatchObject({ outcome: 'aborted', authority: giver, repeated: true });
    }
  });

  test.each(['close', 'raise', 'mark', 'await-marker', 'record-way-back', 'flip', 'abort'] as const)(
    'a transfer that sleeps before %s while authority comes and goes changes nothing when it wakes up',
    async (step) => {
      const payers = migration.pay(`asleep-${step}`, 2);
      const request = await migration.prepared({ deadlineMs: 3_000 });
      const { direction, attempt } = await migration.next();
      const databases = migration.pair.databases();
      let wake: (() => void) | undefined;
      const asleep = new Promise<void>((resolve) => { wake = resolve; });
      let sleeps = false;
      // Only what goes wrong before the flip gives authority back.
      const cutShort = step === 'abort' ? at('before', 'flip', async () => Promise.reject(new Error('cut short'))) : undefined;
      const sleeper = migration.transfer(request, {
        onStep: async (when, what) => {
          await cutShort?.onStep?.(when, what);
          if (when === 'before' && what === step) {
            sleeps = true;
            await asleep;
          }
        },
      }, databases).then((result) => result, (error: Error) => error);
      await eventually('asleep', () => sleeps);
      await abort(migration.databases, { action: 'abort', direction, attempt });
      const result = await migration.transfer(await migration.prepared());
      await migration.turnAround(result);
      const settled = await rowsAndGates(migration);
      wake?.();
      expect(await sleeper).toMatchObject({ name: 'StaleAttempt' });
      expect(await rowsAndGates(migration)).toEqual(settled);
      await databases.end();
      expect(await migration.problemsOf(await payers.stop())).toEqual([]);
    });

  test.each(['open-row', 'open-gate'] as const)('a transfer that sleeps before %s while others open that side and give it back opens nothing when it wakes up', async (step) => {
    const request = await migration.prepared();
    const databases = migration.pair.databases();
    let wake: (() => void) | undefined;
    const asleep = new Promise<void>((resolve) => { wake = resolve; });
    let sleeps = false;
    const sleeper = migration.transfer(request, at('before', step, async () => {
      sleeps = true;
      await asleep;
    }), databases).then((result) => result, (error: Error) => error);
    await eventually('asleep', () => sleeps);
    // The same attempt, carried on by another invocation; and back.
    await migration.turnAround(await migration.transfer(request));
    await migration.turnAround(await migration.transfer(await migration.prepared()));
    const settled = await rowsAndGates(migration);
    wake?.();
    expect(await sleeper).toMatchObject({ name: 'StaleAttempt' });
    expect(await rowsAndGates(migration)).toEqual(settled);
    await databases.end();
  });

  test('a preparation that sleeps until the taker has recorded the way back leaves the record alone', async () => {
    const request = await migration.prepared();
    const { taker } = PARTIES[request.direction];
    let wake: (() => void) | undefined;
    const asleep = new Promise<void>((resolve) => { wake = resolve; });
    // It has read that the giver is open, and looks at the taker only now.
    const databases = hooked(migration.pair.databases(), async (side, _, send) => {
      if (side === taker) await asleep;
      return send();
    });
    const late = prepare(databases, { action: 'prepare', direction: request.direction, attempt: request.attempt, plugin: 'pgoutput' });
    const result = await migration.transfer(request, at('before', 'flip', async () => {
      wake?.();
      await late.catch(() => undefined);
    }));
    await databases.end();
    expect(result).toMatchObject({ outcome: 'completed', wayBack: { attempt: request.attempt } });
    await migration.turnAround(result);
  });

  test('late abort, drop-old-slots, transfer and prepare of an older attempt change nothing', async () => {
    const first = await migration.prepared();
    await migration.turnAround(await migration.transfer(first));
    const second = await migration.prepared();
    await migration.turnAround(await migration.transfer(second));
    const third = await migration.prepared();
    const before = [await rowsAndGates(migration), (await migration.state()).sides];
    for (const { direction, attempt } of [first, second]) {
      const parties = { direction, attempt };
      const name = attempt === first.attempt ? 'StaleAttempt' : 'OpenPending';
      await expect(abort(migration.databases, { action: 'abort', ...parties })).rejects.toMatchObject({ name });
      if (attempt === first.attempt) {
        await expect(dropOldSlots(migration.databases, { action: 'drop-old-slots', ...parties })).rejects.toMatchObject({ name: 'StaleAttempt' });
      }
      // Its own result is still known, and nothing else is done.
      expect(await migration.transfer({ ...third, ...parties })).toMatchObject({ outcome: 'completed', attempt, repeated: true });
    }
    await expect(prepare(migration.databases, { ...first, action: 'prepare', plugin: 'pgoutput' })).rejects.toMatchObject({ name: 'StaleAttempt' });
    await expect(migration.transfer({ ...third, attempt: third.attempt + 1 })).rejects.toMatchObject({ name: 'StaleAttempt' });
    expect([await rowsAndGates(migration), (await migration.state()).sides]).toEqual(before);
  });
});
