import { escapeIdentifier } from 'pg';
import { checkAdmitted } from './appliers';
import { LostCopy } from './lost-copy';
import { until } from './patience';
import type { Side, Stream, WayBack } from './protocol';
import { streamName, takerOf, type Replicator, type StreamStatus } from './replicator';
import { inTransaction, using, type LocalDatabase, type Sides } from './sides';
import { checkSlot, slotIsFree } from './slot';
import { beginAt, createDisabled, createWithCopy, drop, end, readSubscription, type SubscriptionState } from './subscription';
import { TableLocks } from './table-locks';
import { replicatedTables } from './tables';

export interface NativeReplicatorOptions {
  readonly sides: Sides;

  /**
   * How long a load may go without any progress, a server that is down included.
   *
   * @default 120000
   */
  readonly patienceMs?: number;
}

/** One on each side, for both directions. */
const PUBLICATION = 'payment_migration';
const STOP_PATIENCE_MS = 30_000;

/**
 * PostgreSQL's own logical replication: a publication and a subscription.
 *
 * Its subscriptions belong to the superuser of the side that receives. PostgreSQL lets no other login apply the changes of all tables
 * without being made a member of every table's owner; and the copy of the rows passes the closed gate as that login, so it must be one of
 * the appliers that the side was armed with. Changes after the copy fire no statement triggers: no gate holds them up, and none needs to,
 * since an applying process keeps its position in the transactions that it applies and never writes one twice.
 */
export class NativeReplicator implements Replicator {
  readonly plugin = 'pgoutput';
  private readonly sides: Sides;
  private readonly patienceMs: number;
  private readonly locks: Record<Side, TableLocks>;
  private readonly ended = new Set<Side>();
  private readonly closing = new AbortController();
  private loading = false;

  constructor({ sides, patienceMs = 120_000 }: NativeReplicatorOptions) {
    this.sides = sides;
    this.patienceMs = patienceMs;
    this.locks = { source: new TableLocks(sides.source), target: new TableLocks(sides.target) };
  }

  get appliers(): Record<Side, string> {
    return { source: this.sides.source.server.username, target: this.sides.target.server.username };
  }

  async load(): Promise<Stream> {
    this.loading = true;
    return this.copyAndFollow().finally(() => { this.loading = false; });
  }

  async start(giver: Side, from: WayBack): Promise<Stream> {
    const name = streamName(giver);
    const { slot } = from;
    const there = await this.subscription(giver);
    if (there !== undefined && there.slot !== slot) {
      throw new Error(`start: got slot ${slot} while ${name} has ${there.slot ?? 'given up its own'}; stop that first`);
    }
    if (there?.enabled !== true) {
      await checkSlot(giver, this.sides[giver], from, this.plugin);
      await using(this.sides[takerOf(giver)], async (client) => {
        if (there === undefined) await createDisabled(client, { name, publication: PUBLICATION, giver: this.sides[giver], slot });
        const made = await readSubscription(client, name);
        if (made === undefined) throw new Error(`start: ${name} is gone again; somebody else has dropped it`);
        await beginAt(client, name, made.oid, from.lsn);
      });
    }
    this.ended.delete(giver);
    return { name, slot };
  }

  async stop(giver: Side): Promise<void> {
    const name = streamName(giver);
    const there = await this.subscription(giver);
    if (there === undefined) return;
    await this.resume(giver);
    await this.take(this.sides[takerOf(giver)], name);
    this.ended.add(giver);
    const { slot } = there;
    // A giver that is down reads nothing any more.
    if (slot !== null && this.sides[giver].server.isRunning) {
      await until(async () => slotIsFree(this.sides[giver], slot), { what: `end of who reads ${slot}`, patienceMs: STOP_PATIENCE_MS });
    }
  }

  async status(giver: Side): Promise<StreamStatus> {
    try {
      const state = await this.subscription(giver);
      const loading = giver === 'source' && this.loading;
      if (!loading && (state === undefined || state.slot === null)) return this.ended.has(giver) ? 'stopped' : 'absent';
      // Asks the giver too, which may be down.
      const unread = await slotIsFree(this.sides[giver], state?.slot ?? '');
      if (state === undefined) return 'loading';
      if (!state.enabled || !state.working) return 'failed';
      if (!state.ready) return 'loading';
      return unread ? 'failed' : 'running';
    } catch {
      // One of the servers is down.
      return 'failed';
    }
  }

  async stall(giver: Side): Promise<void> {
    await this.locks[takerOf(giver)].take();
  }

  async resume(giver: Side): Promise<void> {
    await this.locks[takerOf(giver)].release();
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the replicator was closed'));
    await Promise.all([this.locks.source.release(), this.locks.target.release()]);
  }

  private async copyAndFollow(): Promise<Stream> {
    const name = streamName('source');
    const { source, target } = this.sides;
    const lost = new LostCopy(source, target, name);
    let seen: SubscriptionState | undefined;
    // Both are needed from the start: a change can be read only where a publication stood when it was written.
    await this.publish('source');
    await this.publish('target');
    await checkAdmitted('target', this.sides.target, this.appliers.target);
    await until(async () => {
      const state = await this.subscription('source');
      if (state === undefined) await this.subscribe(name);
      else seen = state;
      if (seen?.ready === false && await lost.isThere()) {
        await this.forgetCopies(name);
        seen = undefined;
        lost.forget();
      }
      return seen?.ready === true && await this.status('source') === 'running';
    }, {
      what: `load (${target.server.logFile} says more)`,
      patienceMs: this.patienceMs,
      progress: () => seen === undefined ? 'no subscription' : `tables ${seen.tables}, ${seen.bytesCopied} bytes`,
      signal: this.closing.signal,
    });
    this.ended.delete('source');
    // Appliers commit asynchronously: a crash that took back that a table is ready would find the slot of its copy dropped.
    await using(this.sides.target, async (client) => client.query("SELECT pg_logical_emit_message(true, 'payment_migration', 'loaded')"));
    return { name, slot: seen?.slot ?? await this.loadSlot() };
  }

  private async subscription(giver: Side): Promise<SubscriptionState | undefined> {
    return using(this.sides[takerOf(giver)], async (client) => readSubscription(client, streamName(giver)));
  }

  private async publish(side: Side): Promise<void> {
    await using(this.sides[side], async (client) => {
      const { rows } = await client.query('SELECT FROM pg_publication WHERE pubname = $1', [PUBLICATION]);
      if (rows.length > 0) return;
      const tables = (await replicatedTables(client)).map(({ name }) => name);
      await inTransaction(client, [`CREATE PUBLICATION ${escapeIdentifier(PUBLICATION)} FOR TABLE ONLY ${tables.join(', ONLY ')}`]);
    });
  }

  /** What was copied goes, and with the subscription the slots of its copies. */
  private async forgetCopies(name: string): Promise<void> {
    await this.take(this.sides.target, name);
    await using(this.sides.target, async (client) => {
      const tables = (await replicatedTables(client)).map((table) => table.name);
      await client.query(`TRUNCATE ONLY ${tables.join(', ONLY ')}`);
    });
  }

  /** Each look has a connection of its own: the taker may crash and come back meanwhile, and then it goes on where it was. */
  private async take(taker: LocalDatabase, name: string): Promise<void> {
    await until(async () => using(taker, async (client) => {
      const there = await readSubscription(client, name);
      if (there === undefined) return true;
      if (there.slot !== null) await end(client, name);
      if (there.slot !== null || there.working) return false;
      await drop(client, name);
      return true;
    }), { what: `end of ${name}`, patienceMs: STOP_PATIENCE_MS });
  }

  private async subscribe(name: string): Promise<void> {
    const { source, target } = this.sides;
    const slot = await this.loadSlot();
    // Left over from a subscription that was cut off: nobody has read from it.
    await dropSlot(source, slot);
    await using(target, async (client) => createWithCopy(client, { name, publication: PUBLICATION, giver: source, slot }));
  }

  /** Slots are the whole server's. */
  private async loadSlot(): Promise<string> {
    return using(this.sides.source, async (client) => {
      const { rows: [{ oid }] } = await client.query<{ oid: string }>('SELECT oid::text FROM pg_database WHERE datname = current_database()');
      return `payment_migration_load_${oid}`;
    });
  }
}

async function dropSlot(where: LocalDatabase, slot: string): Promise<void> {
  await using(where, async (client) => client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [slot]));
}
