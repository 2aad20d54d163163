import type { Client } from 'pg';
import { LocalServer } from '../../cli/src/servers';
import type { Side } from '../../src/validation/contract';

export const SIDES: readonly Side[] = ['source', 'target'];
export type Servers = Readonly<Record<Side, LocalServer>>;
export const DATABASE = 'postgres';
export const TABLE = 'payments';
export const DIFFERENCES = 100;

/** What identifies a payment, and which columns it has: with a `document`, two that are compared as text. */
export type Kind = 'bigint' | 'uuid' | 'document';

/** Eleven columns, the key first, and what a row has in them by its number `n`. */
const COLUMNS: Readonly<Record<string, readonly [type: string, value: string]>> = {
  merchant_id: ['bigint', 'n % 1000'],
  customer_id: ['bigint', 'n * 7919 % 100003'],
  idempotency_key: ['uuid', "md5('key ' || n)::uuid"],
  amount: ['numeric(18, 2)', '(n % 100000) / 100.0'],
  currency: ['text', "(ARRAY['EUR', 'USD', 'GBP'])[1 + n % 3]"],
  status: ['text', "(ARRAY['authorised', 'captured', 'refunded', 'failed'])[1 + n % 4]"],
  reference: ['text', "'order ' || n * 31"],
  captured: ['boolean', 'n % 4 = 1'],
  created_at: ['timestamptz', "timestamptz '2024-01-01 00:00+00' + n * interval '1 s'"],
  updated_at: ['timestamptz', "timestamptz '2024-01-01 00:00+00' + n * interval '1 s' + n % 60 * interval '1 ms'"],
};
const AS_TEXT: typeof COLUMNS = {
  ...COLUMNS,
  currency: ['character(3)', COLUMNS.currency[1]],
  reference: ['jsonb', "jsonb_build_object('order', n * 31)"],
};
const KEYS: Readonly<Record<Kind, readonly [type: string, value: string]>> = {
  bigint: ['bigint', 'n'],
  uuid: ['uuid', "md5('id ' || n)::uuid"],
  document: ['bigint', 'n'],
};

/** Another value of each column of the tables without a document. None is null: one of the peers cannot sort its findings then. */
const DAMAGE: Readonly<Record<string, string>> = {
  merchant_id: 'merchant_id + 1',
  customer_id: '-customer_id - 1',
  idempotency_key: 'gen_random_uuid()',
  amount: 'amount + 0.01',
  currency: 'lower(currency)',
  status: "status || ' '",
  reference: "''",
  captured: 'NOT captured',
  created_at: "created_at + interval '1 us'",
  updated_at: "updated_at - interval '1 day'",
};

/** All but the key. */
export const OTHER_COLUMNS = Object.keys(COLUMNS);

/** Two servers that do not wait for disks, with TLS as always. */
export async function startServers(): Promise<Servers> {
  const start = async (name: Side) => LocalServer.create({
    // What a table's rows are written with goes to no log: making them is not what is measured.
    major: name === 'source' ? 17 : 18, name, settings: { fsync: 'off', wal_level: 'minimal', max_wal_senders: '0', shared_buffers: '1GB', max_wal_size: '4GB' },
  });
  const [source, target] = await Promise.all(SIDES.map(start));
  return { source, target };
}

/** The same rows on both sides. */
export async function fill(clients: Readonly<Record<Side, Client>>, kind: Kind, rows: number): Promise<void> {
  const columns = { id: KEYS[kind], ...kind === 'document' ? AS_TEXT : COLUMNS };
  const definition = Object.entries(columns).map(([name, [type]]) => `${name} ${type}`).join(', ');
  const values = Object.values(columns).map(([, value]) => value).join(', ');
  await Promise.all(SIDES.map(async (side) => {
    await clients[side].query(`DROP TABLE IF EXISTS ${TABLE}`);
    await clients[side].query(`BEGIN; CREATE TABLE ${TABLE} (${definition}); INSERT INTO ${TABLE} SELECT ${values} FROM generate_series(1::bigint, ${rows}) AS n;
      ALTER TABLE ${TABLE} ADD PRIMARY KEY (id); COMMIT`);
    await clients[side].query(`VACUUM (ANALYZE, FREEZE) ${TABLE}`);
  }));
}

/** Changes one column of each of 100 rows that lie all over the table: each column ten times. */
export async function damage(target: Client, rows: number): Promise<void> {
  for (const [index, [column, value]] of Object.entries(DAMAGE).entries()) {
    const each = DIFFERENCES / OTHER_COLUMNS.length;
    const { rowCount } = await target.query(`UPDATE ${TABLE} SET ${column} = ${value} WHERE idempotency_key = ANY (
      SELECT md5('key ' || n * ${Math.floor(rows / DIFFERENCES)} - ${index})::uuid FROM generate_series(${index * each + 1}, ${(index + 1) * each}) AS n)`);
    if (rowCount !== each) throw new Error(`${rowCount} rows were damaged in ${column}, not ${each}`);
  }
}
