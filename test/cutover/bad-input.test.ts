import type { Client } from 'pg';
import { eventually } from './support/eventually';
import { everything, leftovers, refused } from './support/outcome';
import { authority } from '../../src/cutover/authority.lambda';
import type { AuthorityRequest, FenceRequest, Side } from '../../src/cutover/contract';
import { Databases } from '../../src/cutover/databases';
import { fence } from '../../src/cutover/fence.lambda';
import { TOOLS } from '../../src/cutover/tools';
import { DATABASE, MIGRATION, OWNER, Pair, SIDES } from '../support/pair';

const PREPARE = { action: 'prepare', direction: 'cutover', attempt: 1, plugin: 'pgoutput' } as const;
const TRANSFER = { action: 'transfer', direction: 'cutover', attempt: 1, streams: [{ name: 's', slot: 'no_such_slot' }] } as const;
const ABORT = { action: 'abort', direction: 'cutover', attempt: 1 } as const;
const DROP = { action: 'drop-old-slots', direction: 'cutover', attempt: 1 } as const;

let pair: Pair;
let admins: Record<Side, Client>;
/** What a test that changed nothing leaves behind is good enough for the next one. */
let changed = true;

beforeAll(async () => {
  pair = await Pair.create({ ddl: '' });
  admins = { source: await pair.admin('source'), target: await pair.admin('target') };
  for (const side of SIDES) await admins[side].query("SET default_transaction_read_only = off; CREATE ROLE outsider LOGIN PASSWORD 'outsider'");
});

beforeEach(async () => {
  if (!changed) return;
  for (const side of SIDES) {
    await admins[side].query(`
      DROP SCHEMA IF EXISTS payment_migration CASCADE; DROP SCHEMA IF EXISTS pay CASCADE; ALTER DATABASE ${DATABASE} RESET ALL;
      SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots`);
    await admins[side].query(`SET ROLE ${OWNER}; CREATE SCHEMA pay; CREATE TABLE pay.a (id bigserial PRIMARY KEY); CREATE TABLE pay.b (id bigserial PRIMARY KEY); RESET ROLE`);
    await pair.arm(side);
  }
  changed = false;
});

afterAll(async () => {
  await pair?.remove();
});

type Secret = Record<string, unknown> | string | Error;

const FENCES = ['arm', 'disarm', 'finish', 'release'];

/** Calls a handler as its function does, and leaves no session behind. */
async function call(request: unknown, secrets: Partial<Record<Side, Secret>> = {}, databaseName = DATABASE): Promise<unknown> {
  const databases = new Databases({
    references: { source: { secretId: 'source', databaseName }, target: { secretId: 'target', databaseName } },
    readSecret: async (side) => {
      const { host, port, certificateAuthority } = pair.servers[side as Side];
      const { [side as Side]: other = {} } = secrets;
      if (other instanceof Error) throw other;
      if (typeof other === 'string') return other;
      return JSON.stringify({ username: MIGRATION, password: MIGRATION, host, port, certificateAuthority, ...other });
    },
  });
  try {
    const action = String((request as { action?: unknown }).action);
    if (FENCES.includes(action)) return await fence(databases, request as FenceRequest, TOOLS);
    return await authority(databases, request as AuthorityRequest, TOOLS);
  } finally {
    await databases.end();
  }
}

const nothingLeft = async () => eventually('no lock and no session left', async () => {
  const { locks, sessions } = await leftovers(pair);
  return locks === 0 && sessions === 0;
});

/** The error, after making sure that nothing was changed and nothing is left. */
async function harmless(work: () => Promise<unknown>) {
  const before = await everything(pair);
  changed = true;
  const error = await refused(work());
  await expect(everything(pair)).resolves.toEqual(before);
  changed = false;
  await nothingLeft();
  return error;
}

interface Spoilt {
  readonly what: string;
  readonly secret: () => Secret;
  readonly message: string;
  readonly databaseName?: string;
}

describe.each<Spoilt>([
  { what: 'a secret that cannot be read', secret: () => new Error('hunter2'), message: "secret 'source'" },
  { what: 'a secret that is no JSON', secret: () => 'hunter2', message: "secret 'source' cannot be used (it is not JSON)" },
  { what: 'a secret without a host and with a bad port', secret: () => ({ host: undefined, port: 'hunter2' }), message: 'host is missing, port is not a number from 1 to 65535' },
  { what: 'an unreachable host', secret: () => ({ port: 1 }), message: 'ECONNREFUSED' },
  { what: 'a wrong password', secret: () => ({ password: 'hunter2' }), message: 'password authentication failed' },
  { what: 'a certificate that nobody trusts', secret: () => ({ certificateAuthority: pair.servers.target.certificateAuthority }), message: 'certificate' },
  { what: 'a login that may do nothing', secret: () => ({ username: 'outsider', password: 'outsider' }), message: '' },
])('$what', ({ secret, message }) => {
  test.each<[string, object]>([
    ['arm', { action: 'arm', side: 'source' }], ['disarm', { action: 'disarm', side: 'source' }], ['finish', { action: 'finish' }], ['prepare', PREPARE], ['transfer', TRANSFER],
    ['abort', ABORT], ['release', { action: 'release', side: 'source', iHaveDecommissioned: true }],
  ])('%s', async (_, request) => {
    const error = await harmless(async () => call(request, { source: secret() }));
    expect(['DatabaseUnavailable', 'Refused']).toContain(error.name);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('hunter2');
  });

  test('state: the other side is shown all the same', async () => {
    const before = await everything(pair);
    const shown = await call({ action: 'state' }, { source: secret() });
    expect(shown).toMatchObject({ sides: { source: { side: 'source', unreachable: expect.stringContaining(message) }, target: { state: 'standby' } }, wayBack: 'none' });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    await expect(everything(pair)).resolves.toEqual(before);
    await nothingLeft();
  });
});

test.each<[string, object]>([['arm', { action: 'arm', side: 'source' }], ['prepare', PREPARE], ['transfer', TRANSFER], ['abort', ABORT], ['finish', { action: 'finish' }]])(
  'a missing database: %s', async (_, request) => {
    const error = await harmless(async () => call(request, {}, 'nowhere'));
    expect(error).toMatchObject({ name: 'DatabaseUnavailable', message: expect.stringContaining('database "nowhere" does not exist') });
  });

test.each<[string, object, string, string]>([
  ['prepare: too low', { ...PREPARE, attempt: 0 }, 'Refused|StaleAttempt', ''],
  ['prepare: too high', { ...PREPARE, attempt: 2 }, 'StaleAttempt', 'the source is open(0), not open(1)'],
  ['prepare: 1.5', { ...PREPARE, attempt: 1.5 }, 'Refused|StaleAttempt', ''],
  ['prepare: the way back first', { ...PREPARE, direction: 'rollback' }, 'StaleAttempt', 'the target is standby(0), not open(0)'],
  ['transfer: too low', { ...TRANSFER, attempt: 0 }, 'Refused', 'attempt: got 0; allowed: a whole number from 1'],
  ['transfer: too high', { ...TRANSFER, attempt: 2 }, 'StaleAttempt', 'the source is open(0), not open(1)'],
  ['transfer: 1.5', { ...TRANSFER, attempt: 1.5 }, 'Refused', 'attempt: got 1.5'],
  ['transfer: text', { ...TRANSFER, attempt: '1' }, 'Refused', 'attempt: got "1"'],
  ['transfer: none', { ...TRANSFER, attempt: undefined }, 'Refused', 'attempt: got nothing'],
  ['transfer: more than the server can count', { ...TRANSFER, attempt: 3_000_000_000 }, 'Refused', 'attempt: got 3000000000'],
  ['transfer: the way back first', { ...TRANSFER, direction: 'rollback' }, 'StaleAttempt', 'the target is standby(0), not open(0)'],
  ['abort: too high', { ...ABORT, attempt: 2 }, 'StaleAttempt', 'the source is open(0), not draining(2)'],
  ['abort: the way back first', { ...ABORT, direction: 'rollback' }, 'StaleAttempt', 'the target is standby(0), not draining(1)'],
  ['drop-old-slots: nothing was moved', DROP, 'StaleAttempt', 'the target is standby(0), not open(1)'],
])('an attempt that is not the current one: %s', async (_, request, name, message) => {
  const error = await harmless(async () => call(request));
  expect(error.name).toMatch(new RegExp(`^(${name})$`));
  expect(error.message).toContain(message);
});

test.each<[string, object, string]>([
  ['an unknown direction', { ...TRANSFER, direction: 'sideways' }, 'direction: got "sideways"; allowed: cutover or rollback'],
  ['a direction that every object has', { ...TRANSFER, direction: 'toString' }, 'direction: got "toString"'],
  ['an unknown action', { action: 'hope' }, 'action: got "hope"; allowed: state, prepare, transfer, abort, drop-old-slots'],
  ['no streams', { ...TRANSFER, streams: [] }, 'streams: got []; allowed: one, with its name and its slot on the giver'],
  ['streams that are none', { ...TRANSFER, streams: { name: 's' } }, 'streams: got {"name":"s"}'],
  ['streams without a value', { ...TRANSFER, streams: undefined }, 'streams: got nothing'],
  ['a stream that is nothing', { ...TRANSFER, streams: [null] }, 'streams: got [null]'],
  ['a stream without a slot', { ...TRANSFER, streams: [{ name: 's' }] }, 'streams: got [{"name":"s"}]'],
  ['a stream with the name of the way back\'s own', { ...TRANSFER, streams: [{ name: '', slot: 'x' }] }, 'streams: got'],
  ['two streams, each of which would bring the other\'s marker', { ...TRANSFER, streams: [{ name: 's', slot: 'x' }, { name: 't', slot: 'y' }] },
    'one stream, which carries all tables'],
  ['a deadline that is too short', { ...TRANSFER, deadlineMs: 5 }, 'deadlineMs: got 5; allowed: 1000 to 600000'],
  ['a deadline that is no number', { ...TRANSFER, deadlineMs: 'soon' }, 'deadlineMs: got "soon"'],
  ['a gap that is none', { ...TRANSFER, sequenceGap: 0 }, 'sequenceGap: got 0; allowed: a whole number from 1'],
  ['an unknown side to disarm', { action: 'disarm', side: 'middle' }, 'side: got "middle"; allowed: source or target'],
  ['an unknown side to release', { action: 'release', side: 'middle', iHaveDecommissioned: true }, 'side: got "middle"'],
])('%s', async (_, request, message) => {
  const error = await harmless(async () => call(request));
  expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining(message) });
});

describe.each<[string, object]>([['prepare', PREPARE], ['abort', ABORT], ['drop-old-slots', DROP]])('%s', (_, request) => {
  test('an unknown direction', async () => {
    const error = await harmless(async () => call({ ...request, direction: 'sideways' }));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('direction: got "sideways"') });
  });
});

describe('transfer finds before the pause', () => {
  afterEach(() => { changed = true; });

  test('a stream whose slot is not there', async () => {
    await call(PREPARE);
    const error = await harmless(async () => call(TRANSFER));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('slot no_such_slot is not there') });
  });

  test('a slot that nobody reads, which stays somebody else\'s', async () => {
    await admins.source.query("SELECT pg_create_logical_replication_slot('stranger', 'pgoutput')");
    const error = await harmless(async () => call({ ...TRANSFER, streams: [{ name: 's', slot: 'stranger' }] }));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('nobody reads slot stranger') });
    await expect(call({ action: 'finish' })).resolves.toMatchObject({ droppedSlots: [] });
  });

  test('a table that changed, one that is new, and one without its gate, on either side', async () => {
    for (const side of SIDES) await admins[side].query('ALTER TABLE pay.a ADD COLUMN more text; DROP TRIGGER "!payment_migration_gate" ON pay.b; CREATE TABLE pay.c (id integer)');
    const { message } = await refused(call(TRANSFER));
    for (const side of SIDES) for (const problem of ['pay.a has changed', 'pay.b has no gate', 'pay.c is new']) expect(message).toContain(`${side}: ${problem}`);
    for (const side of SIDES) {
      await admins[side].query(`ALTER TABLE pay.c OWNER TO ${OWNER}`);
      await pair.arm(side);
    }
    const { message: mended } = await refused(call(TRANSFER));
    expect(mended).not.toContain('pay.');
    expect(mended).toContain('slot no_such_slot is not there');
  });

  test('a slot for the way back that was never made, or vanished, until it is prepared', async () => {
    const missing = 'there is no slot for the way back on the target: prepare it';
    expect((await refused(call(TRANSFER))).message).toContain(missing);
    await expect(call(PREPARE)).resolves.toEqual({ attempt: 1, slot: 'payment_migration_target_1' });
    expect((await refused(call(TRANSFER))).message).not.toContain(missing);
    await admins.target.query("SELECT pg_drop_replication_slot('payment_migration_target_1')");
    expect((await refused(call(TRANSFER))).message).toContain(missing);
    await call(PREPARE);
    await call(PREPARE);
    expect((await refused(call(TRANSFER))).message).not.toContain(missing);
    await nothingLeft();
  });

  test('an open prepared transaction, until it is ended', async () => {
    await admins.source.query("BEGIN; INSERT INTO pay.a DEFAULT VALUES; PREPARE TRANSACTION 'undecided'");
    expect((await refused(call(TRANSFER))).message).toContain('1 prepared transactions are open on the source');
    await admins.source.query("ROLLBACK PREPARED 'undecided'");
    expect((await refused(call(TRANSFER))).message).not.toContain('prepared transactions');
  });

  test('sequences that are not alike', async () => {
    await admins.target.query('ALTER SEQUENCE pay.a_id_seq INCREMENT 5');
    expect((await refused(call(TRANSFER))).message).toContain('sequence pay.a_id_seq has another increment, limit or cycle on the taker');
  });
});

describe('prepare', () => {
  afterEach(() => { changed = true; });

  test('a plugin that is not installed, until another one is named', async () => {
    const error = await refused(call({ ...PREPARE, plugin: 'no_such_plugin' }));
    expect(error.message).toContain('no_such_plugin');
    await nothingLeft();
    await expect(call(PREPARE)).resolves.toMatchObject({ slot: 'payment_migration_target_1' });
  });

  test('a slot of the same name that somebody else made is not taken for ours', async () => {
    await admins.target.query("SELECT pg_create_logical_replication_slot('payment_migration_target_1', 'pgoutput')");
    const error = await harmless(async () => call(PREPARE));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('payment_migration_target_1') });
  });

  test('a write transaction that is open for longer than an answer usually takes', async () => {
    await admins.target.query('BEGIN; SELECT pg_current_xact_id()');
    const preparing = call(PREPARE);
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    await admins.target.query('ROLLBACK');
    await expect(preparing).resolves.toMatchObject({ slot: 'payment_migration_target_1' });
  });
});

test('sides that are mixed up are refused by all', async () => {
  const { source, target } = pair.servers;
  const swapped = {
    source: { port: target.port, certificateAuthority: target.certificateAuthority },
    target: { port: source.port, certificateAuthority: source.certificateAuthority },
  };
  for (const request of [{ action: 'arm', side: 'source' }, { action: 'disarm', side: 'target' }, { action: 'finish' }, PREPARE, TRANSFER, ABORT]) {
    const error = await harmless(async () => call(request, swapped));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('check which secret and database belong to which side') });
  }
});
