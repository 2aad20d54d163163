import { EventEmitter, once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type {
  AcknowledgedOperation, FromWorker, Place, Sample, Side, ToWorker, UnacknowledgedOperation, WorkloadCounts, WorkloadOptions, WorkloadResult,
} from './contract';
import { handovers } from './handovers';
import { Histogram } from './histogram';
import { startThread } from './worker-thread';

const DEFAULTS = { seed: 1, graceMs: 10_000 } as const;
/** Beyond the grace: to close connections and to hand over what is left. */
const STOP_MS = 10_000;
const START_MS = 20_000;

interface WorkloadEvents {
  sample: [Sample];
}

/**
 * Clients that write payments, in a thread of their own. It emits `sample` ten times a second.
 *
 * What was acknowledged is kept here, outside of the clients' thread.
 */
export class Workload extends EventEmitter<WorkloadEvents> {
  /** Starts the clients; resolves when they write. They try on where no side takes writes yet. */
  static async start(options: WorkloadOptions): Promise<Workload> {
    const { rate, clients } = options;
    if (!(rate > 0) || !Number.isFinite(rate)) throw new Error(`rate: got ${rate}, allowed: a number above 0`);
    if (!Number.isInteger(clients) || clients < 1) throw new Error(`clients: got ${clients}, allowed: a whole number from 1`);
    const all = complete(options);
    const workload = new Workload(startThread(all), all.graceMs);
    try {
      await workload.message('started', START_MS);
      return workload;
    } catch (error) {
      await workload.worker.terminate();
      throw error;
    }
  }

  private readonly samples: Sample[] = [];
  private readonly acknowledged: AcknowledgedOperation[] = [];
  private readonly histogram = new Histogram();
  private readonly bySide: Record<Side, number> = { source: 0, target: 0 };
  private readonly errors: Record<string, number> = {};
  private readonly messages = new EventEmitter();
  private arrived = 0;
  private startedAt = 0;
  private unacknowledged: readonly UnacknowledgedOperation[] = [];
  private failure?: Error;
  private result?: Promise<WorkloadResult>;

  private constructor(private readonly worker: Worker, private readonly graceMs: number) {
    super();
    worker.on('message', (message: FromWorker) => this.receive(message));
    worker.on('error', (error) => this.fail(new Error(`the clients' thread failed: ${error.stack ?? error.message}`)));
    worker.on('exit', () => this.fail(new Error("the clients' thread ended before it was stopped")));
  }

  /** What has happened up to the last sample. */
  counts(): WorkloadCounts {
    const { waiting = 0, inFlight = 0 } = this.samples.at(-1) ?? {};
    return {
      arrived: this.arrived,
      acknowledged: this.acknowledged.length,
      bySide: { ...this.bySide },
      waiting,
      inFlight,
      errors: { ...this.errors },
    };
  }

  /** Nothing arrives until `resume`; what has arrived is done. */
  pause(): void {
    this.send('pause');
  }

  resume(): void {
    this.send('resume');
  }

  /** Nothing arrives any more. Resolves when everything is acknowledged or the grace is over; the clients are gone then. */
  async stop(): Promise<WorkloadResult> {
    this.result ??= this.end();
    return this.result;
  }

  private async end(): Promise<WorkloadResult> {
    try {
      this.send('stop');
      await this.message('stopped', this.graceMs + STOP_MS);
    } finally {
      this.worker.removeAllListeners('exit');
      await this.worker.terminate();
    }
    const { startedAt, acknowledged, unacknowledged, samples } = this;
    return {
      startedAt,
      stoppedAt: samples.at(-1)?.at ?? startedAt,
      counts: this.counts(),
      acknowledged,
      unacknowledged,
      samples,
      latency: this.histogram.latency(),
      handovers: handovers(acknowledged),
    };
  }

  private send(type: ToWorker['type']): void {
    this.worker.postMessage({ type } satisfies ToWorker);
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'started':
        this.startedAt = message.at;
        break;
      case 'sample':
        this.take(message.sample, message.acknowledged);
        break;
      case 'stopped':
        this.unacknowledged = message.unacknowledged;
        break;
    }
    this.messages.emit(message.type);
  }

  private take(sample: Sample, acknowledged: readonly AcknowledgedOperation[]): void {
    this.samples.push(sample);
    for (const operation of acknowledged) this.acknowledged.push(operation);
    this.histogram.add(sample.buckets, sample.latency.max);
    this.arrived += sample.arrived;
    this.bySide.source += sample.acknowledged.source;
    this.bySide.target += sample.acknowledged.target;
    for (const [code, count] of Object.entries(sample.errors)) this.errors[code] = (this.errors[code] ?? 0) + count;
    this.emit('sample', sample);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.messages.emit('failed', this.failure);
  }

  private async message(type: FromWorker['type'], ms: number): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const waiting = new AbortController();
    const { signal } = waiting;
    const timer = setTimeout(() => this.fail(new Error(`the clients' thread did not say '${type}' within ${ms / 1000} s`)), ms);
    try {
      await Promise.race([
        once(this.messages, type, { signal }),
        once(this.messages, 'failed', { signal }).then(([error]) => { throw error as Error; }),
      ]);
    } finally {
      clearTimeout(timer);
      waiting.abort();
    }
  }
}

/** With the defaults, and nothing that a thread cannot be given: a side may be an object that is more than its place. */
function complete({ rate, clients, sides, login: { username, password }, databaseName, seed, graceMs }: WorkloadOptions): Required<WorkloadOptions> {
  const place = ({ host, port, certificateAuthority }: Place) => ({ host, port, certificateAuthority });
  return {
    rate,
    clients,
    sides: { source: place(sides.source), target: place(sides.target) },
    login: { username, password },
    databaseName,
    seed: seed ?? DEFAULTS.seed,
    graceMs: graceMs ?? DEFAULTS.graceMs,
  };
}

/** Starts clients that write payments; resolves when they write. */
export async function startWorkload(options: WorkloadOptions): Promise<Workload> {
  return Workload.start(options);
}
