import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { statements, type Operation } from './operations';
import { judge, type Problem } from './problem';
import type { Random } from './random';
import type { WriterSession } from './session';
import type { WriterSearch } from './writer-search';
import type { Side } from '../contract';

/** Longer than any lock is held here; a server that does not answer by then is as good as gone. */
const ATTEMPT_MS = 5_000;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 80;

/** How it ended: a side has it, trying again helps nothing, or the time was over. */
export type Ending = { readonly side: Side } | 'refused' | 'out-of-time';

/** One connection of the payment service: it tries an operation until a database says that it has it. */
export class PaymentClient {
  private session?: WriterSession;
  /** One on a side that takes no writes any more. It is kept until there is another: all that end at once take the processor from the switch. */
  private left?: WriterSession;
  private closed = false;

  constructor(
    private readonly search: WriterSearch,
    private readonly random: Random,
    private readonly onProblem: (problem: Problem) => void,
  ) {}

  /** Connects ahead of the first operation; whether it could. */
  async connect(): Promise<boolean> {
    if (this.session === undefined) {
      this.session = await this.search.connect();
      if (this.session !== undefined) this.forget();
    }
    if (this.closed) this.session?.end();
    return this.session !== undefined;
  }

  async perform(operation: Operation): Promise<Ending> {
    for (let failures = 0; !this.closed; failures += 1) {
      if (failures > 0) await sleep(this.delay(failures));
      if (!await this.connect() || this.session === undefined) continue;
      const { session } = this;
      const problem = await this.attempt(operation, session);
      if (problem === undefined || problem.done) return { side: session.side };
      if (!problem.retry) return 'refused';
    }
    return 'out-of-time';
  }

  /** Ends what is under way: the operation comes back out of time. */
  close(): void {
    this.closed = true;
    this.session?.end('the run is over');
    this.forget();
  }

  private forget(): void {
    this.left?.end();
    this.left = undefined;
  }

  /** Undefined when it is committed. */
  private async attempt(operation: Operation, session: WriterSession): Promise<Problem | undefined> {
    const timer = setTimeout(() => session.end(`no answer within ${ATTEMPT_MS} ms`), ATTEMPT_MS);
    let committing = false;
    operation.attempts += 1;
    try {
      await session.query({ text: 'BEGIN' });
      for (const { needsRow, name, text, values } of statements(operation)) {
        const { rowCount } = await session.query({ name, text, values: [...values] });
        if (needsRow && rowCount === 0) throw new Error(`${name} found no row: what it refers to is not there`);
      }
      committing = true;
      const { command } = await session.query({ text: 'COMMIT' });
      // PostgreSQL answers so, without an error, where a statement had failed before.
      if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`);
      return undefined;
    } catch (error) {
      const problem = judge(error);
      // An error that the session survives has rolled back; anything else may have come after the commit.
      if (committing && !(error instanceof DatabaseError && !problem.dropSession)) operation.mayBeThere = true;
      operation.lastError = `${problem.code}: ${problem.message}`;
      this.onProblem(problem);
      await this.leave(session, problem);
      return problem;
    } finally {
      clearTimeout(timer);
    }
  }

  private async leave(session: WriterSession, { dropSession }: Problem): Promise<void> {
    try {
      if (!dropSession) {
        await session.query({ text: 'ROLLBACK' });
        return;
      }
    } catch {
      // It ended meanwhile: dropped below like any other.
    }
    this.left = session;
    this.session = undefined;
    this.search.doubt(session.side);
  }

  /** Doubles up to the longest, and anything from half of it: clients that were stopped together come back apart. */
  private delay(failures: number): number {
    return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)) * (0.5 + this.random.next() / 2);
  }
}
