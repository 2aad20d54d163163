import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { audit } from '../../../src/audit';
import { LocalServer } from '../../../src/servers';
import { installSchema, seed, startWorkload, type Place, type Workload, type WorkloadOptions, type WorkloadResult } from '../../../src/workload';

export const LOGIN = { username: 'payments_app', password: "correct 'horse'" };
export const DATABASE = 'payments';

/** A server with the payments' tables, empty or seeded. */
export async function paymentsServer(major: 17 | 18, rows?: number): Promise<LocalServer> {
  const server = await LocalServer.create({ major, name: `payments-${major}` });
  try {
    await server.createDatabase(DATABASE);
    await using(server, async (client) => {
      await installSchema(client, { password: LOGIN.password });
      if (rows !== undefined) await seed(client, rows);
    });
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

/** Runs with a superuser's client of the payments, which may write on a closed side too. */
export async function using<T>(server: LocalServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await server.connect(DATABASE, { options: '-c default_transaction_read_only=off' });
  return work(client).finally(() => client.end());
}

export function place({ host, port, certificateAuthority }: LocalServer): Place {
  return { host, port, certificateAuthority };
}

/** New sessions find the side closed, or open again. */
export async function setClosed(server: LocalServer, closed: boolean): Promise<void> {
  await using(server, async (client) => {
    await client.query(`ALTER DATABASE ${DATABASE} SET default_transaction_read_only = ${closed ? 'on' : 'off'}`);
  });
}

/** Waits until something is so. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await condition()) return;
    await sleep(20);
  }
  throw new Error(`not so within 10 s: ${String(condition)}`);
}

/** A port where nobody listens. */
export async function nowhere(): Promise<Place> {
  const gone = await LocalServer.create({ major: 17, name: 'gone' });
  await gone.remove();
  return place(gone);
}

/** Six clients and 200 operations each second. */
export async function startClients(sides: WorkloadOptions['sides'], options: Partial<WorkloadOptions> = {}): Promise<Workload> {
  return startWorkload({ rate: 200, clients: 6, sides, login: LOGIN, databaseName: DATABASE, ...options });
}

/** Everything that arrived was acknowledged, and the audit finds nothing. */
export async function expectAllThere(result: WorkloadResult, server: LocalServer): Promise<void> {
  expect(result.unacknowledged).toEqual([]);
  expect(result.acknowledged.length).toBe(result.counts.arrived);
  expect(await using(server, async (client) => (await audit(client, result)).findings)).toEqual([]);
}
