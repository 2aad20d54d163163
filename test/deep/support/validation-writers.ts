import { Client } from 'pg';
import { Random } from './random';
import { isCold, type Case, type Script } from './validation-case';

/** Clients that write hot rows of the source as fast as they can, until they are stopped. */
export class Writers {
  private stopped = false;
  private readonly running: Promise<void>[];
  public written = 0;
  /** Rows that may have been written, by number. */
  public readonly rows = new Set<number>();

  public constructor(clients: readonly Client[], script: Script, { rows }: Case, seed: number) {
    this.running = clients.map(async (client, index) => this.write(client, script, rows, new Random(seed + index)));
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private async write(client: Client, script: Script, rows: number, random: Random): Promise<void> {
    while (!this.stopped) {
      const row = Math.floor(random.between(0, rows + 200)) * 2 + 1;
      if (isCold(row)) throw new Error(`row ${row} is cold`);
      const kind = random.next();
      // Before the statement: nobody knows how far one came that is under way.
      this.rows.add(row);
      await client.query(kind < 0.5 ? script.touch(row) : kind < 0.8 ? script.insert([row]) : script.remove(row));
      this.written += 1;
    }
  }
}
