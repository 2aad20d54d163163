import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { audit, type AuditResult } from '../../src/audit';
import type { LocalServer } from '../../src/servers';
import type { AcknowledgedOperation, UnacknowledgedOperation, WorkloadResult } from '../../src/workload';
import { DATABASE, paymentsServer, startClients } from '../workload/support/payments';

const PLANTED = 'planted';
let server: LocalServer;
/** In the database that the clients wrote to. */
let client: Client;
let written: WorkloadResult;

beforeAll(async () => {
  server = await paymentsServer(17, 2000);
  const workload = await startClients({ source: server, target: server });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  written = await workload.stop();
});
afterAll(() => server?.remove());
beforeEach(async () => { client = await server.connect(DATABASE); });
afterEach(() => client.end());

/** Audits a copy of the database after a change to it. */
async function auditAfter(change: string): Promise<AuditResult> {
  // A template is copied while nobody uses it.
  await client.end();
  client = await server.connect();
  await client.query(`DROP DATABASE IF EXISTS ${PLANTED}`);
  await client.query(`CREATE DATABASE ${PLANTED} TEMPLATE ${DATABASE}`);
  const planter = await server.connect(PLANTED);
  try {
    await planter.query(`SET session_replication_role = replica; ${change}`);
    return await audit(planter, written);
  } finally {
    await planter.end();
  }
}

function acknowledged(kind: AcknowledgedOperation['kind']): AcknowledgedOperation {
  const found = written.acknowledged.find((operation) => operation.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} was acknowledged`);
  return found;
}

const figures = ({ lost, duplicated, unbalanced }: AuditResult) => ({ lost, duplicated, unbalanced });
const reasons = ({ findings }: AuditResult) => findings.map(({ kind, reason, count }) => `${kind}: ${reason}: ${count}`);

test('what the clients wrote is all there, once, and balanced', async () => {
  const result = await audit(client, written);
  expect(written.acknowledged.length).toBeGreaterThan(200);
  expect(new Set(written.acknowledged.map(({ kind }) => kind))).toEqual(new Set(['payment', 'refund', 'settlement']));
  expect(result).toEqual({
    acknowledged: written.acknowledged.length,
    lost: 0,
    duplicated: 0,
    unbalanced: 0,
    unacknowledged: { asked: 0, there: 0 },
    findings: [],
    ms: expect.any(Number) as number,
  });
});

describe('lost', () => {
  test('an acknowledged payment, refund or settlement that is not there', async () => {
    for (const [kind, table, key] of [
      ['payment', 'payments', 'idempotency_key'], ['refund', 'refunds', 'idempotency_key'], ['settlement', '"Settlements"."Settlement"', '"IdempotencyKey"'],
    ] as const) {
      const operation = acknowledged(kind);
      const result = await auditAfter(`DELETE FROM ${table} WHERE ${key} = '${operation.key}'`);
      expect(result.findings[0]).toEqual({ kind: 'lost', reason: 'an acknowledged operation is not there', count: 1, subjects: [`${kind} ${operation.key}`] });
    }
  });

  test('an acknowledged payment or refund with another amount', async () => {
    for (const [kind, table] of [['payment', 'payments'], ['refund', 'refunds']] as const) {
      const { key } = acknowledged(kind);
      const result = await auditAfter(`UPDATE ${table} SET amount = amount + 0.01 WHERE idempotency_key = '${key}'`);
      expect(reasons(result)).toEqual(['lost: an acknowledged operation is there with other content: 1']);
    }
  });

  test('an acknowledged settlement whose payment went back to what it was', async () => {
    const { paymentKey } = acknowledged('settlement');
    const result = await auditAfter(`UPDATE payments SET status = 'authorised' WHERE idempotency_key = '${paymentKey}'`);
    expect(figures(result)).toEqual({ lost: 1, duplicated: 0, unbalanced: 1 });
  });

  test('an acknowledged operation without its event', async () => {
    const { key } = acknowledged('refund');
    const result = await auditAfter(`DELETE FROM payment_events WHERE operation_key = '${key}'`);
    expect(reasons(result)).toEqual(['lost: an acknowledged operation is there without its event: 1']);
  });

  test('what was acknowledged and never written', async () => {
    const key = randomUUID();
    const ghost: AcknowledgedOperation = { key, paymentKey: key, kind: 'payment', amount: '5.00', side: 'target', at: 1 };
    const result = await audit(client, { acknowledged: [...written.acknowledged, ghost], unacknowledged: [] });
    expect(reasons(result)).toEqual(['lost: an acknowledged operation is not there: 1']);
  });
});

describe('duplicated', () => {
  const EACH_COLUMN = 'customer, customer_account, merchant_account, amount, currency, status';

  test('a payment that is there twice under one key', async () => {
    const { key } = acknowledged('payment');
    const result = await auditAfter(`
      ALTER TABLE payments DROP CONSTRAINT payments_key;
      INSERT INTO payments (idempotency_key, ${EACH_COLUMN}) SELECT idempotency_key, ${EACH_COLUMN} FROM payments WHERE idempotency_key = '${key}'`);
    expect(reasons(result)).toContain('duplicated: an idempotency key is there more than once: 1');
    expect(result.lost).toBe(0);
  });

  test('entries of a payment that are there twice', async () => {
    const { key } = acknowledged('payment');
    const result = await auditAfter(`
      INSERT INTO ledger_entries (payment_id, account_id, amount)
      SELECT payment_id, account_id, ledger_entries.amount FROM ledger_entries JOIN payments ON payments.id = payment_id
      WHERE idempotency_key = '${key}' AND refund_id IS NULL`);
    expect(reasons(result)).toEqual([
      'duplicated: a payment has more than two entries in the ledger: 1', 'unbalanced: the balance of an account is not the sum of its entries: 2',
    ]);
  });

  test('a refund and a settlement that were done again under another key', async () => {
    const result = await auditAfter(`
      INSERT INTO refunds (idempotency_key, payment_id, amount)
      SELECT gen_random_uuid(), payment_id, amount FROM refunds WHERE idempotency_key = '${acknowledged('refund').key}';
      INSERT INTO "Settlements"."Settlement"
      SELECT gen_random_uuid(), "PaymentId", "Amount" FROM "Settlements"."Settlement" WHERE "IdempotencyKey" = '${acknowledged('settlement').key}'`);
    expect(reasons(result)).toEqual([
      'duplicated: a payment is refunded more than once: 1', 'duplicated: a payment is settled more than once: 1',
      'unbalanced: the entries of a refund are missing or do not sum to zero: 1',
    ]);
  });

  test('an event that is there twice', async () => {
    const { key } = acknowledged('payment');
    const result = await auditAfter(`
      INSERT INTO payment_events (payment_id, operation_key, kind) SELECT payment_id, operation_key, kind FROM payment_events WHERE operation_key = '${key}'`);
    expect(reasons(result)).toEqual(['duplicated: an operation has more than one event: 1']);
  });
});

describe('unbalanced', () => {
  test.each([
    ['an entry with another amount', 'UPDATE ledger_entries SET amount = amount + 1 WHERE id = 1',
      ['the entries of a payment are missing or do not sum to zero: 1', 'the balance of an account is not the sum of its entries: 1']],
    ['an entry that is missing', 'DELETE FROM ledger_entries WHERE id = 1',
      ['the entries of a payment are missing or do not sum to zero: 1', 'the balance of an account is not the sum of its entries: 1']],
    ['entries, refunds and events of no payment', `
      INSERT INTO ledger_entries (payment_id, account_id, amount) VALUES (-1, 1, 0);
      INSERT INTO refunds (idempotency_key, payment_id, amount) VALUES (gen_random_uuid(), -1, 1);
      INSERT INTO payment_events (payment_id, operation_key, kind) VALUES (-1, gen_random_uuid(), 'authorised')`,
    ['the entries of a refund are missing or do not sum to zero: 1', 'an entry of the ledger belongs to nothing: 1',
      'a refund, settlement or event belongs to no payment: 2']],
    ['a balance that lost an update', 'UPDATE accounts SET balance = balance - 1 WHERE id = 7', ['the balance of an account is not the sum of its entries: 1']],
  ])('%s', async (_title, change, expected) => {
    expect(reasons(await auditAfter(change))).toEqual(expected.map((reason) => `unbalanced: ${reason}`));
  });
});

test('operations without an answer are no finding, there or not', async () => {
  const without: UnacknowledgedOperation = { key: '', paymentKey: '', kind: 'payment', amount: '1.00', attempts: 1, mayBeThere: true, refused: false };
  const { key } = acknowledged('payment');
  const missing = randomUUID();
  const unacknowledged = [{ ...without, key, paymentKey: key }, { ...without, key: missing, paymentKey: missing }];
  const result = await audit(client, { acknowledged: written.acknowledged, unacknowledged });
  expect([result.unacknowledged, result.findings]).toEqual([{ asked: 2, there: 1 }, []]);
});

test('an empty log is audited too, and nothing is written', async () => {
  await client.query('SET default_transaction_read_only = on');
  expect(figures(await audit(client, { acknowledged: [], unacknowledged: [] }))).toEqual({ lost: 0, duplicated: 0, unbalanced: 0 });
  await client.query('SET default_transaction_read_only = off');
});
