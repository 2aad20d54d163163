import { giveBack } from './abort';
import { PARTIES, type Direction, type Side, type Stream, type Step, type TransferRequest, type TransferResult, type WayBack } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { inTime, OutOfTime } from './in-time';
import { look, SEQUENCE_GAP, type Readiness } from './look';
import { passes } from './passing-problems';
import { patiently } from './patience';
import { isOpenedWith, readArmedSide, type ArmedSide } from './side';
import { StepTimer } from './step-timer';
import type { Tools } from './tools';
import { checkTransfer } from './transfer-request';
import { DatabaseProblem, type Session } from '../postgres';

export const DEADLINE_MS = 30_000;
/** What is left of the function's time after the deadline: for giving authority back, or for opening what can only be opened. */
export const GRACE_MS = 4_000;
/** Writers queue behind the closing that waits, so it waits no longer than this at a time ... */
const CLOSING_PATIENCE_MS = 100;
/** ... and lets them through before it tries again. */
const CLOSING_PAUSE_MS = 400;
/** Clients that keep a session on the closed giver find out by themselves: it does not matter much, and a dead giver must not delay the answer. */
const TERMINATION_MS = 500;
const POLL_MS = 2;
const RETRY_MS = 50;

/**
 * Moves write authority from the giver to the taker. May be called again with the same attempt: it returns the first result, or goes on
 * where an earlier invocation ended.
 *
 * The steps and their names are those of docs/protocol, where it is proved what may follow what.
 */
export async function transfer(databases: Databases, request: TransferRequest, tools: Tools): Promise<TransferResult> {
  checkTransfer(request);
  return new Transfer(databases, request, tools).run();
}

class Transfer {
  private readonly direction: Direction;
  private readonly attempt: number;
  private readonly giver: Side;
  private readonly taker: Side;
  private readonly streams: readonly Stream[];
  private readonly timer: StepTimer;
  private deadline: number;
  /** When the closing that succeeded began. */
  private closedAt?: number;
  /** Whether the giver has standbys that may not have heard of the closing; unknown counts as yes. */
  private standbys = true;
  /** With the fence of roles a session that is there may still write; gates refuse it anyway. */
  private writersBySession = false;

  public constructor(private readonly databases: Databases, private readonly request: TransferRequest, private readonly tools: Tools) {
    this.direction = request.direction;
    this.attempt = request.attempt;
    ({ giver: this.giver, taker: this.taker } = PARTIES[request.direction]);
    this.streams = request.streams;
    this.timer = new StepTimer(tools);
    this.deadline = tools.now() + (request.deadlineMs ?? DEADLINE_MS);
  }

  public async run(): Promise<TransferResult> {
    try {
      const [giver, taker] = await Promise.allSettled([this.read(this.giver), this.read(this.taker)]);
      const known = [giver, taker].map((answer) => (answer.status === 'fulfilled' ? answer.value.result : undefined))
        .find((result) => result?.direction === this.direction);
      if (known) return { ...known, repeated: true };
      // What the taker knows is true without the giver.
      if (taker.status === 'fulfilled' && isOpenedWith(taker.value.state, this.attempt)) return await this.goForward();
      if (giver.status === 'rejected') throw giver.reason;
      const giving = giver.value.state;
      this.writersBySession = giving.fence === 'roles';
      if (giving.attempt === this.attempt && giving.state === 'moved') return await this.goForward();
      if (giving.attempt === this.attempt && giving.state === 'draining') return await this.goOn(giving);
      if (giving.attempt !== this.attempt - 1 || giving.state !== 'open') {
        throw new CutoverError('StaleAttempt', `the ${this.giver} is ${giving.state}(${giving.attempt}), not open(${this.attempt - 1})`, 'read the state and decide anew');
      }
      const ready = await this.timer.run('look', () => look(this.databases, this.request));
      try {
        await this.close();
      } catch (error) {
        if (!this.maybeClosed(error)) throw error;
        return await this.giveBack(error);
      }
      return await this.handOver(ready);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** A side, and what an invocation with this attempt reported there: the taker keeps successes, the giver what it took back. */
  private async read(side: Side): Promise<{ state: ArmedSide; result?: TransferResult }> {
    const session = await this.databases.on(side);
    const state = await readArmedSide(session, side);
    const [kept] = await session.query<{ result: TransferResult }>('SELECT result FROM payment_migration.result WHERE attempt = $1', [this.attempt]);
    return { state, result: kept?.result };
  }

  /** An earlier invocation closed the giver and ended. Its time runs on. */
  private async goOn(giving: ArmedSide): Promise<TransferResult> {
    this.deadline -= giving.closedForMs ?? 0;
    let slot: string | undefined;
    try {
      const taking = await this.within(async () => readArmedSide(await this.databases.on(this.taker), this.taker));
      slot = taking.slots.find(({ spent, status }) => !spent && !['missing', 'lost'].includes(status))?.name;
    } catch (error) {
      return this.giveBack(error);
    }
    return slot ? this.handOver({ slot }) : this.giveBack(new Error(`there is no slot for the way back on the ${this.taker}`));
  }

  /** One call to the giver, which commits by itself: nobody holds a lock while an answer is under way. */
  private async close(): Promise<void> {
    await this.timer.run('close', () => patiently(async () => {
      const begin = this.tools.now();
      try {
        this.standbys = await this.inTime(async () => (await (await this.databases.on(this.giver)).one<{ standbys: boolean }>(
          'SELECT payment_migration.close($1, $2) AS standbys', [this.attempt, CLOSING_PATIENCE_MS])).standbys, this.deadline);
      } catch (error) {
        if (!(await this.closedAfterAll(error))) throw error;
      }
      this.closedAt = begin;
    }, { what: `closing the ${this.giver}`, deadline: this.deadline, pauseMs: CLOSING_PAUSE_MS, tools: this.tools }));
  }

  /** Whether the answer leaves open if the giver is closed, or has only its gate closed. What the server still executes may close it later. */
  private maybeClosed(error: unknown): boolean {
    return error instanceof OutOfTime || error instanceof DatabaseProblem && error.problem !== 'lock-timeout' && error.problem !== 'refused';
  }

  private async closedAfterAll(error: unknown): Promise<boolean> {
    if (!this.maybeClosed(error)) return false;
    const giving = await this.within(async () => readArmedSide(await this.databases.on(this.giver), this.giver));
    return giving.state === 'draining' && giving.attempt === this.attempt;
  }

  /** From the closed giver to the open taker, or back to the open giver. */
  private async handOver(ready: Readiness): Promise<TransferResult> {
    try {
      await this.drain(ready);
      await this.step('flip', () => this.on(this.giver, 'SELECT payment_migration.flip($1)', [this.attempt]));
    } catch (error) {
      return this.giveBack(error);
    }
    return this.goForward();
  }

  /** Everything that the giver has arrives on the taker. What the two sides do does not wait for each other where it need not. */
  private async drain({ slot }: Readiness): Promise<void> {
    const names = this.streams.map(({ name }) => name);
    await Promise.all([
      this.mark(names),
      this.step('raise', () => this.on(this.taker, 'SELECT payment_migration.raise_to($1)', [this.attempt])),
    ]);
    await Promise.all([
      this.step('await-marker', () => this.until(async () => this.arrived(names))),
      this.moveSequences(),
    ]);
    await this.step('record-way-back', () => this.on(this.taker, 'SELECT payment_migration.record_way_back($1, $2, $3, $4, $5)',
      [this.attempt, this.giver, names, slot, CLOSING_PATIENCE_MS]));
  }

  private async mark(names: readonly string[]): Promise<void> {
    const slots = this.streams.map((stream) => stream.slot);
    if (this.writersBySession) await this.terminate(this.deadline);
    await this.step('standbys', async () => { if (this.standbys) await this.awaitStandbys(); });
    await this.step('mark', () => this.on(this.giver, 'SELECT payment_migration.mark($1, $2, $3)', [this.attempt, names, slots]));
  }

  private async awaitStandbys(): Promise<void> {
    const { lsn } = await (await this.databases.on(this.giver)).one<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    await this.until(async () => (await this.standbysBehind(lsn)).length === 0);
  }

  /** While the marker is under way: the giver's sequences stand still since it is closed. */
  private async moveSequences(): Promise<void> {
    const { all } = await this.within(async () => (await this.databases.on(this.giver)).one<{ all: unknown }>('SELECT payment_migration.sequences() AS "all"'));
    await this.step('sequences', () => this.on(this.taker, 'SELECT payment_migration.set_sequences($1, $2, $3)',
      [JSON.stringify(all), this.request.sequenceGap ?? SEQUENCE_GAP, this.attempt]));
    // Not before: a session could keep numbers of the taker's sequences from before they were set (CACHE).
    await this.within(() => this.on(this.taker, 'SELECT payment_migration.terminate_clients()'));
  }

  /** A standby that does not know of the closing would come up open when it is promoted. What came after the closing is not waited for. */
  private async standbysBehind(lsn: string): Promise<string[]> {
    const session = await this.databases.on(this.giver);
    const { behind } = await session.one<{ behind: string[] }>('SELECT payment_migration.standbys_behind($1) AS behind', [lsn]);
    return behind;
  }

  private async arrived(names: readonly string[]): Promise<boolean> {
    const session = await this.databases.on(this.taker);
    const { here } = await session.one<{ here: boolean }>(
      'SELECT payment_migration.markers_here($1, $2, $3) AND cardinality(payment_migration.unready_tables()) = 0 AS here', [this.giver, this.attempt, names]);
    return here;
  }

  /** The giver gave authority away, so the taker must open: there is no other way any more. */
  private async goForward(): Promise<TransferResult> {
    const until = Math.max(this.deadline, this.tools.now()) + GRACE_MS;
    const names = this.streams.map(({ name }) => name);
    try {
      await this.step('open-row', () => this.on(this.taker, 'SELECT payment_migration.open_row($1, $2, $3)', [this.attempt, this.giver, names]), until);
      await this.step('open-gate', () => this.on(this.taker, 'SELECT payment_migration.open_gate($1)', [this.attempt]), until);
    } catch (error) {
      const taker = refusal(error);
      if (taker.name === 'StaleAttempt') throw taker;
      throw new CutoverError('OpenPending', `the ${this.giver} gave authority away and the ${this.taker} could not be opened: ${taker.message}`,
        `bring the ${this.taker} back and call transfer again with the same attempt`);
    }
    const openedAt = this.tools.now();
    // Not in the pause: clients that lose their sessions look for the writer at once, and all of them would look in vain.
    if (!this.writersBySession) await this.terminate(openedAt + TERMINATION_MS).catch(() => undefined);
    return this.completed(openedAt, until);
  }

  private async terminate(until: number): Promise<void> {
    await this.step('terminate', () => this.on(this.giver, 'SELECT payment_migration.terminate_clients()'), until);
  }

  private async completed(openedAt: number, until: number): Promise<TransferResult> {
    // Where the way back starts can be read later too, from the taker's state.
    const [wayBack] = await this.passing(async () => (await this.databases.on(this.taker)).query<WayBack>(
      'SELECT attempt, slot, lsn FROM payment_migration.record WHERE attempt = $1', [this.attempt]), until).catch(() => []);
    const result: TransferResult = {
      outcome: 'completed',
      direction: this.direction,
      attempt: this.attempt,
      authority: this.taker,
      authorityAttempt: this.attempt,
      pauseMs: this.pauseUntil(openedAt),
      steps: this.timer.report(),
      wayBack,
    };
    return this.keep(this.taker, result, until);
  }

  /** For whoever asks again. Without it their answer has no pause and no steps, and is the same otherwise. */
  private async keep(side: Side, result: TransferResult, until: number): Promise<TransferResult> {
    await this.passing(() => this.on(side, `
      INSERT INTO payment_migration.result VALUES ($1, $2)
      ON CONFLICT (attempt) DO UPDATE SET result = excluded.result WHERE payment_migration.result.result -> 'steps' = '[]'`,
    [this.attempt, JSON.stringify(result)]), until).catch(() => undefined);
    return result;
  }

  private pauseUntil(now: number): number | undefined {
    return this.closedAt === undefined ? undefined : this.timer.round(now - this.closedAt);
  }

  /** Until the giver has answered nobody knows who has authority, so this tries on to the end of the function's time. */
  private async giveBack(cause: unknown): Promise<TransferResult> {
    const reason = refusal(cause);
    const until = Math.max(this.deadline, this.tools.now()) + GRACE_MS;
    if (cause instanceof OutOfTime) await this.giveUpSession(this.giver);
    try {
      const result = await this.timer.run('abort', () => this.passing(
        () => giveBack(this.databases, { action: 'abort', direction: this.direction, attempt: this.attempt }, reason.message, reason.name), until));
      return await this.keep(this.giver, { ...result, pauseMs: this.pauseUntil(this.tools.now()), steps: this.timer.report() }, until);
    } catch (error) {
      // It was the answer to the flip that got lost.
      if (error instanceof CutoverError && error.name === 'OpenPending') return this.goForward();
      const giver = refusal(error);
      if (giver.name === 'StaleAttempt') throw giver;
      throw new CutoverError('AbortPending', `the ${this.giver} may be closed and could not be opened again: ${giver.message} (given up because: ${reason.message})`,
        `bring the ${this.giver} back and call abort with the same attempt`);
    }
  }

  /** What is asked for next must not wait behind a statement that has no answer. */
  private async giveUpSession(side: Side): Promise<void> {
    const session = await this.databases.on(side).catch(() => undefined);
    void session?.end();
  }

  private async on(side: Side, text: string, values: readonly unknown[] = []): Promise<void> {
    const session: Session = await this.databases.on(side);
    await session.query(text, values);
  }

  private async step<T>(step: Step, work: () => Promise<T>, until = this.deadline): Promise<T> {
    return this.timer.run(step, () => this.passing(work, until));
  }

  private async within<T>(work: () => Promise<T>): Promise<T> {
    return this.passing(work, this.deadline);
  }

  private async inTime<T>(work: () => Promise<T>, until: number): Promise<T> {
    return inTime(work, until - this.tools.now(), `attempt ${this.attempt} ran out of time`);
  }

  /** Takes a step again as long as what it meets passes. Each step may be taken any number of times. */
  private async passing<T>(work: () => Promise<T>, until: number): Promise<T> {
    for (;;) {
      try {
        return await this.inTime(work, until);
      } catch (error) {
        if (!passes(error) || this.tools.now() + RETRY_MS > until) throw error;
        await this.tools.sleep(RETRY_MS);
      }
    }
  }

  private async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      if (this.tools.now() > this.deadline) throw new OutOfTime(`attempt ${this.attempt} ran out of time while it waited for the ${this.taker}`);
      await this.tools.sleep(POLL_MS);
    }
  }
}
