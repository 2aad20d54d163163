/** What can be wrong with the payments of a database. */
export type FindingKind = 'lost' | 'duplicated' | 'unbalanced';

/** One way in which something can be wrong; `sql` gives a row with a `subject` for each case. */
export interface Check {
  readonly kind: FindingKind;
  readonly reason: string;
  readonly sql: string;
}

/** Every key that was written. */
const KEYS = `
  SELECT idempotency_key AS key FROM public.payments
  UNION ALL SELECT idempotency_key FROM public.refunds
  UNION ALL SELECT "IdempotencyKey" FROM "Settlements"."Settlement"`;

/** Everything that was written, as the log says it; `whole` is false for a settlement whose payment does not say so too. */
const WRITTEN = `
  SELECT 'payment' AS kind, idempotency_key AS key, amount, idempotency_key AS payment_key, true AS whole FROM public.payments
  UNION ALL
  SELECT 'refund', refunds.idempotency_key, refunds.amount, payments.idempotency_key, true
  FROM public.refunds LEFT JOIN public.payments ON payments.id = refunds.payment_id
  UNION ALL
  SELECT 'settlement', "IdempotencyKey", "Amount", payments.idempotency_key, payments.status = 'settled'
  FROM "Settlements"."Settlement" LEFT JOIN public.payments ON payments.id = "PaymentId"`;

/** The log, as parameters: no table is made for it, so the database may be one that refuses DDL. */
const LOGGED = 'unnest($1::uuid[], $2::text[], $3::numeric[], $4::uuid[]) AS logged (key, kind, amount, payment_key)';

/** How many of the log's operations are there, whatever their content. */
export const COUNT_THERE = `WITH keys AS (${KEYS}) SELECT count(*)::int AS found FROM unnest($1::uuid[]) AS logged (key) WHERE key IN (SELECT key FROM keys)`;

/** The acknowledged operations that are lost: a row with `subject` and `reason` for each. One pass over everything, since it is the longest. */
export const LOST = `
  WITH written AS (${WRITTEN}), events AS (SELECT DISTINCT operation_key AS key FROM public.payment_events), compared AS (
    SELECT logged.kind, logged.key, bool_or(written.key IS NOT NULL) AS there, bool_or(events.key IS NOT NULL) AS has_event,
           coalesce(bool_or(written.kind = logged.kind AND written.amount = logged.amount AND written.payment_key = logged.payment_key AND whole), false) AS same
    FROM ${LOGGED} LEFT JOIN written ON written.key = logged.key LEFT JOIN events ON events.key = logged.key
    GROUP BY logged.kind, logged.key
  )
  SELECT kind || ' ' || key AS subject, CASE
    WHEN NOT there THEN 'an acknowledged operation is not there'
    WHEN NOT same THEN 'an acknowledged operation is there with other content'
    ELSE 'an acknowledged operation is there without its event'
  END AS reason
  FROM compared WHERE NOT (there AND same AND has_event)`;

const PAYMENT_LEDGER = 'SELECT payment_id, count(*) AS entries, sum(amount) AS total FROM public.ledger_entries WHERE refund_id IS NULL GROUP BY payment_id';
const REFUND_LEDGER = 'SELECT refund_id, count(*) AS entries, sum(amount) AS total FROM public.ledger_entries WHERE refund_id IS NOT NULL GROUP BY refund_id';

export const CHECKS: readonly Check[] = [
  { kind: 'duplicated', reason: 'an idempotency key is there more than once', sql: `SELECT key AS subject FROM (${KEYS}) AS keys GROUP BY key HAVING count(*) > 1` },
  {
    kind: 'duplicated',
    reason: 'a payment has more than two entries in the ledger',
    sql: `SELECT 'payment ' || payment_id AS subject FROM (${PAYMENT_LEDGER}) AS ledger WHERE entries > 2`,
  },
  {
    kind: 'duplicated',
    reason: 'a refund has more than two entries in the ledger',
    sql: `SELECT 'refund ' || refund_id AS subject FROM (${REFUND_LEDGER}) AS ledger WHERE entries > 2`,
  },
  {
    kind: 'duplicated',
    reason: 'a payment is refunded more than once',
    sql: "SELECT 'payment ' || payment_id AS subject FROM public.refunds GROUP BY payment_id HAVING count(*) > 1",
  },
  {
    kind: 'duplicated',
    reason: 'a payment is settled more than once',
    sql: 'SELECT \'payment \' || "PaymentId" AS subject FROM "Settlements"."Settlement" GROUP BY "PaymentId" HAVING count(*) > 1',
  },
  {
    kind: 'duplicated',
    reason: 'an operation has more than one event',
    sql: 'SELECT operation_key AS subject FROM public.payment_events GROUP BY operation_key HAVING count(*) > 1',
  },
  {
    kind: 'unbalanced',
    reason: 'the entries of a payment are missing or do not sum to zero',
    sql: `
      SELECT 'payment ' || id AS subject FROM public.payments LEFT JOIN (${PAYMENT_LEDGER}) AS ledger ON payment_id = id
      WHERE entries IS NULL OR entries < 2 OR total <> 0`,
  },
  {
    kind: 'unbalanced',
    reason: 'the entries of a refund are missing or do not sum to zero',
    sql: `
      SELECT 'refund ' || id AS subject FROM public.refunds LEFT JOIN (${REFUND_LEDGER}) AS ledger ON refund_id = id
      WHERE entries IS NULL OR entries < 2 OR total <> 0`,
  },
  {
    kind: 'unbalanced',
    reason: 'an entry of the ledger belongs to nothing',
    sql: `
      SELECT 'entry ' || ledger_entries.id AS subject
      FROM public.ledger_entries LEFT JOIN public.payments ON payments.id = payment_id LEFT JOIN public.refunds ON refunds.id = refund_id
        LEFT JOIN public.accounts ON accounts.id = account_id
      WHERE payments.id IS NULL OR accounts.id IS NULL OR (refund_id IS NOT NULL AND refunds.id IS NULL)`,
  },
  {
    kind: 'unbalanced',
    reason: 'a refund, settlement or event belongs to no payment',
    sql: `
      SELECT of.subject FROM (
        SELECT 'refund ' || id AS subject, payment_id FROM public.refunds
        UNION ALL SELECT 'settlement ' || "IdempotencyKey", "PaymentId" FROM "Settlements"."Settlement"
        UNION ALL SELECT 'event ' || id, payment_id FROM public.payment_events
      ) AS of WHERE NOT EXISTS (SELECT FROM public.payments WHERE payments.id = of.payment_id)`,
  },
  {
    kind: 'unbalanced',
    reason: 'the status of a payment and its settlement contradict each other',
    sql: `
      SELECT 'payment ' || id AS subject FROM public.payments LEFT JOIN "Settlements"."Settlement" ON "PaymentId" = id
      WHERE (status = 'settled') <> ("PaymentId" IS NOT NULL)`,
  },
  {
    kind: 'unbalanced',
    reason: 'the balance of an account is not the sum of its entries',
    sql: `
      SELECT 'account ' || id AS subject
      FROM public.accounts LEFT JOIN (SELECT account_id, sum(amount) AS total FROM public.ledger_entries GROUP BY account_id) AS ledger ON account_id = id
      WHERE balance <> opening_balance + coalesce(total, 0)`,
  },
];
