import { Refusal } from './writer.mjs';

const COLUMNS = `id::text, customer_account AS "customerAccount", merchant_account AS "merchantAccount", amount::text, currency, status`;
const FIELDS = {
  customerAccount: (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31,
  merchantAccount: (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31,
  // A string: numbers of JSON lose cents.
  amount: (value) => typeof value === 'string' && /^\d{1,10}\.\d\d$/.test(value) && !/^[0.]+$/.test(value),
  currency: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
};

/** What a request asks for; nothing that is not known here comes in, card data above all. */
export function paymentOf(key, body) {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key ?? '')) throw new Refusal(400, 'Idempotency-Key: a UUID is needed');
  if (typeof body !== 'object' || body === null || Object.keys(body).some((name) => !Object.hasOwn(FIELDS, name))) {
    throw new Refusal(400, `allowed: ${Object.keys(FIELDS).join(', ')}`);
  }
  for (const [name, allows] of Object.entries(FIELDS)) if (!allows(body[name])) throw new Refusal(400, `${name} is missing or not valid`);
  return { key, ...body };
}

/** Makes a payment once, however often it is asked for. The key is read first: an attempt before this one may have been committed unheard. */
export async function pay(session, wanted) {
  return (await made(session, wanted)) ?? (await make(session, wanted)) ?? made(session, wanted);
}

export async function paymentById(session, id) {
  const { rows: [payment] } = await session.query(`SELECT ${COLUMNS} FROM public.payments WHERE id = $1`, [id]);
  if (!payment) throw new Refusal(404, 'no such payment');
  return payment;
}

async function made(session, { key, ...wanted }) {
  const { rows: [payment] } = await session.query(`SELECT ${COLUMNS} FROM public.payments WHERE idempotency_key = $1`, [key]);
  if (!payment) return undefined;
  const differs = Object.keys(wanted).find((name) => Number(wanted[name]) !== Number(payment[name]) && wanted[name] !== payment[name]);
  if (differs) throw new Refusal(422, `this Idempotency-Key was used with another ${differs}`);
  return payment;
}

/** The key, the payment, its ledger and the balances in one transaction; undefined where somebody else has used the key meanwhile. */
async function make(session, { key, customerAccount, merchantAccount, amount, currency }) {
  await session.query('BEGIN');
  // Waits for a transaction that uses the same key, and goes on when that has ended.
  const { rows: [payment] } = await session.query(`
    WITH payment AS (
      INSERT INTO public.payments (idempotency_key, customer, customer_account, merchant_account, amount, currency, status)
      VALUES ($1, 'customer-' || $2::int, $2::int, $3::int, $4::numeric, $5, 'authorised')
      ON CONFLICT ON CONSTRAINT payments_key DO NOTHING
      RETURNING *
    ), entries AS (
      INSERT INTO public.ledger_entries (payment_id, account_id, amount)
      SELECT id, entry.account, entry.amount FROM payment CROSS JOIN (VALUES ($2::int, -$4::numeric), ($3::int, $4::numeric)) AS entry (account, amount)
    )
    SELECT ${COLUMNS} FROM payment`, [key, customerAccount, merchantAccount, amount, currency]);
  if (!payment) {
    await session.query('ROLLBACK');
    return undefined;
  }
  // In the order of the numbers, so that no two payments wait for each other.
  const { rowCount } = await session.query(`
    WITH locked AS MATERIALIZED (SELECT id FROM public.accounts WHERE id IN ($1::int, $2::int) AND currency = $4 ORDER BY id FOR UPDATE)
    UPDATE public.accounts SET balance = balance + CASE WHEN accounts.id = $1::int THEN -$3::numeric ELSE $3::numeric END, changes = changes + 1
    FROM locked WHERE accounts.id = locked.id`, [customerAccount, merchantAccount, amount, currency]);
  if (rowCount !== 2) {
    await session.query('ROLLBACK');
    throw new Refusal(422, 'no two such accounts of this currency');
  }
  await session.query('COMMIT');
  return payment;
}
