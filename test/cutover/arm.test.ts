import type { Client } from 'pg';
import { eventually } from './support/eventually';
import { everythingOf, refused } from './support/outcome';
import { checkServer } from '../../src/cutover/arm';
import type { ArmRequest, Side } from '../../src/cutover/contract';
import type { Databases } from '../../src/cutover/databases';
import { state } from '../../src/cutover/state';
import { APPLICATION, DATABASE, MIGRATION, OWNER, Pair, SIDES } from '../support/pair';

let pair: Pair;
let databases: Databases;
let admin: Client;

beforeAll(async () => {
  pair = await Pair.create({ ddl: '' });
  databases = pair.databases();
  for (const side of SIDES) await (await pair.admin(side)).query(`CREATE ROLE applier LOGIN; GRANT applier TO ${MIGRATION} WITH ADMIN TRUE`);
  admin = await pair.admin('source');
});

beforeEach(async () => {
  await fresh(admin);
});

afterAll(async () => {
  await pair?.remove();
});

async function fresh(client: Client): Promise<void> {
  await client.query(`
    SET default_transaction_read_only = off;
    ALTER ROLE ${MIGRATION} NOSUPERUSER REPLICATION; GRANT pg_monitor, pg_signal_backend, ${OWNER} TO ${MIGRATION};
    DROP EVENT TRIGGER IF EXISTS payment_migration_sql_drop; DROP EVENT TRIGGER IF EXISTS payment_migration_ddl_command_end;
    DROP SCHEMA IF EXISTS payment_migration CASCADE; DROP SCHEMA IF EXISTS pay CASCADE; DROP SCHEMA IF EXISTS dms CASCADE;
    ALTER DATABASE ${DATABASE} OWNER TO ${OWNER}; ALTER DATABASE ${DATABASE} RESET ALL;
    ALTER ROLE applier IN DATABASE ${DATABASE} RESET ALL; ALTER ROLE ${MIGRATION} IN DATABASE ${DATABASE} RESET ALL;
    SET ROLE ${OWNER};
    CREATE SCHEMA pay; GRANT USAGE ON SCHEMA pay TO ${APPLICATION};
    CREATE TABLE pay.a (id bigserial PRIMARY KEY); CREATE TABLE pay.b (id bigserial PRIMARY KEY);
    GRANT ALL ON ALL TABLES IN SCHEMA pay TO ${APPLICATION}; GRANT ALL ON ALL SEQUENCES IN SCHEMA pay TO ${APPLICATION};
    RESET ROLE`);
}

const armed = async (request: Partial<ArmRequest> = {}) => pair.arm('source', request);
const stateOf = async (side: Side) => (await state(databases)).sides[side];
const gates = async () => (await admin.query<{ name: string }>(
  "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = '!payment_migration_gate' ORDER BY 1")).rows.map(({ name }) => name);
const told = async () => (await admin.query<{ told: string }>(
  "SELECT format('%s %s', setrole::regrole, setconfig) AS told FROM pg_db_role_setting ORDER BY 1")).rows.map((row) => row.told);

test('a source starts open, a target closed, and a second arming changes nothing', async () => {
  const warnings = [expect.stringMatching(/^event trigger: /)];
  await expect(armed({ appliers: ['applier'] })).resolves.toEqual({ side: 'source', state: 'open', attempt: 0, tables: 2, eventTrigger: false, discovery: true, warnings });
  const before = await everythingOf(admin);
  await expect(armed({ appliers: ['applier'] })).resolves.toMatchObject({ state: 'open', attempt: 0, tables: 2 });
  await expect(everythingOf(admin)).resolves.toBe(before);
  await fresh(await pair.admin('target'));
  await expect(pair.arm('target')).resolves.toMatchObject({ side: 'target', state: 'standby', attempt: 0, tables: 2 });
  await expect(stateOf('source')).resolves.toMatchObject({ gate: 'open', problems: [] });
  await expect(stateOf('target')).resolves.toMatchObject({ gate: 'closed', problems: [] });
});

test('two armings at once', async () => {
  const results = await Promise.allSettled([armed(), armed(), armed()]);
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'DatabaseUnavailable' });
  }
  await expect(armed()).resolves.toMatchObject({ tables: 2 });
  await expect(stateOf('source')).resolves.toMatchObject({ state: 'open', gate: 'open', problems: [] });
});

test('appliers pass the closed gate and are not told that it is closed, until they are armed without', async () => {
  await admin.query('GRANT USAGE ON SCHEMA pay TO applier; GRANT INSERT ON pay.a TO applier');
  await armed({ appliers: ['applier'] });
  const migration = await databases.on('source');
  await migration.query('SELECT payment_migration.close(1, 100)');
  const settings = ['applier {default_transaction_read_only=off}', 'payment_migration {default_transaction_read_only=off}'];
  await expect(told()).resolves.toEqual(['- {default_transaction_read_only=on}', ...settings]);
  await admin.query('SET SESSION AUTHORIZATION applier; INSERT INTO pay.a VALUES (1); RESET SESSION AUTHORIZATION');
  await armed({ appliers: [] });
  await expect(told()).resolves.toEqual(['- {default_transaction_read_only=on}', settings[1]]);
  await expect(admin.query('SET SESSION AUTHORIZATION applier; INSERT INTO pay.a VALUES (2)')).rejects.toMatchObject({ code: '25006' });
  await admin.query('RESET SESSION AUTHORIZATION');
});

test('schemas that are ignored get no gate; tables that appear between two armings do', async () => {
  await admin.query(`SET ROLE ${OWNER}; CREATE SCHEMA dms; CREATE TABLE dms.control (id integer); CREATE TABLE pay.awsdms_status (id integer); RESET ROLE`);
  await armed({ ignoredSchemas: ['dms'] });
  await expect(gates()).resolves.toEqual(['pay.a', 'pay.b']);
  await admin.query(`SET ROLE ${OWNER}; CREATE TABLE pay.c (id integer); ALTER TABLE pay.a ADD COLUMN more text; RESET ROLE`);
  await expect(stateOf('source')).resolves.toMatchObject({ problems: ['pay.a has changed', 'pay.c is new'] });
  await armed({ ignoredSchemas: ['dms'] });
  await expect(gates()).resolves.toEqual(['pay.a', 'pay.b', 'pay.c']);
  await expect(stateOf('source')).resolves.toMatchObject({ problems: [] });
  await armed();
  await expect(gates()).resolves.toEqual(['dms.control', 'pay.a', 'pay.b', 'pay.c']);
});

test('a gate that was switched off, or made otherwise, is made anew', async () => {
  await armed();
  await admin.query(`ALTER TABLE pay.a DISABLE TRIGGER "!payment_migration_gate"; DROP TRIGGER "!payment_migration_gate" ON pay.b;
    CREATE TRIGGER "!payment_migration_gate" BEFORE INSERT ON pay.b FOR EACH STATEMENT EXECUTE FUNCTION payment_migration.pass_gate()`);
  await expect(stateOf('source')).resolves.toMatchObject({ problems: ['pay.a has no gate', 'pay.b has no gate'] });
  await armed();
  await expect(stateOf('source')).resolves.toMatchObject({ problems: [] });
});

test('waits for who holds a table for seconds, and nobody else waits for long', async () => {
  const [holder, bystander] = [await pair.app('source'), await pair.app('source')];
  await holder.query('BEGIN; INSERT INTO pay.a DEFAULT VALUES');
  const stalls: number[] = [];
  let arming = true;
  const watching = (async () => {
    while (arming) {
      const begin = performance.now();
      await bystander.query('INSERT INTO pay.a DEFAULT VALUES');
      stalls.push(performance.now() - begin);
    }
  })();
  const begin = performance.now();
  const done = armed().finally(() => { arming = false; });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await holder.query('COMMIT');
  await expect(done).resolves.toMatchObject({ tables: 2 });
  await watching;
  expect(performance.now() - begin).toBeGreaterThan(1_400);
  // Behind a lock that waits for 100 ms; what else happens on the machine is added.
  expect(Math.max(...stalls)).toBeGreaterThan(50);
  expect(Math.max(...stalls)).toBeLessThan(500);
  await expect(stateOf('source')).resolves.toMatchObject({ problems: [] });
});

test('a table of somebody else\'s: refused by name, with what to do, and nothing is there', async () => {
  await admin.query('CREATE ROLE stranger; CREATE TABLE pay.foreign_one (id integer); ALTER TABLE pay.foreign_one OWNER TO stranger');
  const before = await everythingOf(admin);
  await expect(refused(armed())).resolves.toMatchObject({
    name: 'Refused',
    message: `permission denied: the login ${MIGRATION} does not own pay.foreign_one; GRANT "stranger" TO "${MIGRATION}"`,
  });
  await expect(everythingOf(admin)).resolves.toBe(before);
  await expect(stateOf('source')).resolves.toEqual({ side: 'source', armed: false });
  await admin.query(`GRANT stranger TO ${MIGRATION}`);
  await expect(armed()).resolves.toMatchObject({ tables: 3 });
  await admin.query('DROP TABLE pay.foreign_one; DROP ROLE stranger');
});

test.each([
  ['pg_monitor', `REVOKE pg_monitor FROM ${MIGRATION}`, 'is not a member of pg_monitor; GRANT pg_monitor TO "payment_migration"'],
  ['pg_monitor and pg_signal_backend', `REVOKE pg_monitor, pg_signal_backend FROM ${MIGRATION}`,
    'is not a member of pg_monitor and pg_signal_backend; GRANT pg_monitor, pg_signal_backend TO "payment_migration"'],
  ['REPLICATION', `ALTER ROLE ${MIGRATION} NOREPLICATION`, 'may not make replication slots; ALTER ROLE "payment_migration" REPLICATION; on RDS: GRANT rds_replication TO "payment_migration"'],
])('a login without %s: refused with what to grant', async (_, statement, message) => {
  await admin.query(statement);
  const before = await everythingOf(admin);
  await expect(refused(armed())).resolves.toMatchObject({ name: 'Refused', message: `the login ${MIGRATION} ${message}` });
  await expect(everythingOf(admin)).resolves.toBe(before);
});

test('a login that may not make a schema: refused with the database\'s own words', async () => {
  await admin.query(`ALTER DATABASE ${DATABASE} OWNER TO postgres`);
  await expect(refused(armed())).resolves.toMatchObject({ name: 'DatabaseUnavailable', message: expect.stringContaining(`permission denied for database ${DATABASE}`) });
});

test('a login that does not own the database: armed, without discovery, and it says so', async () => {
  await admin.query(`ALTER DATABASE ${DATABASE} OWNER TO postgres; GRANT CREATE ON DATABASE ${DATABASE} TO ${MIGRATION}`);
  await expect(armed()).resolves.toMatchObject({ discovery: false, warnings: [expect.stringMatching(/^discovery: /), expect.stringMatching(/^event trigger: /)] });
  const migration = await databases.on('source');
  await migration.query('SELECT payment_migration.close(1, 100)');
  await expect(told()).resolves.toEqual(['payment_migration {default_transaction_read_only=off}']);
});

test('an applier whose settings are not ours to change: a warning', async () => {
  await admin.query('CREATE ROLE proud SUPERUSER');
  await expect(armed({ appliers: ['proud'] })).resolves.toMatchObject({ warnings: expect.arrayContaining([expect.stringMatching(/^applier proud: /)]) });
  await admin.query('DROP ROLE proud');
});

test('a superuser\'s login refuses DDL with event triggers', async () => {
  await admin.query(`ALTER ROLE ${MIGRATION} SUPERUSER`);
  await expect(armed()).resolves.toMatchObject({ eventTrigger: true, warnings: [] });
  await expect(armed()).resolves.toMatchObject({ eventTrigger: true });
  await expect(admin.query('CREATE TABLE pay.late (id integer)')).rejects.toMatchObject({ code: '25006', detail: 'PM002: schema is frozen' });
  await admin.query('CREATE TEMPORARY TABLE passing (id integer)');
});

test('a side that was armed as the other one is refused, and stays as it is', async () => {
  await armed();
  await admin.query("UPDATE payment_migration.authority SET side = 'target', state = 'standby'");
  const before = await everythingOf(admin);
  await expect(refused(armed())).resolves.toMatchObject({ name: 'Refused', message: expect.stringContaining('the database that is said to be the source was armed as the target') });
  await expect(everythingOf(admin)).resolves.toBe(before);
});

test('a gate that is closed although its side is open is opened', async () => {
  await armed();
  await admin.query("SELECT setval('payment_migration.gate', 0)");
  await expect(stateOf('source')).resolves.toMatchObject({ state: 'open', gate: 'closed' });
  await armed();
  await expect(stateOf('source')).resolves.toMatchObject({ state: 'open', gate: 'open' });
});

test('a side that has no authority stays closed, whatever its sequence says', async () => {
  await armed();
  await (await databases.on('source')).query('SELECT payment_migration.close(1, 100)');
  await admin.query("SELECT setval('payment_migration.gate', 1)");
  await expect(armed()).resolves.toMatchObject({ state: 'draining', attempt: 1 });
  await expect(stateOf('source')).resolves.toMatchObject({ gate: 'closed' });
});

test('another server, or another timeline: refused until somebody says that it has everything', async () => {
  await armed();
  await admin.query("UPDATE payment_migration.authority SET timeline = '00000009'");
  const before = await everythingOf(admin);
  await expect(refused(armed())).resolves.toMatchObject({ name: 'FailoverDetected' });
  await expect(everythingOf(admin)).resolves.toBe(before);
  await expect(stateOf('source')).resolves.toMatchObject({ sameServer: false, gate: 'closed' });
  await expect(armed({ acceptNewIdentity: 'Ada' })).resolves.toMatchObject({ state: 'open' });
  await expect(stateOf('source')).resolves.toMatchObject({ sameServer: true, gate: 'open' });
});

test.each<[string, object, string]>([
  ['side', { side: 'middle' }, 'side: got "middle"; allowed: source or target'],
  ['side', { side: undefined }, 'side: got nothing; allowed: source or target'],
  ['fence', { fence: { kind: 'hope' } }, 'fence.kind: got "hope"; allowed: triggers or roles'],
  ['writers', { fence: { kind: 'roles' } }, 'fence.writers: got nothing; allowed: every login that writes payments, and every role that it may write through'],
  ['writers', { fence: { kind: 'roles', writers: [] } }, 'fence.writers: got []'],
  ['writers', { fence: { kind: 'roles', writers: 'app' } }, 'fence.writers: got "app"; allowed: a list of names'],
  ['appliers', { appliers: [''] }, 'appliers: got [""]; allowed: a list of names'],
  ['appliers', { appliers: ['nobody', APPLICATION] }, 'appliers: nobody does not exist; create the login first, or correct its name'],
  ['ignoredSchemas', { ignoredSchemas: 'dms' }, 'ignoredSchemas: got "dms"; allowed: a list of names'],
  ['acceptNewIdentity', { acceptNewIdentity: ' ' }, 'acceptNewIdentity: got " "; allowed: the name of who made sure'],
])('%s of %j is refused before anything is touched', async (_, request, message) => {
  const before = await everythingOf(admin);
  await expect(refused(armed(request))).resolves.toMatchObject({ name: 'Refused', message: expect.stringContaining(message) });
  await expect(everythingOf(admin)).resolves.toBe(before);
});

test('an older PostgreSQL than 13 is refused', () => {
  const server = { version: 130_000, login: 'm', monitors: true, terminates: true, replicates: true, ownsDatabase: true, makesEventTriggers: false };
  expect(() => checkServer(server)).not.toThrow();
  expect(() => checkServer({ ...server, version: 120_019 })).toThrow('PostgreSQL 12 is too old; the oldest that the gate is made for is 13');
});

test('what arming waits for is found in time by who arms', async () => {
  const holder = await pair.app('source');
  await holder.query('BEGIN; INSERT INTO pay.b DEFAULT VALUES');
  const arming = armed();
  await eventually('first gate', async () => (await gates()).includes('pay.a'));
  await expect(stateOf('source')).resolves.toMatchObject({ state: 'open', problems: ['pay.a is new', 'pay.b is new'] });
  await holder.query('ROLLBACK');
  await expect(arming).resolves.toMatchObject({ tables: 2 });
});

test('a schema of our name that somebody else made is not touched, and nothing in it is run', async () => {
  const root = await pair.admin('target');
  await root.query('SET default_transaction_read_only = off');
  await root.query('DROP SCHEMA IF EXISTS payment_migration CASCADE; CREATE SCHEMA payment_migration');
  await root.query('CREATE FUNCTION payment_migration.side_state() RETURNS jsonb LANGUAGE sql AS $$ SELECT NULL::jsonb FROM pg_sleep(60) $$');
  await expect(pair.arm('target')).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('the schema payment_migration belongs to postgres') });
  await root.query('DROP SCHEMA payment_migration CASCADE');
});
