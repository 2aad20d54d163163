import type { Client } from 'pg';
import { until } from './patience';
import { connectTo, type LocalDatabase } from './sides';
import { replicatedTables } from './tables';

const PATIENCE_MS = 30_000;
/** Below deadlock_timeout: an applier that has some of the tables and wants others is let go on. */
const LOCK_TIMEOUT_MS = 200;

/** Holds locks on all replicated tables of a side: what is read is read, what would be written waits. */
export class TableLocks {
  private holder: Client | undefined;

  constructor(private readonly where: LocalDatabase) {}

  async take(): Promise<void> {
    if (this.holder !== undefined) return;
    await until(async () => this.tryToTake(), { what: 'locks on all tables', patienceMs: PATIENCE_MS });
  }

  async release(): Promise<void> {
    const { holder } = this;
    this.holder = undefined;
    await holder?.end().catch(() => undefined);
  }

  private async tryToTake(): Promise<boolean> {
    const client = await connectTo(this.where);
    try {
      const names = (await replicatedTables(client)).map(({ name }) => name);
      await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; LOCK TABLE ${names.join(', ')} IN EXCLUSIVE MODE`);
      this.holder = client;
      return true;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}
