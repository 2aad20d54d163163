import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { installSchema, seed } from '../../cli/src/workload';
import type { Side } from '../../src/cutover/contract';
import { eventually } from '../cutover/support/eventually';
import { Migration } from '../cutover/support/migration';
import { APPLICATION, DATABASE } from '../support/pair';
import { PAYMENT, PaymentService, type ServiceOptions } from '../support/payment-service';
import { TcpProxy } from '../support/tcp-proxy';

jest.setTimeout(60_000);

const SCHEMA = readFileSync(join(__dirname, '../../examples/service/schema.sql'), 'utf8');
const HELD = 4_711;
/** Whoever holds this lock keeps each payment waiting in its COMMIT. */
const HOLDABLE = `
  CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${HELD}); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON public.payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hold();`;
const ACCOUNTS = `
  INSERT INTO public.accounts (id, kind, currency, opening_balance, balance)
  VALUES (1, 'customer', 'EUR', 1000000, 1000000), (901, 'merchant', 'EUR', 0, 0)`;

const folder = mkdtempSync(join(tmpdir(), 'service-'));
const started: PaymentService[] = [];
let migration: Migration;
let source: Client;

beforeAll(async () => {
  migration = await Migration.loaded({ ddl: `${SCHEMA} ${HOLDABLE}` });
  source = await migration.pair.admin('source');
  await source.query(ACCOUNTS);
});
afterEach(async () => {
  await source?.query('SELECT pg_advisory_unlock_all()');
  await Promise.all(started.splice(0).map(async (service) => service.remove()));
});
afterAll(async () => migration?.remove());

async function serviceOn(sides: readonly Side[], options: Partial<ServiceOptions> = {}): Promise<PaymentService> {
  const servers = sides.map((side) => migration.pair.servers[side]);
  const service = await PaymentService.start({ folder, servers, databaseName: DATABASE, login: APPLICATION, ...options });
  started.push(service);
  return service;
}

async function number(client: Client, query: string, ...values: unknown[]): Promise<number> {
  const { rows: [{ found }] } = await client.query<{ found: number }>(`SELECT (${query})::float8 AS found`, values);
  return found;
}

const rowsOf = async (client: Client, key: string) => number(client, 'SELECT count(*) FROM public.payments WHERE idempotency_key = $1', key);
const balance = async () => number(source, 'SELECT balance FROM public.accounts WHERE id = 901');
const hold = async () => source.query(`SELECT pg_advisory_lock(${HELD})`);
const letGo = async () => source.query(`SELECT pg_advisory_unlock(${HELD})`);

async function oneWaitsInItsCommit(): Promise<void> {
  await eventually('a payment waits in its COMMIT', async () => (
    await number(source, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'payments' AND query = 'COMMIT' AND wait_event = 'advisory'") === 1
  ));
}

describe('a payment', () => {
  test('is made once, however many ask for it at once, and all are told the same', async () => {
    const service = await serviceOn(['source', 'target']);
    const key = randomUUID();
    const before = await balance();
    const answers = await Promise.all(Array.from({ length: 30 }, async () => service.post(PAYMENT, key)));
    expect(answers[0]).toMatchObject({ status: 201, body: { ...PAYMENT, id: expect.stringMatching(/^\d+$/), status: 'authorised' } });
    expect(answers).toEqual(Array.from({ length: 30 }, () => ({ ...answers[0], connection: expect.anything() })));
    expect(await rowsOf(source, key)).toBe(1);
    expect(await balance()).toBe(before + 12.5);
    expect(await number(source, 'SELECT count(*) FROM public.ledger_entries WHERE payment_id = $1', answers[0].body.id)).toBe(2);
    expect(await service.get(`/payments/${String(answers[0].body.id)}`)).toMatchObject({ status: 200, body: answers[0].body });
  });

  test.each([
    ['the amount', { amount: '12.51' }],
    ['the merchant', { merchantAccount: 902 }],
  ])('is refused where its key was used with another body: %s', async (_, change) => {
    const service = await serviceOn(['source']);
    const key = randomUUID();
    expect((await service.post(PAYMENT, key)).status).toBe(201);
    const refusal = await service.post({ ...PAYMENT, ...change }, key);
    expect(refusal).toMatchObject({ status: 422, body: { error: expect.stringContaining(Object.keys(change)[0]) } });
    expect(await rowsOf(source, key)).toBe(1);
  });

  test('is refused between accounts that are not there, and leaves nothing behind', async () => {
    const service = await serviceOn(['source']);
    const key = randomUUID();
    expect((await service.post({ ...PAYMENT, merchantAccount: 999 }, key)).status).toBe(422);
    expect(await rowsOf(source, key)).toBe(0);
    expect((await service.post(PAYMENT, key)).status).toBe(201);
  });

  test.each([
    ['a key that is no UUID', PAYMENT, 'order-1'],
    ['an amount that is a number', { ...PAYMENT, amount: 12.5 }, undefined],
    ['an amount of nothing', { ...PAYMENT, amount: '0.00' }, undefined],
    ['no body', null, undefined],
    ['an account that is no number', { ...PAYMENT, customerAccount: '1; DROP TABLE payments' }, undefined],
  ])('is refused with %s', async (_, body, key) => {
    const service = await serviceOn(['source']);
    expect((await service.post(body, key)).status).toBe(400);
  });

  test('with a card number is refused, and no log has it, or anything of a payment', async () => {
    const service = await serviceOn(['source']);
    const key = randomUUID();
    expect((await service.post({ ...PAYMENT, cardNumber: '4111111111111111' })).status).toBe(400);
    expect((await service.post({ ...PAYMENT, currency: '4111111111111111' })).status).toBe(400);
    expect((await service.post(PAYMENT, key)).status).toBe(201);
    await service.logged(({ status }) => status === 201);
    expect(service.log.filter((line) => line.includes('POST'))).toHaveLength(3);
    expect(service.log.join('\n')).not.toMatch(new RegExp(`4111|12\\.50|901|${key}`));
  });

  test('that nobody made is not found', async () => {
    const service = await serviceOn(['source']);
    expect((await service.get('/payments/123456789')).status).toBe(404);
    expect((await service.get("/payments/1' OR 1=1")).status).toBe(404);
  });
});

describe('a lost session', () => {
  test('in the middle of a payment is hidden from the client', async () => {
    const service = await serviceOn(['source', 'target']);
    const key = randomUUID();
    await hold();
    const posted = service.post(PAYMENT, key);
    await oneWaitsInItsCommit();
    await source.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'payments'");
    await letGo();
    expect((await posted).status).toBe(201);
    expect(await rowsOf(source, key)).toBe(1);
    expect(await service.logged(({ status }) => status === 201)).toMatchObject({ problems: expect.arrayContaining(['57P01']) });
  });

  test('after a commit that nobody heard of does not make the payment twice', async () => {
    const proxy = await TcpProxy.to(migration.pair.servers.source.port);
    try {
      const service = await serviceOn(['source'], { ports: [proxy.port] });
      const key = randomUUID();
      const before = await balance();
      await hold();
      const posted = service.post(PAYMENT, key);
      await oneWaitsInItsCommit();
      proxy.swallowAnswers();
      const swallowed = proxy.answerSwallowed();
      await letGo();
      await swallowed;
      expect(await rowsOf(source, key)).toBe(1);
      proxy.cut();
      proxy.forward();
      expect((await posted).status).toBe(201);
      expect(await rowsOf(source, key)).toBe(1);
      expect(await balance()).toBe(before + 12.5);
    } finally {
      await proxy.close();
    }
  });

  test('to a server that does not answer is given up for the next host', async () => {
    const proxy = await TcpProxy.to(migration.pair.servers.target.port);
    proxy.stall();
    try {
      const service = await serviceOn(['target', 'source'], { ports: [proxy.port, migration.pair.servers.source.port], environment: { PGCONNECT_TIMEOUT: '1' } });
      expect((await service.post(PAYMENT)).status).toBe(201);
    } finally {
      await proxy.close();
    }
  });
});

test('TLS is checked: a server that another authority vouches for gets no login', async () => {
  const service = await serviceOn(['source'], {
    environment: { PGSSLROOTCERT: migration.pair.servers.target.certificateAuthorityFile, REQUEST_SECONDS: '1' },
  });
  expect((await service.post(PAYMENT)).status).toBe(503);
  expect(await service.logged(({ status }) => status === 503)).toMatchObject({ problems: [expect.stringMatching(/SIGNATURE|CERT/)] });
});

test.each(['require', 'disable', 'prefer'])('less than a check of the certificate is refused: %s', async (mode) => {
  await expect(serviceOn(['source'], { environment: { PGSSLMODE: mode } })).rejects.toThrow(`PGSSLMODE: got ${mode}`);
});

describe('where no side takes writes', () => {
  test('a payment is answered when its time is over, and health is none of the database', async () => {
    const service = await serviceOn(['target'], { environment: { REQUEST_SECONDS: '1' } });
    const key = randomUUID();
    const begin = performance.now();
    expect(await service.post(PAYMENT, key)).toMatchObject({ status: 503, body: { error: expect.stringContaining('same Idempotency-Key') } });
    expect(performance.now() - begin).toBeGreaterThan(800);
    expect(performance.now() - begin).toBeLessThan(3_000);
    expect(await service.logged(({ status }) => status === 503)).toMatchObject({ problems: ['25006'] });
    expect(await service.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

test('SIGTERM lets a request that is under way end, takes no other, and then ends the process', async () => {
  const service = await serviceOn(['source', 'target']);
  const key = randomUUID();
  await hold();
  const posted = service.post(PAYMENT, key);
  await oneWaitsInItsCommit();
  service.terminate();
  await service.logged(({ event }) => event === 'draining');
  await expect(service.get('/health')).rejects.toThrow();
  await letGo();
  expect(await posted).toMatchObject({ status: 201, connection: 'close' });
  expect(await service.ended).toBe(0);
  expect(await rowsOf(source, key)).toBe(1);
});

describe('the schema', () => {
  const COLUMNS = `
    SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, column_name`;
  let rehearsal: Client;

  beforeAll(async () => {
    await source.query('CREATE DATABASE rehearsal');
    rehearsal = await migration.pair.servers.source.connect('rehearsal');
    await installSchema(rehearsal, { password: APPLICATION });
    await seed(rehearsal, 10);
  });
  afterAll(async () => rehearsal?.end());

  test('is a part of what a rehearsal fills', async () => {
    const { rows: ours } = await source.query<Record<string, unknown>>(COLUMNS);
    const { rows: theirs } = await rehearsal.query<Record<string, unknown>>(COLUMNS);
    expect(new Set(ours.map((column) => column.table_name))).toEqual(new Set(['accounts', 'ledger_entries', 'payments']));
    expect(theirs).toEqual(expect.arrayContaining(ours));
  });

  test('and the service works on all of that', async () => {
    const service = await serviceOn(['source'], { databaseName: 'rehearsal' });
    const key = randomUUID();
    expect((await service.post(PAYMENT, key)).status).toBe(201);
    expect(await rowsOf(rehearsal, key)).toBe(1);
  });
});

// The last one: authority does not come back.
test('a cutover under load: every payment is answered, and is on both sides once', async () => {
  // The closed side first, so that each search passes it.
  const service = await serviceOn(['target', 'source']);
  const keys: string[] = [];
  const statuses = new Map<number, number>();
  let paying = true;
  const payers = Array.from({ length: 8 }, async () => {
    while (paying) {
      const key = randomUUID();
      const { status } = await service.post(PAYMENT, key);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      keys.push(key);
    }
  });
  await eventually('payments', () => keys.length > 50);
  const result = await migration.transfer(await migration.prepared());
  expect(result).toMatchObject({ outcome: 'completed', authority: 'target' });
  await migration.turnAround(result);
  const paid = keys.length;
  await eventually('payments on the target', () => keys.length > paid + 50);
  paying = false;
  await Promise.all(payers);
  expect([...statuses.keys()]).toEqual([201]);
  const target = await migration.admin('target');
  const count = 'SELECT count(*) FROM public.payments WHERE idempotency_key = ANY($1::uuid[])';
  expect(await number(target, count, keys)).toBe(keys.length);
  await eventually('all payments back on the source', async () => await number(source, count, keys) === keys.length);
});
