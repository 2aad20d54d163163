import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PairOfDatabases } from './pair';
import type { Side } from '../../../../src/cutover/contract';

/** Keeps writing payments on a side, through crashes too; knows which were acknowledged. */
export class Writer {
  readonly acknowledged: string[] = [];
  private stopped = false;
  private readonly work: Promise<void>;

  constructor(private readonly pair: PairOfDatabases, private readonly side: Side, private readonly prefix: string) {
    this.work = this.run();
  }

  /** Ends after the payment that is under way. */
  async stop(): Promise<string[]> {
    this.stopped = true;
    await this.work;
    return this.acknowledged;
  }

  private async run(): Promise<void> {
    let client: Client | undefined;
    for (let n = 0; !this.stopped; n += 1) {
      try {
        client ??= await this.pair.connect(this.side);
        await this.pay(client, n);
        await sleep(1);
      } catch {
        await client?.end().catch(() => undefined);
        client = undefined;
        await sleep(20);
      }
    }
    await client?.end();
  }

  private async pay(client: Client, n: number): Promise<void> {
    const key = `${this.prefix}-${n}`;
    await client.query('BEGIN');
    const { rows: [{ id }] } = await client.query<{ id: string }>(
      'INSERT INTO payment (key, account, amount, receipt, note) VALUES ($1, $2, $3, $4, $5) RETURNING id',
      [key, 1 + n % 100, '0.1234', n % 10 === 0 ? randomBytes(20_000) : null, 'it\'s "quoted" \\ and\nbroken'],
    );
    await client.query('UPDATE account SET balance = balance + 0.1234 WHERE id = $1', [1 + n % 100]);
    // Leaves the large value as it is: the log does not carry it.
    if (n % 3 === 0) await client.query("UPDATE payment SET details = jsonb_build_object('seen', true) WHERE id = $1", [id]);
    if (n % 5 === 0) await client.query("INSERT INTO event SELECT max(id) + 1, '2024-12-31' FROM event");
    await client.query('COMMIT');
    this.acknowledged.push(key);
  }
}
