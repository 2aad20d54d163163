import { Client, type ClientConfig } from 'pg';
import type { Endpoint } from './task';

/** How values are written in the log's text and in copies: so that what is read is what was meant, to the last digit. */
const READER_SETTINGS = '-c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c extra_float_digits=3 -c bytea_output=hex -c search_path=pg_catalog';

interface Config extends ClientConfig {
  /** `database`: the connection takes commands of the replication protocol. */
  readonly replication?: 'database';
}

export async function connectReader(endpoint: Endpoint, config: Config = {}): Promise<Client> {
  return connect(endpoint, { options: READER_SETTINGS, ...config });
}

/**
 * A connection to write with. The role of replicas fires neither foreign keys nor users' triggers, as the `afterConnectScript` that a DMS
 * target gets; the gate is there for it as for others.
 */
export async function connectWriter(endpoint: Endpoint, config: Config = {}): Promise<Client> {
  const client = await connect(endpoint, { options: '-c search_path=pg_catalog -c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC', ...config });
  try {
    await client.query("SET session_replication_role = 'replica'");
    return client;
  } catch (error) {
    cut(client);
    throw error;
  }
}

/** Ends a connection at once, also one that hangs: the server rolls back what was open. */
export function cut(client: Client): void {
  client.connection.stream.destroy();
}

async function connect({ host, port, database, username: user, password, certificateAuthority: ca }: Endpoint, config: Config): Promise<Client> {
  const settings: Config = {
    host,
    port,
    database,
    user,
    password,
    ssl: { ca, rejectUnauthorized: true },
    application_name: 'payment-migration dms profile',
    connectionTimeoutMillis: 10_000,
    ...config,
  };
  const client = new Client(settings);
  // Whoever waits for an answer is told; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    cut(client);
    throw error;
  }
}
