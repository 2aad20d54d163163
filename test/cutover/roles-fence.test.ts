import type { Client } from 'pg';
import { eventually } from './support/eventually';
import { everythingOf, problemOf, refused } from './support/outcome';
import { arm } from '../../src/cutover/arm';
import type { ArmRequest } from '../../src/cutover/contract';
import type { Databases } from '../../src/cutover/databases';
import { release } from '../../src/cutover/seal';
import { TOOLS } from '../../src/cutover/tools';
import type { Session } from '../../src/postgres';
import { APPLICATION, DATABASE, MIGRATION, OWNER, Pair, SIDES } from '../support/pair';

const ROLES = ['batch', 'clerks', 'clerk', 'handed', 'boss', 'chief', 'reader'];
const FENCE = { kind: 'roles', writers: [APPLICATION, 'clerks', 'clerk'] } as const;

let pair: Pair;
let databases: Databases;
let giving: Session;
let admin: Client;

beforeAll(async () => {
  pair = await Pair.create({ ddl: '' });
  databases = pair.databases();
  for (const side of SIDES) {
    const client = await pair.admin(side);
    await client.query('SET default_transaction_read_only = off');
    // What arming asks for, from PostgreSQL 16 on.
    for (const role of ROLES) await client.query(`CREATE ROLE ${role} ${role === 'clerks' ? '' : `LOGIN PASSWORD '${role}'`}`);
    for (const role of [APPLICATION, ...ROLES]) await client.query(`GRANT ${role} TO ${MIGRATION} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
    if (side === 'source') admin = client;
    else await fresh(client);
  }
});

/** Nobody is armed, and the application, the clerks, one of them and a reader have their rights. */
async function fresh(client: Client): Promise<void> {
  const roles = [APPLICATION, OWNER, ...ROLES].join(', ');
  await client.query(`
    DROP SCHEMA IF EXISTS payment_migration CASCADE; DROP SCHEMA IF EXISTS pay CASCADE; REVOKE clerks, boss FROM clerk, chief; REVOKE pg_write_all_data FROM clerk;
    ALTER ROLE ${OWNER} NOLOGIN NOSUPERUSER; ALTER ROLE clerks NOLOGIN; ALTER ROLE ${APPLICATION} NOSUPERUSER`);
  for (const role of [APPLICATION, ...ROLES.filter((login) => login !== 'clerks')]) await client.query(`ALTER ROLE ${role} LOGIN`);
  await client.query(`
    SET ROLE ${OWNER};
    CREATE SCHEMA pay;
    GRANT USAGE ON SCHEMA pay TO ${roles};
    CREATE TABLE pay.payment (id bigint PRIMARY KEY, amount numeric, note text);
    CREATE TABLE pay."Odd ""name""" (id bigint PRIMARY KEY, "Some column" text);
    CREATE TABLE pay.part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE pay.part_1 PARTITION OF pay.part DEFAULT;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pay TO ${APPLICATION};
    GRANT TRUNCATE ON pay.payment TO ${APPLICATION} WITH GRANT OPTION;
    GRANT INSERT (id, note), UPDATE (note) ON pay.payment TO clerks;
    GRANT UPDATE ("Some column") ON pay."Odd ""name""" TO clerk WITH GRANT OPTION;
    GRANT SELECT ON ALL TABLES IN SCHEMA pay TO reader;
    RESET ROLE;
    GRANT clerks TO clerk`);
}

beforeEach(async () => {
  await fresh(admin);
  giving = await databases.on('source');
});

afterEach(async () => {
  await admin.query('ROLLBACK');
});

afterAll(async () => {
  await pair?.remove();
});

const armed = async (request: Partial<ArmRequest> = {}) => arm(databases, { action: 'arm', side: 'source', fence: FENCE, ...request }, TOOLS);
const close = async (attempt = 1) => giving.query('SELECT payment_migration.close($1, 100)', [attempt]);
const mark = async (attempt = 1) => giving.query("SELECT payment_migration.mark($1, '{s}', '{}')", [attempt]);
const abort = async (attempt = 1) => {
  await giving.query("SELECT payment_migration.abort($1, '{}')", [attempt]);
  await giving.query('SELECT payment_migration.open_gate($1)', [attempt + 1]);
};
const connect = async (role: string) => pair.servers.source.connect(DATABASE, { user: role, password: role });
/** All rights on tables and columns, and who may log in. */
const rights = async () => (await admin.query<{ rights: string[] }>(`
  SELECT array_agg(r ORDER BY r) AS rights FROM (
    SELECT format('%s %s', c.oid::regclass, x) FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x WHERE c.relnamespace = 'pay'::regnamespace
    UNION SELECT format('%s %s %s', attrelid::regclass, attname, x) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(attacl) x
      WHERE c.relnamespace = 'pay'::regnamespace
    UNION SELECT rolname || ' logs in' FROM pg_roles WHERE rolcanlogin) x(r)`)).rows[0].rights;
const mayWrite = async (role: string) => (await admin.query<{ may: boolean }>(`
  SELECT bool_or(has_table_privilege($1, oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege($1, oid, 'INSERT, UPDATE')) AS may
  FROM pg_class WHERE relnamespace = 'pay'::regnamespace AND relkind IN ('r', 'p')`, [role])).rows[0].may;

test('closed: no rights, no login, and no marker while a session lives; open: exactly what was there', async () => {
  await armed();
  const before = await rights();
  const [application, clerk, reader] = await Promise.all([connect(APPLICATION), connect('clerk'), connect('reader')]);
  await application.query('INSERT INTO pay.payment VALUES (1, 1)');
  await clerk.query("UPDATE pay.payment SET note = 'seen'");

  await close();
  for (const writer of FENCE.writers) await expect(mayWrite(writer)).resolves.toBe(false);
  await expect(application.query('INSERT INTO pay.payment VALUES (2, 2)')).rejects.toMatchObject({ code: '42501' });
  await expect(clerk.query("UPDATE pay.payment SET note = 'again'")).rejects.toMatchObject({ code: '42501' });
  await expect(clerk.query('UPDATE pay."Odd ""name""" SET "Some column" = NULL')).rejects.toMatchObject({ code: '42501' });
  await expect(reader.query('SELECT * FROM pay.payment')).resolves.toMatchObject({ rowCount: 1 });
  await expect(connect(APPLICATION)).rejects.toMatchObject({ code: '28000' });
  await expect(connect('clerk')).rejects.toMatchObject({ code: '28000' });
  await expect(problemOf(mark())).resolves.toMatchObject({ code: 'PM020' });

  await giving.query('SELECT payment_migration.terminate_clients()');
  await eventually('marker', async () => mark().then(() => true));
  await expect(application.query('SELECT 1')).rejects.toThrow();

  await abort();
  await expect(rights()).resolves.toEqual(before);
  const again = await connect(APPLICATION);
  await again.query('INSERT INTO pay.payment VALUES (2, 2); INSERT INTO pay."Odd ""name""" VALUES (1); INSERT INTO pay.part VALUES (1)');
  await again.end();
  // A second time, since what was taken must have been forgotten.
  await close(3);
  await abort(3);
  await expect(rights()).resolves.toEqual(before);
});

test('armed again while it is closed, with any fence: closed it stays, and nothing is forgotten', async () => {
  await armed();
  const before = await rights();
  await close();
  const closed = await rights();
  await armed();
  await expect(rights()).resolves.toEqual(closed);
  await armed({ fence: { kind: 'roles', writers: ['clerks', 'clerk', 'batch', APPLICATION] } });
  await expect(mayWrite(APPLICATION)).resolves.toBe(false);
  await expect(connect('batch')).rejects.toMatchObject({ code: '28000' });
  await armed({ fence: { kind: 'triggers' } });
  await expect(mayWrite(APPLICATION)).resolves.toBe(false);
  await abort();
  await expect(rights()).resolves.toEqual(before);
});

test('a closing that is cut off closes nothing but the gate, which the next look opens', async () => {
  await armed();
  const before = await rights();
  await expect(giving.transaction(async (tx) => {
    await tx.query('SELECT payment_migration.close(1, 100)');
    await expect(mayWrite(APPLICATION)).resolves.toBe(true);
    throw new Error('cut off');
  })).rejects.toThrow('cut off');
  await expect(rights()).resolves.toEqual(before);
  await armed();
  await expect(rights()).resolves.toEqual(before);
  const { state } = await giving.one<{ state: unknown }>('SELECT payment_migration.side_state() AS state');
  expect(state).toMatchObject({ state: 'open', attempt: 0, gate: 'open' });
});

test('an opening that is cut off opens nothing', async () => {
  await armed();
  const before = await rights();
  await close();
  const closed = await rights();
  await giving.query("SELECT payment_migration.abort(1, '{}')");
  await expect(giving.transaction(async (tx) => {
    await tx.query('SELECT payment_migration.open_gate(2)');
    throw new Error('cut off');
  })).rejects.toThrow('cut off');
  await expect(rights()).resolves.toEqual(closed);
  await giving.query('SELECT payment_migration.open_gate(2)');
  await expect(rights()).resolves.toEqual(before);
});

test('roles, tables and columns that are gone do not keep the side closed', async () => {
  await armed();
  await admin.query('CREATE ROLE leaver LOGIN; GRANT leaver TO payment_migration WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; GRANT INSERT ON pay.part_1 TO leaver');
  await armed({ fence: { kind: 'roles', writers: [...FENCE.writers, 'leaver'] } });
  await close();
  await admin.query('DROP OWNED BY leaver; DROP ROLE leaver; DROP TABLE pay.part; ALTER TABLE pay."Odd ""name""" DROP COLUMN "Some column"');
  await abort();
  await expect(mayWrite(APPLICATION)).resolves.toBe(true);
  await (await connect('clerk')).end();
});

test('an owner who writes keeps its rights, so that its members can apply changes, and loses login and sessions', async () => {
  await admin.query(`ALTER ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'; GRANT ${OWNER} TO ${MIGRATION} WITH ADMIN TRUE`);
  const problem = await refused(armed());
  expect(problem.message).toContain(`${OWNER} may write pay.payment and is not among the writers`);
  await armed({ fence: { kind: 'roles', writers: [...FENCE.writers, OWNER] } });
  const before = await rights();
  const owner = await connect(OWNER);
  await owner.query('INSERT INTO pay.payment VALUES (1)');
  await close();
  await expect(connect(OWNER)).rejects.toMatchObject({ code: '28000' });
  await expect(problemOf(mark())).resolves.toMatchObject({ code: 'PM020' });
  await giving.query('SELECT payment_migration.terminate_clients()');
  await eventually('marker', async () => mark().then(() => true));
  await expect(owner.query('INSERT INTO pay.payment VALUES (2)')).rejects.toThrow();
  await giving.query('INSERT INTO pay.payment VALUES (2)');
  await abort();
  await expect(rights()).resolves.toEqual(before);
  await owner.end().catch(() => undefined);
});

const name = (login: string) => `${login} may write pay.payment and is not among the writers`;

test.each([
  ['PUBLIC may write', 'GRANT INSERT ON pay.payment TO PUBLIC', FENCE.writers, 'everybody may write pay.payment: revoke it from PUBLIC'],
  ['PUBLIC may write one column', 'GRANT UPDATE (note) ON pay.payment TO PUBLIC', FENCE.writers, 'everybody may write pay.payment: revoke it from PUBLIC'],
  ['a writer is a superuser', `ALTER ROLE ${APPLICATION} SUPERUSER`, FENCE.writers, `writer ${APPLICATION} is a superuser, whom nothing keeps out`],
  ['a writer does not exist', '', [...FENCE.writers, 'nobody'], 'writer nobody does not exist'],
  ['a writer writes through a role that is not listed', '', [APPLICATION, 'clerk'], 'writer clerk may write pay.payment as a member of clerks, which is not among the writers'],
  ['a writer may write everything', 'GRANT pg_write_all_data TO clerk', FENCE.writers, 'writer clerk may write every table as a member of pg_write_all_data, which is not among the writers'],
  ['another login may write', 'GRANT DELETE ON pay.payment TO batch', FENCE.writers, name('batch')],
  ['another login may write one column', 'GRANT INSERT (id) ON pay.payment TO batch', FENCE.writers, name('batch')],
  ['another login is a member of a writer', 'GRANT clerks TO chief', FENCE.writers, name('chief')],
  ['a right was granted by somebody else', `SET ROLE ${APPLICATION}; GRANT TRUNCATE ON pay.payment TO handed; RESET ROLE`, [...FENCE.writers, 'handed'],
    `what handed may do with pay.payment was granted by ${APPLICATION}, not by its owner, who could not take it away`],
  ['the migration is among the writers', '', [...FENCE.writers, MIGRATION], `writer ${MIGRATION} is a login of the migration itself`],
  ['a writer whose login is not ours to take', 'CREATE ROLE foreigner LOGIN', [...FENCE.writers, 'foreigner'],
    `${MIGRATION} may not take its login from writer foreigner: it needs CREATEROLE, and ADMIN OPTION on foreigner from PostgreSQL 16 on`],
])('%s: refused by name, and nothing is claimed', async (_, statement, writers, expected) => {
  if (statement !== '') await admin.query(statement);
  const before = await rights();
  const error = await refused(armed({ fence: { kind: 'roles', writers } }));
  expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining(expected) });
  await expect(rights()).resolves.toEqual(before);
  await expect(giving.one("SELECT to_regnamespace('payment_migration') AS ours")).resolves.toEqual({ ours: null });
  await admin.query('DROP ROLE IF EXISTS foreigner');
});

test('what was granted since the arming is found by the closing, which closes nothing', async () => {
  await armed();
  await admin.query('GRANT DELETE ON pay.payment TO batch');
  const before = await everythingOf(admin);
  await expect(problemOf(close())).resolves.toMatchObject({ code: 'PM022', message: `the fence of roles would leak: ${name('batch')}` });
  await expect(everythingOf(admin)).resolves.toBe(before);
  await armed({ fence: { kind: 'roles', writers: [...FENCE.writers, 'batch'] } });
  await close();
  await expect(mayWrite('batch')).resolves.toBe(false);
  await abort();
});

test('a target starts closed, without the sessions that its writers had, and is released', async () => {
  const there = await pair.admin('target');
  const application = await pair.app('target');
  await application.query('INSERT INTO pay.payment VALUES (1)');
  await application.query('BEGIN; INSERT INTO pay.payment VALUES (2)');
  const target = async () => arm(databases, { action: 'arm', side: 'target', fence: FENCE }, TOOLS);
  await expect(target()).resolves.toMatchObject({ state: 'standby', attempt: 0, tables: 4 });
  await expect(application.query('COMMIT')).rejects.toThrow();
  await expect(pair.app('target')).rejects.toMatchObject({ code: '28000' });
  await there.query('SET default_transaction_read_only = off');
  await expect(there.query("SELECT has_table_privilege($1, 'pay.payment', 'INSERT') AS may", [APPLICATION])).resolves.toMatchObject({ rows: [{ may: false }] });
  await target();
  await there.query('UPDATE payment_migration.authority SET finished_at = now()');
  await release(databases, { action: 'release', side: 'target', iHaveDecommissioned: true }, TOOLS);
  const again = await pair.app('target');
  await again.query('INSERT INTO pay.payment VALUES (3)');
  await expect(again.query('SELECT id FROM pay.payment ORDER BY 1')).resolves.toMatchObject({ rows: [{ id: '1' }, { id: '3' }] });
});

test('sessions of superusers are left alone: only superusers may end them', async () => {
  await armed();
  const application = await connect(APPLICATION);
  const { count } = await giving.one<{ count: number }>('SELECT payment_migration.terminate_clients() AS count');
  expect(count).toBeGreaterThanOrEqual(1);
  await expect(admin.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  await eventually('end of the session', async () => application.query('SELECT 1').then(() => false, () => true));
});
