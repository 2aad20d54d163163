import type { Client, ClientConfig } from 'pg';
import { eventually } from './support/eventually';
import { everything, problemOf, refused } from './support/outcome';
import type { ArmRequest, AuthorityState, Side } from '../../src/cutover/contract';
import type { Databases } from '../../src/cutover/databases';
import { disarm, finish, release } from '../../src/cutover/seal';
import { state } from '../../src/cutover/state';
import { TOOLS } from '../../src/cutover/tools';
import { APPLICATION, DATABASE, MIGRATION, OWNER, Pair, SIDES } from '../support/pair';

const WAITING = 'default_transaction_read_only';

let pair: Pair;
let databases: Databases;
let admins: Record<Side, Client>;

beforeAll(async () => {
  pair = await Pair.create({ ddl: '' });
  databases = pair.databases();
  admins = { source: await pair.admin('source'), target: await pair.admin('target') };
  for (const side of SIDES) await admins[side].query(`SET ${WAITING} = off; CREATE PUBLICATION nothing; CREATE ROLE applier; GRANT applier TO ${MIGRATION} WITH ADMIN TRUE`);
});

beforeEach(async () => {
  for (const side of SIDES) {
    await admins[side].query(`
      ALTER ROLE ${MIGRATION} NOSUPERUSER;
      DROP EVENT TRIGGER IF EXISTS payment_migration_sql_drop; DROP EVENT TRIGGER IF EXISTS payment_migration_ddl_command_end;
      DROP SCHEMA IF EXISTS payment_migration CASCADE; DROP SCHEMA IF EXISTS pay CASCADE;
      SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active;
      ALTER DATABASE ${DATABASE} RESET ALL; ALTER ROLE applier IN DATABASE ${DATABASE} RESET ALL; ALTER ROLE ${MIGRATION} IN DATABASE ${DATABASE} RESET ALL`);
    await eventually('idle slots', async () => (await admins[side].query('SELECT FROM pg_replication_slots WHERE active')).rowCount === 0);
    await admins[side].query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    await admins[side].query(`
      SET ROLE ${OWNER};
      CREATE SCHEMA pay; GRANT USAGE ON SCHEMA pay TO ${APPLICATION};
      CREATE TABLE pay.a (id bigint PRIMARY KEY); CREATE TABLE pay.b (id bigint PRIMARY KEY); CREATE TABLE pay.c (id bigint PRIMARY KEY);
      GRANT ALL ON ALL TABLES IN SCHEMA pay TO ${APPLICATION};
      RESET ROLE`);
  }
});

afterAll(async () => {
  await pair?.remove();
});

const arm = async (request: Partial<ArmRequest> = {}) => { for (const side of SIDES) await pair.arm(side, request); };
/** Puts a side into a state that a transfer would leave it in. */
const put = async (side: Side, as: AuthorityState, attempt: number) => admins[side].query(`
  UPDATE payment_migration.authority SET state = '${as}', attempt = ${attempt}; SELECT setval('payment_migration.gate', ${as === 'open' ? 1 : 0});
  ALTER DATABASE ${DATABASE} ${as === 'open' ? `RESET ${WAITING}` : `SET ${WAITING} = on`}`);
/** Armed, and authority has moved to the target. */
const cutOver = async () => {
  await arm({ appliers: ['applier'] });
  await put('source', 'moved', 1);
  await put('target', 'open', 1);
};
const slot = async (side: Side, name: string, ours: boolean) => {
  await admins[side].query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [name]);
  if (ours) await admins[side].query('INSERT INTO payment_migration.slot VALUES ($1, 1)', [name]);
};
const slots = async (side: Side) => (await admins[side].query<{ name: string }>('SELECT slot_name AS name FROM pg_replication_slots ORDER BY 1')).rows.map(({ name }) => name);
/** Somebody reads the slot. */
const read = async (side: Side, name: string) => {
  const reader = await pair.servers[side].connect(DATABASE, { replication: 'database' } as ClientConfig);
  // Never answered: it streams until somebody ends it.
  reader.query(`START_REPLICATION SLOT ${name} LOGICAL 0/0 (proto_version '1', publication_names 'nothing')`).catch(() => undefined);
  await eventually('reader', async () => (await admins[side].query('SELECT FROM pg_replication_slots WHERE active')).rowCount === 1);
};
const insert = async (side: Side, table = 'a') => {
  const client = await pair.servers[side].connect(DATABASE, { user: APPLICATION, password: APPLICATION, options: `-c ${WAITING}=off` });
  return client.query(`INSERT INTO pay.${table} SELECT coalesce(max(id), 0) + 1 FROM pay.${table}`).finally(async () => client.end());
};
/** What is ours on a side, by kind. */
const ours = async (side: Side) => (await admins[side].query(`SELECT
  to_regnamespace('payment_migration') IS NOT NULL AS schema,
  (SELECT count(*)::integer FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.pronamespace = to_regnamespace('payment_migration')) AS triggers,
  (SELECT count(*)::integer FROM pg_event_trigger) AS "eventTriggers",
  (SELECT count(*)::integer FROM pg_db_role_setting) AS settings`)).rows[0] as object;
const NOTHING = { schema: false, triggers: 0, eventTriggers: 0, settings: 0 };

describe('disarm', () => {
  test('takes the gates from the side with authority, which can be armed again', async () => {
    await arm();
    await expect(disarm(databases, { action: 'disarm', side: 'source' }, TOOLS)).resolves.toEqual({ side: 'source', tables: 3 });
    await expect(ours('source')).resolves.toMatchObject({ schema: true, triggers: 0 });
    await insert('source');
    const { sides } = await state(databases);
    expect(sides.source).toMatchObject({ state: 'open', problems: ['pay.a has no gate', 'pay.b has no gate', 'pay.c has no gate'] });
    await expect(disarm(databases, { action: 'disarm', side: 'source' }, TOOLS)).resolves.toEqual({ side: 'source', tables: 0 });
    await pair.arm('source');
    expect((await state(databases)).sides.source).toMatchObject({ problems: [] });
  });

  test.each<AuthorityState>(['draining', 'moved', 'standby'])('refuses a side that is %s', async (as) => {
    await arm();
    await put('source', as, 1);
    const before = await everything(pair);
    const error = await refused(disarm(databases, { action: 'disarm', side: 'source' }, TOOLS));
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining(`the source is ${as}(1): without its gate anybody could write there`) });
    await expect(everything(pair)).resolves.toEqual(before);
  });

  test('a closing that comes first keeps all gates, one that comes second is refused', async () => {
    await arm();
    const [reader, migration] = [await pair.admin('source'), await pair.databases().on('source')];
    // Reads, so it is no writer that a closing would wait for; but no trigger can be taken meanwhile.
    await reader.query('BEGIN; SELECT FROM pay.a');
    const first = refused(disarm(databases, { action: 'disarm', side: 'source' }, TOOLS));
    await eventually('disarming that waits', async () => (await admins.source.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'pay.a'::regclass")).rowCount === 1);
    await eventually('closing', async () => migration.query('SELECT payment_migration.close(1, 400)').then(() => true));
    await reader.query('ROLLBACK');
    await expect(first).resolves.toMatchObject({ name: 'StaleAttempt', message: expect.stringContaining('the source is draining(1), not open(0)') });
    for (const table of ['a', 'b', 'c']) await expect(insert('source', table)).rejects.toMatchObject({ code: '25006' });

    await migration.query("SELECT payment_migration.abort(1, '{}'), payment_migration.open_gate(2)");
    await reader.query('BEGIN; SELECT FROM pay.b');
    const second = disarm(databases, { action: 'disarm', side: 'source' }, TOOLS);
    await eventually('first gate gone', async () => JSON.stringify((await state(databases)).sides.source).includes('pay.a has no gate'));
    await expect(migration.query('SELECT payment_migration.close(3, 400)')).rejects.toMatchObject({ code: expect.stringMatching('PM011|55P03') });
    await reader.query('ROLLBACK');
    await expect(second).resolves.toMatchObject({ tables: 3 });
    await insert('source');
  });
});

describe('finish', () => {
  test('leaves nothing on the side with authority, seals the other one, and drops our slots and nobody else\'s', async () => {
    for (const side of SIDES) await admins[side].query(`ALTER ROLE ${MIGRATION} SUPERUSER`);
    await databases.end();
    await cutOver();
    for (const side of SIDES) {
      await slot(side, 'stranger', false);
      await slot(side, `ours_${side}`, true);
      await expect(ours(side)).resolves.toMatchObject({ schema: true, eventTriggers: 2 });
    }
    await admins.target.query("INSERT INTO payment_migration.slot VALUES ('never_made', 3)");

    const result = { authority: 'target', sealed: 'source' };
    await expect(finish(databases, TOOLS)).resolves.toEqual({ ...result, droppedSlots: ['ours_source', 'ours_target'] });
    await expect(ours('target')).resolves.toEqual(NOTHING);
    await insert('target');
    await admins.target.query('CREATE TABLE pay.d (id integer)');
    for (const side of SIDES) await expect(slots(side)).resolves.toEqual(['stranger']);

    await expect(insert('source')).rejects.toMatchObject({ code: '25006', detail: 'PM001: writes moved' });
    expect((await state(databases)).sides).toMatchObject({ source: { armed: true, state: 'moved', gate: 'closed' }, target: { armed: false } });
    await expect(refused(pair.arm('source'))).resolves.toMatchObject({ name: 'Refused', message: expect.stringContaining('the source was sealed') });
    // The answer got lost.
    await expect(finish(databases, TOOLS)).resolves.toEqual({ ...result, droppedSlots: [] });
    await expect(insert('source')).rejects.toMatchObject({ code: '25006' });
  });

  test('nothing of a transfer is done on a sealed side any more', async () => {
    await arm();
    await finish(databases, TOOLS);
    const migration = await databases.on('target');
    for (const call of ['raise_to(1)', "own_slot('late', 1)", "set_sequences('[]', 1)", 'open_gate(0)']) {
      await expect(problemOf(migration.query(`SELECT payment_migration.${call}`))).resolves.toMatchObject({ code: 'PM019', message: 'the target was sealed when the migration was finished' });
    }
    await expect(insert('target')).rejects.toMatchObject({ code: '25006' });
  });

  test('a migration that never was leaves authority with the source', async () => {
    await arm();
    await expect(finish(databases, TOOLS)).resolves.toEqual({ authority: 'source', sealed: 'target', droppedSlots: [] });
    await expect(ours('source')).resolves.toEqual(NOTHING);
    await insert('source');
    await expect(insert('target')).rejects.toMatchObject({ code: '25006' });
  });

  test('one that was cut off goes on where it was', async () => {
    await cutOver();
    const reader = await pair.admin('target');
    await reader.query('BEGIN; SELECT FROM pay.b');
    const first = refused(finish(databases, TOOLS));
    await eventually('first gate gone', async () => (await admins.target.query(
      "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pay.b'::regclass")).rowCount === 1);
    await admins.target.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${MIGRATION}'`);
    await expect(first).resolves.toMatchObject({ name: 'DatabaseUnavailable' });
    await reader.query('ROLLBACK');
    await expect(insert('source')).rejects.toMatchObject({ code: '25006' });
    await expect(finish(databases, TOOLS)).resolves.toMatchObject({ authority: 'target', sealed: 'source' });
    await expect(ours('target')).resolves.toEqual(NOTHING);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['nobody has authority', async () => put('target', 'standby', 1), 'no side has authority now; complete or abort the transfer first'],
    ['a transfer is under way', async () => put('target', 'draining', 2), 'no side has authority now'],
    ['a slot of the sealed side is read', async () => { await slot('source', 'ours', true); await read('source', 'ours'); }, 'slots are in use: ours'],
    ['a slot of the side with authority is read', async () => { await slot('target', 'ours', true); await read('target', 'ours'); }, 'slots are in use: ours'],
    ['the other side is not armed', async () => admins.source.query('DROP SCHEMA payment_migration CASCADE'), 'the source is not armed'],
    ['the sides are mixed up', async () => { for (const side of SIDES) await admins[side].query(`UPDATE payment_migration.authority SET side = '${side === 'source' ? 'target' : 'source'}'`); },
      'was armed as the target'],
  ])('refuses, and changes nothing, where %s', async (_, prepare, message) => {
    await cutOver();
    await prepare();
    const before = await everything(pair);
    await expect(refused(finish(databases, TOOLS))).resolves.toMatchObject({ name: 'Refused', message: expect.stringContaining(message) });
    await expect(everything(pair)).resolves.toEqual(before);
  });

  test('refuses where a transfer begins between its two reads', async () => {
    await arm();
    const target = await databases.on('target');
    const one = target.one.bind(target) as (text: string) => Promise<never>;
    // Its first question to the side that it is about to seal.
    jest.spyOn(target, 'one').mockImplementationOnce(async (text: string) => {
      await put('source', 'draining', 1);
      return one(text);
    });
    await expect(refused(finish(databases, TOOLS))).resolves.toMatchObject({
      name: 'StaleAttempt', message: expect.stringContaining('the source has changed meanwhile'),
    });
    expect((await state(databases)).sides.target).toMatchObject({ armed: true, sealed: false });
  });

  test('refuses where the side with authority is an older copy of itself', async () => {
    await cutOver();
    await admins.target.query("UPDATE payment_migration.authority SET timeline = '00000007'");
    await expect(refused(finish(databases, TOOLS))).resolves.toMatchObject({ name: 'FailoverDetected' });
    await expect(ours('target')).resolves.toMatchObject({ schema: true, triggers: 6 });
  });
});

describe('release', () => {
  const released = async (side: Side, iHaveDecommissioned = true) => release(databases, { action: 'release', side, iHaveDecommissioned }, TOOLS);

  test('takes everything from the sealed side, and can be repeated', async () => {
    await cutOver();
    await slot('source', 'stranger', false);
    await finish(databases, TOOLS);
    await expect(insert('source')).rejects.toMatchObject({ code: '25006' });
    await expect(released('source')).resolves.toEqual({ side: 'source', released: true });
    await expect(ours('source')).resolves.toEqual(NOTHING);
    await expect(slots('source')).resolves.toEqual(['stranger']);
    await insert('source');
    await expect(released('source')).resolves.toEqual({ side: 'source', released: true });
    await expect(pair.arm('source')).resolves.toMatchObject({ state: 'open', attempt: 0 });
  });

  test('one that was cut off goes on where it was', async () => {
    await cutOver();
    await finish(databases, TOOLS);
    const reader = await pair.admin('source');
    await reader.query('BEGIN; SELECT FROM pay.b');
    const first = refused(released('source'));
    await eventually('first gate gone', async () => (await admins.source.query(
      "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pay.b'::regclass")).rowCount === 1);
    await admins.source.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${MIGRATION}'`);
    await expect(first).resolves.toMatchObject({ name: 'DatabaseUnavailable' });
    await reader.query('ROLLBACK');
    await released('source');
    await expect(ours('source')).resolves.toEqual(NOTHING);
  });

  test.each<[string, () => Promise<unknown>, Side, string]>([
    ['nobody has said that it is out of use', async () => released('source', false), 'source', 'iHaveDecommissioned: got false, allowed: true'],
    ['it has authority', async () => released('target'), 'target', 'the target has authority: it is open(1)'],
    ['it is draining', async () => { await put('target', 'draining', 2); return released('target'); }, 'target', 'the target has authority: it is draining(2)'],
    ['the migration goes on', async () => released('source'), 'source', 'the source is not sealed: the migration goes on; finish it first'],
  ])('refuses where %s', async (_, work, side, message) => {
    await cutOver();
    await expect(refused(work())).resolves.toMatchObject({ name: 'Refused', message: expect.stringContaining(message) });
    await expect(ours(side)).resolves.toMatchObject({ schema: true, triggers: 6 });
    await expect(insert('source')).rejects.toMatchObject({ code: '25006' });
  });
});
