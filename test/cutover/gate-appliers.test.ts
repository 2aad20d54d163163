import type { Client } from 'pg';
import { DDL } from './gate-schema';
import { copyIn, errorOf, MAJORS, pairOf } from './gate-support';
import { APPLICATION, DATABASE, type Pair } from '../support/pair';

const WRITE = "INSERT INTO public.audit (what) VALUES ('applied')";
const REFUSED = { code: '25006', detail: 'PM001: writes moved' };

describe.each(MAJORS)('appliers on PostgreSQL %i', (major) => {
  let pair: Pair;
  let admin: Client;
  let applier: Client;

  beforeAll(async () => {
    pair = await pairOf(major, { ddl: DDL, majors: { source: major, target: major } });
    admin = await pair.admin('target');
    await admin.query(`
      CREATE ROLE applier LOGIN PASSWORD 'applier'; GRANT applier TO ${APPLICATION}; GRANT applier TO payment_migration WITH ADMIN OPTION;
      CREATE ROLE child LOGIN PASSWORD 'child' IN ROLE applier`);
    await pair.arm('target', { appliers: ['applier'], ignoredSchemas: ['outside'] });
    applier = await login('applier');
  });

  afterAll(async () => {
    await applier?.end();
    await pair?.remove();
  });

  async function login(user: string): Promise<Client> {
    return pair.servers.target.connect(DATABASE, { user, password: user });
  }

  async function applied(): Promise<number> {
    const { rows: [{ count }] } = await admin.query<{ count: number }>("SELECT count(*)::int FROM public.audit WHERE what ~ '^applied'");
    return count;
  }

  test('pass the closed gate, and are not told that the database is read-only', async () => {
    await applier.query(WRITE);
    await copyIn(applier, 'COPY public.audit (what) FROM STDIN', 'applied 2\napplied 3\n');
    await applier.query("UPDATE public.audit SET what = 'applied 4' WHERE what = 'applied'");
    expect(await applied()).toBe(3);
  });

  test('pass it under another role', async () => {
    await applier.query('BEGIN');
    await applier.query('SET LOCAL ROLE NONE');
    await applier.query(WRITE);
    await applier.query('ROLLBACK');
  });

  test.each([
    ['a stranger who sets the role of an applier', APPLICATION, 'SET ROLE applier'],
    ['a member of an applier', 'child', 'SELECT 1'],
    ['a member of an applier who sets its role', 'child', 'SET ROLE applier'],
  ])('are not the same as %s', async (_, user, before) => {
    const client = await login(user);
    try {
      await client.query(`SET default_transaction_read_only = off; ${before}`);
      expect(await errorOf(client.query(WRITE))).toMatchObject(REFUSED);
    } finally {
      await client.end();
    }
  });

  test('are refused while they are shut out, in sessions that have passed before', async () => {
    const before = await applied();
    await admin.query("UPDATE payment_migration.applier SET admitted = false WHERE login = 'applier'");
    expect(await errorOf(applier.query(WRITE))).toMatchObject(REFUSED);
    expect(await errorOf(copyIn(applier, 'COPY public.audit (what) FROM STDIN', 'applied 9\n'))).toMatchObject(REFUSED);
    expect(await applied()).toBe(before);
    await admin.query("UPDATE payment_migration.applier SET admitted = true WHERE login = 'applier'");
    await applier.query(WRITE);
  });

  test('are no appliers any more once an arming leaves them out', async () => {
    await pair.arm('target', { ignoredSchemas: ['outside'] });
    expect(await errorOf(applier.query(WRITE))).toMatchObject(REFUSED);
  });

  test('may not look into the schema of the migration', async () => {
    expect(await errorOf(applier.query('SELECT * FROM payment_migration.authority'))).toMatchObject({ code: '42501' });
    expect(await errorOf(applier.query("SELECT setval('payment_migration.gate', 1)"))).toMatchObject({ code: '42501' });
  });

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('who are shut out after their snapshot was taken are refused: %s', async (level) => {
    await pair.arm('target', { appliers: ['applier'], ignoredSchemas: ['outside'] });
    const before = await applied();
    await applier.query(`BEGIN ISOLATION LEVEL ${level}`);
    await applier.query('SELECT count(*) FROM public.audit');
    await admin.query("UPDATE payment_migration.applier SET admitted = false WHERE login = 'applier'");
    // A serialization failure: in its snapshot it still is admitted.
    expect(await errorOf(applier.query(WRITE))).toMatchObject({ code: '40001' });
    await applier.query('ROLLBACK');
    expect(await errorOf(applier.query(`BEGIN ISOLATION LEVEL ${level}; ${WRITE}; COMMIT`))).toMatchObject(REFUSED);
    await applier.query('ROLLBACK');
    expect(await applied()).toBe(before);
    await admin.query("UPDATE payment_migration.applier SET admitted = true WHERE login = 'applier'");
    await applier.query(`BEGIN ISOLATION LEVEL ${level}; ${WRITE}; COMMIT`);
    expect(await applied()).toBe(before + 1);
  });
});
