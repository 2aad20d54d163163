import type { ClientBase } from 'pg';
import { ACCOUNTS, CURRENCY, CUSTOMERS, MERCHANTS } from './schema';

/** Every tenth seeded payment is refunded in part, every third is settled. */
const REFUNDED = 10;
const SETTLED = 3;
const MAX_ROWS = 1_000_000;

/**
 * Fills the tables with that many payments of the past, their ledger, events, refunds and settlements, and balances that agree with them.
 * The client is a superuser's. Several calls add up.
 */
export async function seed(client: ClientBase, rows: number): Promise<void> {
  if (!Number.isInteger(rows) || rows < 0 || rows > MAX_ROWS) throw new Error(`rows: got ${rows}, allowed: a whole number from 0 to ${MAX_ROWS}`);
  // One text, one transaction. What the rows refer to is there by construction, so foreign keys are not checked: half of the time.
  await client.query(`
    SET LOCAL synchronous_commit = off;
    SET LOCAL session_replication_role = replica;
    INSERT INTO public.accounts (id, kind, currency, opening_balance, balance)
    SELECT n, CASE WHEN n <= ${CUSTOMERS} THEN 'customer' ELSE 'merchant' END, '${CURRENCY}', 1000, 1000 FROM generate_series(1, ${ACCOUNTS}) AS n
    ON CONFLICT DO NOTHING;

    CREATE TEMPORARY TABLE seeded ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('public.payments', 'id')) AS id, gen_random_uuid() AS key, gen_random_uuid() AS settlement_key, n,
           1 + n % ${CUSTOMERS} AS customer_account, ${CUSTOMERS} + 1 + n % ${MERCHANTS} AS merchant_account, (100 + n * 7919 % 99900)::numeric / 100 AS amount
    FROM generate_series(1, ${rows}) AS n;

    INSERT INTO public.payments (id, idempotency_key, customer, customer_account, merchant_account, amount, currency, status, metadata, created_at)
    SELECT id, key, 'customer-' || customer_account, customer_account, merchant_account, amount, '${CURRENCY}',
           CASE WHEN n % ${SETTLED} = 0 THEN 'settled' ELSE 'authorised' END, jsonb_build_object('channel', 'web', 'batch', n / 1000),
           now() - interval '1 day' + n * interval '1 second'
    FROM seeded;
    INSERT INTO public.ledger_entries (payment_id, account_id, amount)
    SELECT id, entry.account, entry.amount
    FROM seeded CROSS JOIN LATERAL (VALUES (customer_account, -amount), (merchant_account, amount)) AS entry (account, amount);
    INSERT INTO public.payment_events (payment_id, operation_key, kind) SELECT id, key, 'authorised' FROM seeded;

    INSERT INTO public.refunds (idempotency_key, payment_id, amount)
    SELECT gen_random_uuid(), id, round(amount / 2, 2) FROM seeded WHERE n % ${REFUNDED} = 0;
    INSERT INTO public.ledger_entries (payment_id, refund_id, account_id, amount)
    SELECT refunds.payment_id, refunds.id, entry.account, entry.amount
    FROM public.refunds JOIN seeded ON seeded.id = refunds.payment_id
    CROSS JOIN LATERAL (VALUES (customer_account, refunds.amount), (merchant_account, -refunds.amount)) AS entry (account, amount);
    INSERT INTO public.payment_events (payment_id, operation_key, kind)
    SELECT payment_id, idempotency_key, 'refunded' FROM public.refunds JOIN seeded ON seeded.id = refunds.payment_id;

    INSERT INTO "Settlements"."Settlement" ("IdempotencyKey", "PaymentId", "Amount")
    SELECT settlement_key, id, amount FROM seeded WHERE n % ${SETTLED} = 0;
    INSERT INTO public.payment_events (payment_id, operation_key, kind) SELECT id, settlement_key, 'settled' FROM seeded WHERE n % ${SETTLED} = 0;

    UPDATE public.accounts SET balance = opening_balance + moved.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM public.ledger_entries GROUP BY account_id) AS moved
    WHERE moved.account_id = accounts.id;
  `);
  await client.query('ANALYZE public.accounts, public.payments, public.ledger_entries, public.refunds, public.payment_events, "Settlements"."Settlement"');
}
