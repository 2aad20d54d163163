import { PARTIES, type Direction, type Side, type Step, type Stream, type TransferRequest } from './contract';
import type { Databases } from './databases';
import { inTime, OutOfTime } from './in-time';
import { passes } from './passing-problems';
import { StepTimer } from './step-timer';
import type { Tools } from './tools';

const DEADLINE_MS = 30_000;
const POLL_MS = 2;
const RETRY_MS = 50;

/** What the steps of one transfer share: between whom it is, how much time is left, and that a step is taken again when what it met has passed. */
export class TransferSteps {
  public readonly direction: Direction;
  public readonly attempt: number;
  public readonly giver: Side;
  public readonly taker: Side;
  public readonly streams: readonly Stream[];
  public readonly timer: StepTimer;
  /** By `tools.now()`. */
  public deadline: number;
  /** With the fence of roles a session that is there may still write; gates refuse it anyway. */
  public writersBySession = false;

  public constructor(public readonly databases: Databases, public readonly request: TransferRequest, public readonly tools: Tools) {
    this.direction = request.direction;
    this.attempt = request.attempt;
    ({ giver: this.giver, taker: this.taker } = PARTIES[request.direction]);
    this.streams = request.streams;
    this.timer = new StepTimer(tools);
    this.deadline = tools.now() + (request.deadlineMs ?? DEADLINE_MS);
  }

  /** The streams' names, by which their markers are known. */
  public get streamNames(): readonly string[] {
    return this.streams.map(({ name }) => name);
  }

  public async on(side: Side, text: string, values: readonly unknown[] = []): Promise<void> {
    const session = await this.databases.on(side);
    await session.query(text, values);
  }

  public async step<T>(step: Step, work: () => Promise<T>, until = this.deadline): Promise<T> {
    return this.timer.run(step, () => this.passing(work, until));
  }

  public async within<T>(work: () => Promise<T>): Promise<T> {
    return this.passing(work, this.deadline);
  }

  public async inTime<T>(work: () => Promise<T>, until: number): Promise<T> {
    return inTime(work, until - this.tools.now(), `attempt ${this.attempt} ran out of time`);
  }

  /** Takes a step again as long as what it meets passes. Each step may be taken any number of times. */
  public async passing<T>(work: () => Promise<T>, until: number): Promise<T> {
    for (;;) {
      try {
        return await this.inTime(work, until);
      } catch (error) {
        if (!passes(error) || this.tools.now() + RETRY_MS > until) throw error;
        await this.tools.sleep(RETRY_MS);
      }
    }
  }

  public async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      if (this.tools.now() > this.deadline) throw new OutOfTime(`attempt ${this.attempt} ran out of time while it waited for the ${this.taker}`);
      await this.tools.sleep(POLL_MS);
    }
  }

  public async terminate(until: number): Promise<void> {
    await this.step('terminate', () => this.on(this.giver, 'SELECT payment_migration.terminate_clients()'), until);
  }
}
