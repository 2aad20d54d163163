import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { eventually } from './support/eventually';
import { at, Migration } from './support/migration';
import { SilentNetwork } from './support/silent-network';
import { abort } from '../../src/cutover/abort';
import { PARTIES, type Side, type Step, type TransferRequest } from '../../src/cutover/contract';
import { describeWith } from '../support/required-tool';

jest.setTimeout(60_000);

let migration: Migration;

beforeAll(async () => { migration = await Migration.loaded(); });
afterAll(async () => migration.remove());

const DEADLINE_MS = 1_500;

async function crash(side: Side): Promise<void> {
  await migration.pair.servers[side].crash();
}

async function start(side: Side): Promise<void> {
  await migration.pair.servers[side].start();
}

/** The giver has authority again, with the next attempt. */
async function expectGivenBack({ direction, attempt }: TransferRequest): Promise<void> {
  const { giver, taker } = PARTIES[direction];
  expect(await migration.side(giver)).toMatchObject({ state: 'open', attempt: attempt + 1, gate: 'open' });
  expect(await migration.side(taker)).toMatchObject({ gate: 'closed' });
}

/** And the next attempt goes well, with everything that was paid before, during and after. */
async function expectNextToComplete(request: TransferRequest, payers: ReturnType<Migration['pay']>): Promise<void> {
  const paid = payers.keys().length;
  await eventually('payments go on', () => payers.keys().length > paid + 20);
  const result = await migration.transfer(await migration.prepared());
  expect(result).toMatchObject({ outcome: 'completed', attempt: request.attempt + 2, authority: PARTIES[request.direction].taker });
  await migration.turnAround(result);
  expect(await migration.problemsOf(await payers.stop())).toEqual([]);
}

describe('given up at the deadline', () => {
  test('replication stands still', async () => {
    const payers = migration.pay('stalled');
    const request = await migration.prepared({ deadlineMs: DEADLINE_MS });
    const { giver } = PARTIES[request.direction];
    const begin = performance.now();
    const result = await migration.transfer(request, at('after', 'look', async () => migration.replicator.stall(giver)));
    expect(performance.now() - begin).toBeLessThan(DEADLINE_MS + 1_000);
    expect(result).toMatchObject({ outcome: 'aborted', authority: giver, authorityAttempt: request.attempt + 1, reason: expect.stringContaining('ran out of time') });
    await expectGivenBack(request);
    await migration.replicator.resume(giver);
    await expectNextToComplete(request, payers);
  });

  test('the taker crashes before the marker comes to it', async () => {
    const payers = migration.pay('taker-crash');
    const request = await migration.prepared({ deadlineMs: DEADLINE_MS });
    const { giver, taker } = PARTIES[request.direction];
    const begin = performance.now();
    const result = await migration.transfer(request, at('before', 'mark', async () => crash(taker)));
    expect(performance.now() - begin).toBeLessThan(DEADLINE_MS + 1_000);
    expect(result).toMatchObject({ outcome: 'aborted', authority: giver, authorityAttempt: request.attempt + 1 });
    // Payments did not wait for the taker.
    const paid = payers.keys().length;
    await eventually('payments go on', () => payers.keys().length > paid + 20);
    await start(taker);
    await expectGivenBack(request);
    await expectNextToComplete(request, payers);
  });

  test.each([
    ['giver', 'close'], ['giver', 'mark'], ['taker', 'await-marker'],
  ] as const)('the connection to the %s falls silent before %s, and new ones do not', async (party, step) => {
    const payers = migration.pay(`silent-${step}`);
    const request = await migration.prepared({ deadlineMs: DEADLINE_MS });
    const proxied = PARTIES[request.direction][party];
    const network = await SilentNetwork.to(migration.pair.servers[proxied].port);
    const databases = migration.pair.databases(undefined, { [proxied]: network });
    try {
      const begin = performance.now();
      const result = await migration.transfer(request, at('before', step, async () => network.fallSilent()), databases);
      expect(performance.now() - begin).toBeLessThan(DEADLINE_MS + 1_000);
      expect(result).toMatchObject({ outcome: 'aborted', authorityAttempt: request.attempt + 1 });
      await expectGivenBack(request);
    } finally {
      await databases.end();
      await network.close();
    }
    await expectNextToComplete(request, payers);
  });
});

test('the stream starts again between the marker and the flip: refused, since what came before the marker may have come again', async () => {
  const payers = migration.pay('restarted');
  const request = await migration.prepared();
  const { giver } = PARTIES[request.direction];
  const result = await migration.transfer(request, at('before', 'flip', async () => {
    const admin = await migration.admin(giver);
    await admin.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1', [migration.stream.slot]);
    await eventually('read by another session', async () => (await migration.replicator.status(giver)) === 'running');
  }));
  expect(result).toMatchObject({ outcome: 'aborted', authority: giver, reason: expect.stringContaining('started again since the marker was written') });
  await expectNextToComplete(request, payers);
});

test('the taker crashes right after the flip: it opens when it is back', async () => {
  const payers = migration.pay('open-pending');
  const request = await migration.prepared({ deadlineMs: 1_000 });
  const { giver, taker } = PARTIES[request.direction];
  await expect(migration.transfer(request, at('after', 'flip', async () => crash(taker)))).rejects.toMatchObject({ name: 'OpenPending' });
  await expect(abort(migration.databases, { ...request, action: 'abort' })).rejects.toMatchObject({ name: 'OpenPending' });
  expect(await migration.side(giver)).toMatchObject({ state: 'moved', gate: 'closed' });
  await start(taker);
  const result = await migration.transfer(request);
  expect(result).toMatchObject({ outcome: 'completed', authority: taker, attempt: request.attempt, wayBack: { attempt: request.attempt } });
  expect(result.pauseMs).toBeUndefined();
  await migration.turnAround(result);
  expect(await migration.problemsOf(await payers.stop())).toEqual([]);
});

test('the result is known although the giver does not answer any more', async () => {
  const request = await migration.prepared();
  const { giver } = PARTIES[request.direction];
  const result = await migration.transfer(request);
  await crash(giver);
  expect(await migration.transfer(request)).toEqual({ ...result, repeated: true });
  await start(giver);
  await migration.turnAround(result);
});

test('the handler ends between row and gate of the taker, and the giver does not answer: the taker opens all the same', async () => {
  const payers = migration.pay('gate-pending');
  const request = await migration.prepared({ deadlineMs: 1_000 });
  const { giver, taker } = PARTIES[request.direction];
  await expect(migration.transfer(request, at('before', 'open-gate', async () => Promise.reject(new Error('ended'))))).rejects.toMatchObject({ name: 'OpenPending' });
  await crash(giver);
  expect(await migration.side(taker)).toMatchObject({ state: 'open', gate: 'closed' });
  await expect(abort(migration.databases, { ...request, action: 'abort' })).rejects.toMatchObject({ name: 'OpenPending' });
  const result = await migration.transfer(request);
  expect(result).toMatchObject({ outcome: 'completed', authority: taker });
  const paid = payers.keys().length;
  await eventually('payments go on', () => payers.keys().length > paid + 20);
  await start(giver);
  await migration.turnAround(result);
  expect(await migration.problemsOf(await payers.stop())).toEqual([]);
});

test('the giver crashes right after the closing: nobody opens before it is back, and then it has authority again', async () => {
  const payers = migration.pay('abort-pending');
  const request = await migration.prepared({ deadlineMs: 1_000 });
  const { giver, taker } = PARTIES[request.direction];
  await expect(migration.transfer(request, at('after', 'close', async () => crash(giver)))).rejects.toMatchObject({ name: 'AbortPending' });
  await expect(abort(migration.databases, { ...request, action: 'abort' })).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
  expect(await migration.side(taker)).toMatchObject({ gate: 'closed' });
  await start(giver);
  expect(await migration.side(giver)).toMatchObject({ state: 'draining', gate: 'closed' });
  expect(await abort(migration.databases, { ...request, action: 'abort' })).toMatchObject({ outcome: 'aborted', authority: giver });
  await expectGivenBack(request);
  await expectNextToComplete(request, payers);
});

test('an invocation that ended in the pause is continued by the next one, within the time that is left', async () => {
  const steps: Step[] = ['raise', 'mark', 'await-marker', 'record-way-back', 'flip'];
  for (const step of steps) {
    const payers = migration.pay(`continued-${step}`, 2);
    const request = await migration.prepared();
    const { taker } = PARTIES[request.direction];
    // Never wakes up again.
    const databases = migration.pair.databases();
    let left: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => { left = resolve; });
    void migration.transfer(request, at('before', step, async () => {
      left?.();
      await new Promise(() => undefined);
    }), databases);
    await gone;
    await databases.end();
    const result = await migration.transfer(request);
    expect(result).toMatchObject({ outcome: 'completed', authority: taker, attempt: request.attempt });
    await migration.turnAround(result);
    expect(await migration.problemsOf(await payers.stop())).toEqual([]);
  }
});

test('an abort where nothing was closed uses the attempt up, and opens a gate that a crash forgot', async () => {
  const request = await migration.prepared();
  const { giver, taker } = PARTIES[request.direction];
  const parties = { direction: request.direction, attempt: request.attempt };
  const app = await migration.pair.app(giver);
  expect(await abort(migration.databases, { action: 'abort', ...parties })).toMatchObject({ outcome: 'aborted', authority: giver, authorityAttempt: request.attempt + 1 });
  // Nobody was in the way of anybody.
  await app.query("INSERT INTO app.account VALUES ('undisturbed', 0)");
  await expect((await migration.admin(giver)).query('SELECT payment_migration.close($1, 100)', [request.attempt])).rejects.toMatchObject({ code: 'PM010' });

  // What a closing leaves that is cut off between the gate and the row.
  await (await migration.admin(giver)).query("SELECT setval('payment_migration.gate', 0)");
  await expect(app.query("INSERT INTO app.account VALUES ('closed', 0)")).rejects.toMatchObject({ code: '25006' });
  expect(await abort(migration.databases, { action: 'abort', ...parties, attempt: request.attempt + 2 })).toMatchObject({ outcome: 'aborted', authority: giver });
  expect(await migration.side(giver)).toMatchObject({ state: 'open', attempt: request.attempt + 3, gate: 'open' });
  expect(await migration.side(taker)).toMatchObject({ gate: 'closed' });
});

/** A file system of its own, small enough to be filled. */
const TINY_DISK = {
  name: 'the right to mount a tmpfs',
  problem: () => {
    if (process.platform !== 'linux') return 'there is no tmpfs';
    const folder = mkdtempSync(join(tmpdir(), 'tiny-'));
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { encoding: 'utf8' });
    if (status === 0) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    return status === 0 ? undefined : `tmpfs cannot be mounted: ${error?.message ?? stderr.trim()}`;
  },
};

describeWith(TINY_DISK, 'a full disk', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync('/tmp/tiny-');
    const { uid, gid } = statSync(migration.pair.servers.source.dataDirectory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=512k,mode=0700,uid=${uid},gid=${gid}`, 'tmpfs', folder]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Moves a table there whose next row needs a page of its own. */
  async function moveTo(admin: Client, table: string): Promise<void> {
    await admin.query(`CREATE TABLESPACE tiny LOCATION '${folder}'`);
    await admin.query(`ALTER TABLE payment_migration.${table} SET TABLESPACE tiny`);
    await empty(admin, table);
  }

  /** Its pages so far are given up, whoever may still see what is on them, so that a row needs a new one. */
  async function empty(admin: Client, table: string): Promise<void> {
    await admin.query(`TRUNCATE payment_migration.${table}`);
  }

  async function moveAway(admin: Client, table: string): Promise<void> {
    await admin.query(`ALTER TABLE payment_migration.${table} SET TABLESPACE pg_default`);
    await admin.query('CHECKPOINT');
    await admin.query('DROP TABLESPACE tiny');
  }

  test.each([['giver', 'stream'], ['taker', 'record']] as const)('of the %s, met by the first row of its table %s: found before the pause, and it goes well when there is room', async (party, table) => {
    const payers = migration.pay(`full-${party}`);
    const request = await migration.prepared({ deadlineMs: DEADLINE_MS });
    const { giver, taker } = PARTIES[request.direction];
    const admin = await migration.admin(PARTIES[request.direction][party]);
    await moveTo(admin, table);
    const filler = join(folder, 'filler');
    fill(filler);
    await expect(migration.transfer(request)).rejects.toMatchObject({
      name: 'DatabaseUnavailable', message: expect.stringMatching(/storage is full.*53100/),
    });
    expect(await migration.side(giver)).toMatchObject({ state: 'open', gate: 'open', attempt: request.attempt - 1 });
    rmSync(filler);
    const result = await migration.transfer(request);
    expect(result).toMatchObject({ outcome: 'completed', authority: taker });
    await migration.turnAround(result);
    expect(await migration.problemsOf(await payers.stop())).toEqual([]);
    await moveAway(admin, table);
  });

  test('of the taker, filled in the pause, right before it records the way back: given back, and the next attempt goes well when there is room', async () => {
    const payers = migration.pay('filled');
    const request = await migration.prepared();
    const { giver, taker } = PARTIES[request.direction];
    const admin = await migration.admin(taker);
    await moveTo(admin, 'record');
    const filler = join(folder, 'filler');
    const result = await migration.transfer(request, at('before', 'record-way-back', async () => {
      await empty(admin, 'record');
      fill(filler);
    }));
    expect(result).toMatchObject({ outcome: 'aborted', authority: giver, problem: 'DatabaseUnavailable', reason: expect.stringMatching(/storage is full.*53100/) });
    await expectGivenBack(request);
    // The taker's appliers are let in again although its disk is still full: what is paid meanwhile comes to it.
    const paid = payers.keys().length;
    await eventually('payments go on', () => payers.keys().length > paid + 20);
    const last = payers.keys().at(-1);
    await eventually('what was paid is on the taker', async () => (await admin.query('SELECT FROM app.payment WHERE key = $1', [last])).rows.length === 1);
    rmSync(filler);
    await expectNextToComplete(request, payers);
    await moveAway(admin, 'record');
  });
});

function fill(file: string): void {
  for (let bytes = 4_096, whole = Buffer.alloc(0); ; bytes += 4_096) {
    whole = Buffer.alloc(bytes);
    try {
      writeFileSync(file, whole);
    } catch {
      return;
    }
  }
}
