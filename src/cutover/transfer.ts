import { giveBack } from './abort';
import { close, maybeClosed, type Closed } from './close';
import type { Side, TransferRequest, TransferResult, WayBack } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { drain } from './drain';
import { OutOfTime } from './in-time';
import { look, type Readiness } from './look';
import { isOpenedWith, readArmedSide, type ArmedSide } from './side';
import type { Tools } from './tools';
import { checkTransfer } from './transfer-request';
import { TransferSteps } from './transfer-steps';

/** What is left of the function's time after the deadline: for giving authority back, or for opening what can only be opened. */
const GRACE_MS = 4_000;
/** Clients that keep a session on the closed giver find out by themselves: it does not matter much, and a dead giver must not delay the answer. */
const TERMINATION_MS = 500;

/**
 * Moves write authority from the giver to the taker. May be called again with the same attempt: it returns the first result, or goes on
 * where an earlier invocation ended.
 *
 * The steps and their names are those of docs/protocol, where it is proved what may follow what.
 */
export async function transfer(databases: Databases, request: TransferRequest, tools: Tools): Promise<TransferResult> {
  checkTransfer(request);
  return new Transfer(new TransferSteps(databases, request, tools)).run();
}

class Transfer {
  /** Where this invocation closed the giver. */
  private closed?: Closed;

  public constructor(private readonly steps: TransferSteps) {}

  public async run(): Promise<TransferResult> {
    const { giver: giverSide, taker: takerSide, direction, attempt, databases, request, timer } = this.steps;
    try {
      const [giver, taker] = await Promise.allSettled([this.read(giverSide), this.read(takerSide)]);
      const known = [giver, taker].map((answer) => (answer.status === 'fulfilled' ? answer.value.result : undefined))
        .find((result) => result?.direction === direction);
      if (known) return { ...known, repeated: true };
      // What the taker knows is true without the giver.
      if (taker.status === 'fulfilled' && isOpenedWith(taker.value.state, attempt)) return await this.goForward();
      if (giver.status === 'rejected') throw giver.reason;
      const giving = giver.value.state;
      this.steps.writersBySession = giving.fence === 'roles';
      if (giving.attempt === attempt && giving.state === 'moved') return await this.goForward();
      if (giving.attempt === attempt && giving.state === 'draining') return await this.goOn(giving);
      if (giving.attempt !== attempt - 1 || giving.state !== 'open') {
        throw new CutoverError('StaleAttempt', `the ${giverSide} is ${giving.state}(${giving.attempt}), not open(${attempt - 1})`, 'read the state and decide anew');
      }
      const ready = await timer.run('look', () => look(databases, request));
      try {
        this.closed = await close(this.steps);
      } catch (error) {
        if (!maybeClosed(error)) throw error;
        return await this.giveBack(error);
      }
      return await this.handOver(ready);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** A side, and what an invocation with this attempt reported there: the taker keeps successes, the giver what it took back. */
  private async read(side: Side): Promise<{ state: ArmedSide; result?: TransferResult }> {
    const session = await this.steps.databases.on(side);
    const state = await readArmedSide(session, side);
    const [kept] = await session.query<{ result: TransferResult }>('SELECT result FROM payment_migration.result WHERE attempt = $1', [this.steps.attempt]);
    return { state, result: kept?.result };
  }

  /** An earlier invocation closed the giver and ended. Its time runs on. */
  private async goOn(giving: ArmedSide): Promise<TransferResult> {
    const { taker, databases } = this.steps;
    this.steps.deadline -= giving.closedForMs ?? 0;
    let slot: string | undefined;
    try {
      const taking = await this.steps.within(async () => readArmedSide(await databases.on(taker), taker));
      slot = taking.slots.find(({ spent, status }) => !spent && !['missing', 'lost'].includes(status))?.name;
    } catch (error) {
      return this.giveBack(error);
    }
    return slot ? this.handOver({ slot }) : this.giveBack(new Error(`there is no slot for the way back on the ${taker}`));
  }

  /** From the closed giver to the open taker, or back to the open giver. */
  private async handOver(ready: Readiness): Promise<TransferResult> {
    const { giver, attempt } = this.steps;
    try {
      await drain(this.steps, ready, this.closed?.hasStandbys ?? true);
      await this.steps.step('flip', () => this.steps.on(giver, 'SELECT payment_migration.flip($1)', [attempt]));
    } catch (error) {
      return this.giveBack(error);
    }
    return this.goForward();
  }

  /** The giver gave authority away, so the taker must open: there is no other way any more. */
  private async goForward(): Promise<TransferResult> {
    const { steps } = this;
    const { giver, taker, attempt, tools } = steps;
    const until = this.endOfGrace();
    try {
      await steps.step('open-row', () => steps.on(taker, 'SELECT payment_migration.open_row($1, $2, $3)', [attempt, giver, steps.streamNames]), until);
      await steps.step('open-gate', () => steps.on(taker, 'SELECT payment_migration.open_gate($1)', [attempt]), until);
    } catch (error) {
      const reason = refusal(error);
      if (reason.name === 'StaleAttempt') throw reason;
      throw new CutoverError('OpenPending', `the ${giver} gave authority away and the ${taker} could not be opened: ${reason.message}`,
        `bring the ${taker} back and call transfer again with the same attempt`);
    }
    const openedAt = tools.now();
    // Not in the pause: clients that lose their sessions look for the writer at once, and all of them would look in vain.
    if (!steps.writersBySession) await steps.terminate(openedAt + TERMINATION_MS).catch(() => undefined);
    return this.completed(openedAt, until);
  }

  private async completed(openedAt: number, until: number): Promise<TransferResult> {
    const { direction, attempt, taker, databases, timer } = this.steps;
    // Where the way back starts can be read later too, from the taker's state.
    const [wayBack] = await this.steps.passing(async () => (await databases.on(taker)).query<WayBack>(
      'SELECT attempt, slot, lsn FROM payment_migration.record WHERE attempt = $1', [attempt]), until).catch(() => []);
    const result: TransferResult = {
      outcome: 'completed',
      direction,
      attempt,
      authority: taker,
      authorityAttempt: attempt,
      pauseMs: this.pauseUntil(openedAt),
      steps: timer.report(),
      wayBack,
    };
    return this.keep(taker, result, until);
  }

  /** For whoever asks again. Without it their answer has no pause and no steps, and is the same otherwise. */
  private async keep(side: Side, result: TransferResult, until: number): Promise<TransferResult> {
    await this.steps.passing(() => this.steps.on(side, `
      INSERT INTO payment_migration.result VALUES ($1, $2)
      ON CONFLICT (attempt) DO UPDATE SET result = excluded.result WHERE payment_migration.result.result -> 'steps' = '[]'`,
    [this.steps.attempt, JSON.stringify(result)]), until).catch(() => undefined);
    return result;
  }

  private pauseUntil(now: number): number | undefined {
    return this.closed && this.steps.timer.round(now - this.closed.at);
  }

  private endOfGrace(): number {
    return Math.max(this.steps.deadline, this.steps.tools.now()) + GRACE_MS;
  }

  /** Until the giver has answered nobody knows who has authority, so this tries on to the end of the function's time. */
  private async giveBack(cause: unknown): Promise<TransferResult> {
    const { databases, direction, attempt, giver, timer, tools } = this.steps;
    const reason = refusal(cause);
    const until = this.endOfGrace();
    if (cause instanceof OutOfTime) await this.giveUpSession(giver);
    try {
      const result = await timer.run('abort', () => this.steps.passing(
        () => giveBack(databases, { action: 'abort', direction, attempt }, reason.message, reason.name), until));
      return await this.keep(giver, { ...result, pauseMs: this.pauseUntil(tools.now()), steps: timer.report() }, until);
    } catch (error) {
      // It was the answer to the flip that got lost.
      if (error instanceof CutoverError && error.name === 'OpenPending') return this.goForward();
      const problem = refusal(error);
      if (problem.name === 'StaleAttempt') throw problem;
      throw new CutoverError('AbortPending', `the ${giver} may be closed and could not be opened again: ${problem.message} (given up because: ${reason.message})`,
        `bring the ${giver} back and call abort with the same attempt`);
    }
  }

  /** What is asked for next must not wait behind a statement that has no answer. */
  private async giveUpSession(side: Side): Promise<void> {
    const session = await this.steps.databases.on(side).catch(() => undefined);
    void session?.end();
  }
}
