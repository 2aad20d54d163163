import { randomUUID } from 'node:crypto';
import { CURRENCY, CUSTOMERS, MERCHANTS } from '../schema';
import type { Random } from './random';
import type { LoggedOperation } from '../contract';

/** Whether a payment writes its rows first and then locks the accounts, or the other way round. A gate must stand both. */
export type LockOrder = 'insert-first' | 'lock-first';

/** What a client is to write, and what became of it so far. */
export interface Operation extends LoggedOperation {
  readonly order: LockOrder;
  readonly customerAccount: number;
  readonly merchantAccount: number;
  /** When it was due, on the clock of `performance.now()`. */
  readonly dueAt: number;
  attempts: number;
  mayBeThere: boolean;
  lastError?: string;
}

/** Of a hundred operations; the rest are payments that lock first. */
const MIX = { insertFirst: 40, refund: 10, settlement: 20 } as const;
/** One payment in five goes to one of very few merchants. */
const HOT_PART = 0.2;
const HOT_MERCHANTS = 4;

/** Decides what arrives: new payments, and what happens to payments that were acknowledged before. */
export class Arrivals {
  /** Acknowledged payments that nothing happened to yet. A payment is refunded or settled once at most. */
  private readonly refundable: Operation[] = [];
  private readonly settleable: Operation[] = [];

  constructor(private readonly random: Random) {}

  next(dueAt: number): Operation {
    const choice = this.random.below(100);
    const { insertFirst, refund, settlement } = MIX;
    if (choice < refund) return this.later('refund', this.refundable, dueAt) ?? this.payment('lock-first', dueAt);
    if (choice < refund + settlement) return this.later('settlement', this.settleable, dueAt) ?? this.payment('lock-first', dueAt);
    return this.payment(choice < refund + settlement + insertFirst ? 'insert-first' : 'lock-first', dueAt);
  }

  /** A payment that later operations may refer to. */
  acknowledged(operation: Operation): void {
    if (operation.kind !== 'payment') return;
    this.refundable.push(operation);
    this.settleable.push(operation);
  }

  private payment(order: LockOrder, dueAt: number): Operation {
    const key = randomUUID();
    return {
      key,
      paymentKey: key,
      kind: 'payment',
      order,
      amount: ((100 + this.random.below(99_900)) / 100).toFixed(2),
      customerAccount: 1 + this.random.below(CUSTOMERS),
      merchantAccount: CUSTOMERS + 1 + this.random.below(this.random.next() < HOT_PART ? HOT_MERCHANTS : MERCHANTS),
      dueAt,
      attempts: 0,
      mayBeThere: false,
    };
  }

  private later(kind: 'refund' | 'settlement', payments: Operation[], dueAt: number): Operation | undefined {
    if (payments.length === 0) return undefined;
    const index = this.random.below(payments.length);
    const payment = payments[index];
    payments[index] = payments[payments.length - 1];
    payments.pop();
    const amount = kind === 'refund' ? (Number(payment.amount) / 2).toFixed(2) : payment.amount;
    return { ...payment, key: randomUUID(), kind, amount, order: 'lock-first', dueAt, attempts: 0, mayBeThere: false, lastError: undefined };
  }
}

/** A statement and its values; the name lets the server keep its plan for the session. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether it must give a row: none means that the payment is not there. */
  readonly needsRow?: boolean;
}

/** The statements of an operation, in one transaction. The key is written in it: whoever sees the row sees all of it. */
export function statements(operation: Operation): Statement[] {
  switch (operation.kind) {
    case 'payment': return operation.order === 'insert-first'
      ? [insertPayment(operation), changeBalances(operation)]
      : [lockAccounts(operation), insertPayment(operation), changeBalances(operation)];
    case 'refund': return [lockPayment(operation), insertRefund(operation), changeBalances(operation)];
    case 'settlement': return [settle(operation)];
  }
}

function insertPayment({ key, customerAccount, merchantAccount, amount }: Operation): Statement {
  return {
    name: 'insert-payment',
    text: `
      WITH payment AS (
        INSERT INTO public.payments (idempotency_key, customer, customer_account, merchant_account, amount, currency, status, metadata)
        VALUES ($1::uuid, 'customer-' || $2::int, $2::int, $3::int, $4::numeric, '${CURRENCY}', 'authorised', '{"channel": "api"}')
        RETURNING id
      ), entries AS (
        INSERT INTO public.ledger_entries (payment_id, account_id, amount)
        SELECT id, entry.account, entry.amount FROM payment CROSS JOIN (VALUES ($2::int, -$4::numeric), ($3::int, $4::numeric)) AS entry (account, amount)
      ), event AS (
        INSERT INTO public.payment_events (payment_id, operation_key, kind) SELECT id, $1::uuid, 'authorised' FROM payment
      )
      SELECT id FROM payment`,
    values: [key, customerAccount, merchantAccount, amount],
    needsRow: true,
  };
}

function lockAccounts({ customerAccount, merchantAccount }: Operation): Statement {
  return {
    name: 'lock-accounts',
    text: 'SELECT id FROM public.accounts WHERE id IN ($1::int, $2::int) ORDER BY id FOR UPDATE',
    values: [customerAccount, merchantAccount],
    needsRow: true,
  };
}

/** Locks in the order of the numbers, so that no two operations wait for each other. */
function changeBalances({ kind, customerAccount, merchantAccount, amount }: Operation): Statement {
  return {
    name: 'change-balances',
    text: `
      WITH locked AS MATERIALIZED (SELECT id FROM public.accounts WHERE id IN ($1::int, $2::int) ORDER BY id FOR UPDATE)
      UPDATE public.accounts SET balance = balance + CASE WHEN accounts.id = $1::int THEN -$3::numeric ELSE $3::numeric END, changes = changes + 1
      FROM locked WHERE accounts.id = locked.id`,
    values: kind === 'refund' ? [merchantAccount, customerAccount, amount] : [customerAccount, merchantAccount, amount],
  };
}

function lockPayment({ paymentKey }: Operation): Statement {
  return { name: 'lock-payment', text: 'SELECT id FROM public.payments WHERE idempotency_key = $1::uuid FOR UPDATE', values: [paymentKey], needsRow: true };
}

function insertRefund({ key, paymentKey, customerAccount, merchantAccount, amount }: Operation): Statement {
  return {
    name: 'insert-refund',
    text: `
      WITH refund AS (
        INSERT INTO public.refunds (idempotency_key, payment_id, amount)
        SELECT $1::uuid, id, $5::numeric FROM public.payments WHERE idempotency_key = $2::uuid
        RETURNING id, payment_id
      ), entries AS (
        INSERT INTO public.ledger_entries (payment_id, refund_id, account_id, amount)
        SELECT payment_id, id, entry.account, entry.amount
        FROM refund CROSS JOIN (VALUES ($3::int, $5::numeric), ($4::int, -$5::numeric)) AS entry (account, amount)
      ), event AS (
        INSERT INTO public.payment_events (payment_id, operation_key, kind) SELECT payment_id, $1::uuid, 'refunded' FROM refund
      )
      SELECT id FROM refund`,
    values: [key, paymentKey, customerAccount, merchantAccount, amount],
    needsRow: true,
  };
}

function settle({ key, paymentKey }: Operation): Statement {
  return {
    name: 'settle',
    text: `
      WITH payment AS (
        UPDATE public.payments SET status = 'settled', updated_at = clock_timestamp() WHERE idempotency_key = $2::uuid RETURNING id, amount
      ), event AS (
        INSERT INTO public.payment_events (payment_id, operation_key, kind) SELECT id, $1::uuid, 'settled' FROM payment
      )
      INSERT INTO "Settlements"."Settlement" ("IdempotencyKey", "PaymentId", "Amount") SELECT $1::uuid, id, amount FROM payment RETURNING "PaymentId"`,
    values: [key, paymentKey],
    needsRow: true,
  };
}
