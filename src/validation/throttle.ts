import type { Side, Throttle } from './contract';
import { APPLICATION_NAME, BOTH, type Sides } from './sides';
import type { Tools } from './tools';
import { refused } from './validation-error';

const LOOK_EVERY_MS = 1_000;
const PAUSE_MS = 1_000;

const ACTIVE = `SELECT count(*)::int AS active FROM pg_stat_activity
  WHERE state = 'active' AND backend_type = 'client backend' AND application_name <> '${APPLICATION_NAME}'`;
const LAG = `SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)), 0)::bigint::text AS bytes
  FROM pg_replication_slots WHERE slot_type = 'logical' AND active AND database = current_database()`;

/** Keeps a comparison from taking more of the servers than it may. */
export class Brake {
  private looked = -Infinity;

  public constructor(
    private readonly sides: Sides, private readonly throttle: Throttle, private readonly writer: Side, private readonly tools: Tools,
  ) {
    const { duty = 1, maxActiveSessions = 0, maxLagBytes = 0 } = throttle;
    if (!(duty > 0 && duty <= 1)) throw refused('throttle.duty', duty, 'a number above 0, up to 1');
    if (!(maxActiveSessions >= 0)) throw refused('throttle.maxActiveSessions', maxActiveSessions, 'a number from 0');
    if (!(maxLagBytes >= 0)) throw refused('throttle.maxLagBytes', maxLagBytes, 'a number from 0');
  }

  /** After statements that took so long; false where the bounds are still passed at the deadline. */
  public async rest(statementsMs: number, deadline: number): Promise<boolean> {
    const { duty = 1 } = this.throttle;
    const { sleep, now } = this.tools;
    if (duty < 1) await sleep(Math.min(statementsMs * (1 / duty - 1), Math.max(0, deadline - now())));
    while (await this.isTooMuch()) {
      if (now() + PAUSE_MS > deadline) return false;
      await sleep(PAUSE_MS);
    }
    return true;
  }

  private async isTooMuch(): Promise<boolean> {
    const { maxActiveSessions, maxLagBytes } = this.throttle;
    if (maxActiveSessions === undefined && maxLagBytes === undefined || this.tools.now() < this.looked + LOOK_EVERY_MS) return false;
    if (maxActiveSessions !== undefined) {
      for (const side of BOTH) {
        const [{ active }] = await this.sides.query<{ active: number }>(side, ACTIVE);
        if (active > maxActiveSessions) return true;
      }
    }
    if (maxLagBytes !== undefined) {
      const [{ bytes }] = await this.sides.query<{ bytes: string }>(this.writer, LAG);
      if (Number(bytes) > maxLagBytes) return true;
    }
    this.looked = this.tools.now();
    return false;
  }
}
