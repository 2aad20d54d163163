import type { Client } from 'pg';
import { everything } from './support/outcome';
import type { AuthorityState, Side } from '../../src/cutover/contract';
import { Databases } from '../../src/cutover/databases';
import { finish } from '../../src/cutover/seal';
import { state } from '../../src/cutover/state';
import { TOOLS } from '../../src/cutover/tools';
import { DATABASE, OWNER, Pair, SIDES } from '../support/pair';

let pair: Pair;
let databases: Databases;
let admins: Record<Side, Client>;

beforeAll(async () => {
  pair = await Pair.create({ ddl: 'CREATE SCHEMA pay; CREATE TABLE pay.a (id bigint PRIMARY KEY)' });
  databases = pair.databases();
  admins = { source: await pair.admin('source'), target: await pair.admin('target') };
});

beforeEach(async () => {
  for (const side of SIDES) {
    await admins[side].query(`SET default_transaction_read_only = off; DROP SCHEMA IF EXISTS payment_migration CASCADE; ALTER DATABASE ${DATABASE} RESET ALL;
      SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots`);
  }
});

afterAll(async () => {
  await pair?.remove();
});

const arm = async () => { for (const side of SIDES) await pair.arm(side); };
const put = async (side: Side, as: AuthorityState, attempt: number, gate = as === 'open') => admins[side].query(
  `UPDATE payment_migration.authority SET state = '${as}', attempt = ${attempt}; SELECT setval('payment_migration.gate', ${gate ? 1 : 0})`);

test('nobody is armed', async () => {
  await expect(state(databases)).resolves.toEqual({
    sides: { source: { side: 'source', armed: false }, target: { side: 'target', armed: false } },
    authority: undefined,
    wayBack: 'none',
  });
});

test('one is armed', async () => {
  await pair.arm('source');
  await expect(state(databases)).resolves.toMatchObject({ sides: { source: { armed: true, state: 'open' }, target: { armed: false } }, authority: 'source', wayBack: 'none' });
});

test('both are armed: everything is said, nothing is changed, and what is for handlers alone is left out', async () => {
  await arm();
  const before = await everything(pair);
  const shown = await state(databases);
  const side = { armed: true, attempt: 0, fence: 'triggers', problems: [], slots: [], sameServer: true };
  expect(shown).toMatchObject({
    sides: { source: { ...side, side: 'source', state: 'open', gate: 'open' }, target: { ...side, side: 'target', state: 'standby', gate: 'closed' } },
    authority: 'source',
    wayBack: 'none',
  });
  expect(Object.keys(shown.sides.source)).not.toContain('markers');
  await expect(everything(pair)).resolves.toEqual(before);
});

test.each<[string, [AuthorityState, number, boolean], [AuthorityState, number, boolean], Side | undefined]>([
  ['in the pause', ['draining', 1, false], ['standby', 1, false], undefined],
  ['between flip and opening', ['moved', 1, false], ['standby', 1, false], undefined],
  ['between the opening\'s two transactions', ['moved', 1, false], ['open', 1, false], undefined],
  ['opened', ['moved', 1, false], ['open', 1, true], 'target'],
  ['given up', ['open', 2, true], ['standby', 1, false], 'source'],
])('%s', async (_, source, target, authority) => {
  await arm();
  await put('source', ...source);
  await put('target', ...target);
  await expect(state(databases)).resolves.toMatchObject({
    authority,
    sides: { source: { state: source[0], attempt: source[1], gate: source[2] ? 'open' : 'closed' }, target: { state: target[0], attempt: target[1], gate: target[2] ? 'open' : 'closed' } },
  });
});

test('the way back: none, pending until a change of the new side has come to the old one, running', async () => {
  await arm();
  await put('source', 'moved', 1);
  await put('target', 'open', 1);
  await expect(state(databases)).resolves.toMatchObject({ authority: 'target', wayBack: 'none' });
  await admins.target.query("INSERT INTO payment_migration.record VALUES (1, 'ours', '0/1234')");
  await expect(state(databases)).resolves.toMatchObject({ wayBack: 'pending', sides: { target: { wayBack: { attempt: 1, slot: 'ours', lsn: '0/1234' } } } });
  await admins.source.query("INSERT INTO payment_migration.marker VALUES ('target', '', 0)");
  await expect(state(databases)).resolves.toMatchObject({ wayBack: 'pending' });
  await admins.source.query('UPDATE payment_migration.marker SET attempt = 1');
  await expect(state(databases)).resolves.toMatchObject({ wayBack: 'running' });
});

test('slots: idle, spent, gone', async () => {
  await arm();
  await admins.target.query("SELECT pg_create_logical_replication_slot('idle', 'pgoutput')");
  await admins.target.query("INSERT INTO payment_migration.slot VALUES ('idle', 1, false), ('gone', 2, false), ('spent', 3, true)");
  const slot = { spent: false, active: false, status: 'missing' };
  await expect(state(databases)).resolves.toMatchObject({
    sides: { target: { slots: [{ ...slot, name: 'idle', attempt: 1, status: 'reserved' }, { ...slot, name: 'gone', attempt: 2 }, { ...slot, name: 'spent', attempt: 3, spent: true }] } },
  });
});

test('tables that are not as they were armed', async () => {
  await arm();
  await admins.target.query(`SET ROLE ${OWNER}; CREATE TABLE pay.late (id integer); RESET ROLE`);
  await expect(state(databases)).resolves.toMatchObject({ sides: { source: { problems: [] }, target: { problems: ['pay.late is new'] } } });
  await admins.target.query('DROP TABLE pay.late');
});

test('a sealed side says so', async () => {
  await arm();
  await expect(state(databases)).resolves.toMatchObject({ sides: { source: { sealed: false }, target: { sealed: false } } });
  await finish(databases, TOOLS);
  await expect(state(databases)).resolves.toMatchObject({ authority: undefined, sides: { source: { armed: false }, target: { state: 'standby', gate: 'closed', sealed: true } } });
});

test('an older copy of a side has no authority, whatever its row says', async () => {
  await arm();
  await admins.source.query("UPDATE payment_migration.authority SET system_identifier = '1'");
  await expect(state(databases)).resolves.toMatchObject({ authority: undefined, sides: { source: { state: 'open', gate: 'closed', sameServer: false } } });
});

test('a schema that is there without its row, as a copy without data has it, is not armed', async () => {
  await arm();
  await admins.target.query('DELETE FROM payment_migration.authority');
  await expect(state(databases)).resolves.toMatchObject({ sides: { target: { side: 'target', armed: false } } });
  await expect(pair.arm('target')).resolves.toMatchObject({ state: 'standby' });
});

test('a side that does not answer is said to be so, the other one is shown', async () => {
  await arm();
  await pair.servers.target.stop();
  try {
    await expect(state(databases)).resolves.toMatchObject({
      authority: 'source',
      wayBack: 'none',
      sides: { source: { state: 'open' }, target: { side: 'target', unreachable: expect.stringContaining('payments on localhost') } },
    });
    await pair.servers.source.stop();
    const unreachable = { unreachable: expect.any(String) };
    await expect(state(databases)).resolves.toMatchObject({ authority: undefined, sides: { source: unreachable, target: unreachable } });
  } finally {
    for (const side of SIDES) {
      await pair.servers[side].start();
      admins[side] = await pair.admin(side);
    }
  }
  await expect(state(databases)).resolves.toMatchObject({ authority: 'source', sides: { target: { state: 'standby' } } });
});
