import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs, Meter } from './meter';
import { Arrivals, type Operation } from './operations';
import { PaymentClient } from './payment-client';
import { judge, type Problem } from './problem';
import { Random } from './random';
import { WriterSearch } from './writer-search';
import type { AcknowledgedOperation, FromWorker, LoggedOperation, UnacknowledgedOperation, WorkloadOptions } from '../contract';

const TICK_MS = 1;
const SAMPLE_MS = 100;
/** For how long the first arrival waits for all clients to be connected. */
const CONNECT_MS = 2_000;

/** Everything that the worker does: operations arrive on schedule, clients take them in their order, samples go out. */
export class Load {
  private readonly random: Random;
  private readonly arrivals: Arrivals;
  private readonly clients: readonly PaymentClient[];
  private readonly idle: PaymentClient[];
  private readonly waiting: Operation[] = [];
  private readonly inFlight = new Set<Operation>();
  private readonly meter = new Meter();
  private readonly unacknowledged: UnacknowledgedOperation[] = [];
  private acknowledged: AcknowledgedOperation[] = [];
  private nextDueAt = 0;
  private arriving = false;
  private stopping = false;

  constructor(private readonly options: Required<WorkloadOptions>, private readonly report: (message: FromWorker) => void) {
    this.random = new Random(options.seed);
    this.arrivals = new Arrivals(this.random);
    const onProblem = ({ code, done }: Problem) => {
      if (!done) this.meter.fail(code);
    };
    const search = new WriterSearch(options, (error) => onProblem(judge(error)));
    this.clients = Array.from({ length: options.clients }, () => new PaymentClient(search, this.random, onProblem));
    this.idle = [...this.clients];
  }

  async start(): Promise<void> {
    const connected = this.clients.map((client) => client.connect());
    const patience = new AbortController();
    await Promise.race([Promise.all(connected), sleep(CONNECT_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    this.meter.take(0, 0);
    this.resume();
    setInterval(() => this.tick(), TICK_MS);
    setInterval(() => this.sample(), SAMPLE_MS);
    this.report({ type: 'started', at: epochMs() });
  }

  pause(): void {
    this.arriving = false;
  }

  resume(): void {
    this.arriving = !this.stopping;
    this.nextDueAt = performance.now();
  }

  /** Nothing arrives any more; what has arrived gets its time. */
  async stop(): Promise<void> {
    this.pause();
    this.stopping = true;
    const deadline = performance.now() + this.options.graceMs;
    while (this.unfinished > 0 && performance.now() < deadline) await sleep(TICK_MS);
    for (const operation of this.waiting.splice(0)) this.giveUp(operation, false);
    for (const client of this.clients) client.close();
    while (this.inFlight.size > 0) await sleep(TICK_MS);
    this.sample();
    this.report({ type: 'stopped', unacknowledged: this.unacknowledged });
  }

  private get unfinished(): number {
    return this.waiting.length + this.inFlight.size;
  }

  private tick(): void {
    const now = performance.now();
    while (this.arriving && this.nextDueAt <= now) {
      this.waiting.push(this.arrivals.next(this.nextDueAt));
      this.meter.arrive();
      this.nextDueAt += 1000 / this.options.rate;
    }
    this.dispatch();
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const client = this.idle.pop();
      if (client === undefined) return;
      const operation = this.waiting.shift();
      if (operation !== undefined) void this.work(client, operation);
    }
  }

  private async work(client: PaymentClient, operation: Operation): Promise<void> {
    this.inFlight.add(operation);
    const ending = await client.perform(operation);
    this.inFlight.delete(operation);
    if (typeof ending === 'string') {
      this.giveUp(operation, ending === 'refused');
    } else {
      const now = performance.now();
      this.meter.acknowledge(ending.side, now - operation.dueAt);
      this.acknowledged.push({ ...logged(operation), side: ending.side, at: epochMs(now) });
      this.arrivals.acknowledged(operation);
    }
    this.idle.push(client);
    this.dispatch();
  }

  private giveUp(operation: Operation, refused: boolean): void {
    const { attempts, mayBeThere, lastError } = operation;
    this.unacknowledged.push({ ...logged(operation), attempts, mayBeThere, refused, lastError });
  }

  private sample(): void {
    const acknowledged = this.acknowledged;
    this.acknowledged = [];
    this.report({ type: 'sample', sample: this.meter.take(this.waiting.length, this.inFlight.size), acknowledged });
  }
}

function logged({ key, kind, amount, paymentKey }: Operation): LoggedOperation {
  return { key, kind, amount, paymentKey };
}
