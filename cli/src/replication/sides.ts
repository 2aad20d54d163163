import type { Client, ClientConfig } from 'pg';
import type { Side } from './protocol';
import type { LocalServer } from '../servers';

/** One side's database on a server of this machine. */
export interface LocalDatabase {
  readonly server: LocalServer;
  readonly database: string;
}

export type Sides = Readonly<Record<Side, LocalDatabase>>;

/** A closed side tells clients that it is read-only; what is done here is not meant by that. */
const SETTINGS = '-c default_transaction_read_only=off -c synchronous_commit=on -c search_path=pg_catalog,pg_temp';

export async function connectTo({ server, database }: LocalDatabase, overrides: ClientConfig = {}): Promise<Client> {
  return server.connect(database, { application_name: 'payment-migration replication', options: SETTINGS, ...overrides });
}

/** Runs `work` on a connection of its own: a server that crashed meanwhile spoils none that is used later. */
export async function using<T>(where: LocalDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectTo(where);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** BEGIN, `work`, COMMIT. A connection that is not ended here is rolled back by its end. */
export async function inTransaction(client: Client, statements: readonly string[]): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
