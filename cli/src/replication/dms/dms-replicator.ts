import { grantRights } from './rights';
import { StreamProcess } from './stream-process';
import type { Endpoint, Grouping, Task } from './task';
import type { LocalLogin } from '../../servers';
import { checkAdmitted } from '../appliers';
import { until } from '../patience';
import type { Side, Stream, WayBack } from '../protocol';
import { streamName, takerOf, type Replicator, type StreamStatus } from '../replicator';
import { using, type Sides } from '../sides';
import { checkSlot, slotIsFree } from '../slot';

export interface DmsReplicatorOptions {
  readonly sides: Sides;

  /** Who reads and writes on each side; no superuser. Both exist, and each side was armed with its own among the appliers. */
  readonly logins: Readonly<Record<Side, Pick<LocalLogin, 'username' | 'password'>>>;

  /** @default {} */
  readonly grouping?: Grouping;

  /**
   * How long a load may go without any progress, a server that is down included.
   *
   * @default 120000
   */
  readonly patienceMs?: number;
}

const GROUPING: Required<Grouping> = { commitTimeoutMs: 1_000, minTransactionSize: 1_000, jitter: 0.2, confirmIntervalMs: 2_000 };
const STOP_PATIENCE_MS = 30_000;

/**
 * What DMS is documented to do, done by a client of our own: reads a slot of test_decoding, puts transactions together for about a second,
 * and applies them by SQL as a login that the gate must admit, in the role of replicas. It remembers less than it has done: after a
 * restart it applies the last seconds again. It does not work as DMS does inside; a pause measured with it shows what such grouping costs.
 */
export class DmsReplicator implements Replicator {
  readonly plugin = 'test_decoding';
  private readonly processes = new Map<Side, StreamProcess>();
  private readonly ended = new Set<Side>();
  private readonly closing = new AbortController();

  constructor(private readonly options: DmsReplicatorOptions) {}

  get appliers(): Record<Side, string> {
    const { source, target } = this.options.logins;
    return { source: source.username, target: target.username };
  }

  async load(): Promise<Stream> {
    await this.ready();
    const running = this.processes.get('source');
    if (running === undefined) await checkAdmitted('target', this.options.sides.target, this.appliers.target);
    const process = running ?? this.begin('source', await this.loadSlot());
    const givenUp = new AbortController();
    await until(async () => {
      if (process.gaveUp) givenUp.abort(new Error(`load: ${process.problem}`));
      return process.status === 'running';
    }, {
      what: 'load',
      patienceMs: this.options.patienceMs ?? 120_000,
      progress: () => `${process.status} (${process.bytes} bytes) ${process.problem}`,
      signal: AbortSignal.any([this.closing.signal, givenUp.signal]),
    });
    return { name: process.task.name, slot: process.task.slot };
  }

  async start(giver: Side, from: WayBack): Promise<Stream> {
    const { slot, lsn } = from;
    const name = streamName(giver);
    const running = this.processes.get(giver);
    if (running !== undefined && running.task.slot !== slot) throw new Error(`start: got slot ${slot} while ${name} has ${running.task.slot}; stop that first`);
    if (running === undefined) {
      await this.ready();
      await checkSlot(giver, this.options.sides[giver], from, this.plugin);
      this.begin(giver, slot, lsn);
    }
    return { name, slot };
  }

  async stop(giver: Side): Promise<void> {
    const process = this.processes.get(giver);
    if (process === undefined) return;
    await process.end();
    this.processes.delete(giver);
    this.ended.add(giver);
    const where = this.options.sides[giver];
    if (where.server.isRunning) {
      await until(async () => slotIsFree(where, process.task.slot), { what: `end of who reads ${process.task.slot}`, patienceMs: STOP_PATIENCE_MS });
    }
  }

  async status(giver: Side): Promise<StreamStatus> {
    const process = this.processes.get(giver);
    return process?.status ?? (this.ended.has(giver) ? 'stopped' : 'absent');
  }

  async stall(giver: Side): Promise<void> {
    this.running(giver).stall();
  }

  async resume(giver: Side): Promise<void> {
    this.processes.get(giver)?.resume();
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the replicator was closed'));
    await Promise.all([...this.processes.values()].map(async (process) => process.end()));
  }

  /** Why the stream does not run, as it said itself; empty where nothing was said. */
  problem(giver: Side): string {
    return this.processes.get(giver)?.problem ?? '';
  }

  /** Fault injection: what carries the stream dies, is started again after a second, and applies again what it has not remembered. */
  kill(giver: Side): void {
    this.running(giver).kill();
  }

  private running(giver: Side): StreamProcess {
    const process = this.processes.get(giver);
    if (process === undefined) throw new Error(`the stream out of the ${giver}: got none, load or start one first`);
    return process;
  }

  private begin(giver: Side, slot: string, from?: string): StreamProcess {
    const task: Task = {
      name: streamName(giver),
      giver: this.endpoint(giver),
      taker: this.endpoint(takerOf(giver)),
      slot,
      from,
      grouping: { ...GROUPING, ...this.options.grouping },
    };
    const process = new StreamProcess(task);
    this.processes.set(giver, process);
    this.ended.delete(giver);
    return process;
  }

  private endpoint(side: Side): Endpoint {
    const { server: { host, port, certificateAuthority }, database } = this.options.sides[side];
    const { username, password } = this.options.logins[side];
    return { host, port, database, username, password, certificateAuthority };
  }

  private async ready(): Promise<void> {
    const { sides } = this.options;
    await grantRights(sides.source, this.appliers.source);
    await grantRights(sides.target, this.appliers.target);
  }

  /** Slots are the whole server's. */
  private async loadSlot(): Promise<string> {
    return using(this.options.sides.source, async (client) => {
      const { rows: [{ oid }] } = await client.query<{ oid: string }>('SELECT oid::text FROM pg_database WHERE datname = current_database()');
      return `payment_migration_load_${oid}`;
    });
  }
}
