import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { LocalServer } from '../../../cli/src/servers';
import type { Side } from '../../../src/cutover/contract';
import { APPLICATION, DATABASE, SIDES } from '../../support/pair';

/** An account for each client, and payments with keys that make a repetition harmless: both change in one transaction. */
export const PAYMENTS = `
  CREATE SCHEMA app;
  CREATE TABLE app.account (client text PRIMARY KEY, payments integer NOT NULL DEFAULT 0);
  CREATE TABLE app.payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE, client text NOT NULL);
  CREATE INDEX ON app.payment (client);
  GRANT USAGE ON SCHEMA app TO ${APPLICATION};
  GRANT ALL ON ALL TABLES IN SCHEMA app TO ${APPLICATION};
`;

/** A payment, by its key and its client. Done again it changes nothing. */
export const PAY = `
  WITH paid AS (INSERT INTO app.payment (key, client) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING client)
  INSERT INTO app.account SELECT client, 1 FROM paid ON CONFLICT (client) DO UPDATE SET payments = account.payments + 1`;

const RETRY_MS = 5;
/** A server that is cut off in the middle must not keep a client for ever. */
const ANSWER_MS = 3_000;

export interface Acknowledged {
  readonly key: string;
  readonly at: number;
}

export interface PayersOptions {
  readonly servers: Record<Side, LocalServer>;
  readonly name: string;
  readonly clients?: number;
  /** Between two payments of a client. @default 2 */
  readonly paceMs?: number;
}

/**
 * Clients that go on paying whatever happens: they try the one host and the other, and repeat a payment under its key until a database
 * has acknowledged it.
 */
export class Payers {
  /** In the order of the acknowledgements. */
  public readonly acknowledged: Acknowledged[] = [];
  private readonly work: readonly Promise<void>[];
  private readonly paceMs: number;
  private stopped = false;

  public constructor(private readonly options: PayersOptions) {
    this.paceMs = options.paceMs ?? 2;
    this.work = Array.from({ length: options.clients ?? 3 }, async (_, index) => this.pay(`${options.name}-${index}`));
  }

  /** Ends after the payments that are under way. */
  public async stop(): Promise<readonly string[]> {
    this.stopped = true;
    await Promise.all(this.work);
    return this.keys();
  }

  public keys(): readonly string[] {
    return this.acknowledged.map(({ key }) => key);
  }

  /** The longest time between two acknowledgements of one client. */
  public worstStallMs(from: number, to: number): number {
    const last = new Map<string, number>();
    let worst = 0;
    for (const { key, at } of this.acknowledged) {
      const client = key.slice(0, key.lastIndexOf('-'));
      if (at >= from && at <= to) worst = Math.max(worst, at - (last.get(client) ?? at));
      last.set(client, at);
    }
    return worst;
  }

  private async pay(client: string): Promise<void> {
    let turn = 0;
    let connection: Client | undefined;
    for (let n = 0; !this.stopped; n += 1) {
      const key = `${client}-${n}`;
      for (let acknowledged = false; !acknowledged && !this.stopped;) {
        try {
          connection ??= await this.connect(SIDES[turn % 2]);
          await connection.query(PAY, [key, client]);
          this.acknowledged.push({ key, at: performance.now() });
          acknowledged = true;
        } catch {
          void connection?.end().catch(() => undefined);
          connection = undefined;
          turn += 1;
          await sleep(RETRY_MS);
        }
      }
      await sleep(this.paceMs);
    }
    await connection?.end().catch(() => undefined);
  }

  private async connect(side: Side): Promise<Client> {
    return this.options.servers[side].connect(DATABASE, {
      user: APPLICATION, password: APPLICATION, application_name: 'payer', connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS,
    });
  }
}

/** What is wrong with the payments in a database: keys that are missing, and accounts whose payments were counted otherwise than made. */
export async function audit(client: Client, keys: readonly string[]): Promise<string[]> {
  const { rows: missing } = await client.query<{ key: string }>(
    'SELECT key FROM unnest($1::text[]) key WHERE NOT EXISTS (SELECT FROM app.payment p WHERE p.key = key.key) LIMIT 20', [keys]);
  const { rows: unbalanced } = await client.query<{ client: string; payments: number; rows: number }>(`
    SELECT client, coalesce(a.payments, 0) AS payments, coalesce(p.rows, 0)::integer AS rows
    FROM app.account a FULL JOIN (SELECT client, count(*) AS rows FROM app.payment GROUP BY client) p USING (client)
    WHERE coalesce(a.payments, 0) <> coalesce(p.rows, 0)`);
  return [
    ...missing.map(({ key }) => `payment ${key} is missing`),
    ...unbalanced.map(({ client: who, payments, rows }) => `the account of ${who} counts ${payments} payments and has ${rows}`),
  ];
}
