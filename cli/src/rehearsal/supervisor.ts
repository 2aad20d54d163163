import { PARTIES, type DropOldSlotsResult, type Direction, type PrepareResult, type Side, type StateResult, type Stream, type TransferResult } from '../../../src/cutover/contract';
import type { InvokeOptions } from '../handlers/local-function';
import type { Replicator } from '../replication';
import { DEADLINE_MS, type Functions } from './functions';

/** How often what may pass is tried again before the supervisor gives up. */
const TRIES = 8;
const PAUSE_MS = 500;
const WAY_BACK_PATIENCE_MS = 30_000;

export interface SupervisorOptions {
  readonly functions: Functions;
  readonly replicator: Replicator;
  /** What arms a side again whose gate a crash left closed. */
  readonly arm: (side: Side) => Promise<void>;
  /** What a person would want to see. */
  readonly say: (text: string) => void;
}

export interface Move {
  readonly result: TransferResult;
  /** What was refused, aborted or lost before it went well. */
  readonly troubles: readonly string[];
  /** The stream out of the side that has authority now. */
  readonly stream: Stream;
  /** When the transfer that went well began, in milliseconds of the epoch. */
  readonly beganAt: number;
}

/** Nothing was closed, and what is in the way did not go away. */
export class Refused extends Error {
  public override readonly name = 'Refused';
}

/**
 * Moves authority, and does not rest before it is known where it is: what the workflow does on AWS.
 *
 * A lost function is followed by an abort; where the giver has given authority away already, by the same transfer once more.
 */
export class Supervisor {
  public constructor(private readonly options: SupervisorOptions) {}

  public async state(): Promise<StateResult> {
    return this.options.functions.authority<StateResult>({ action: 'state' });
  }

  public async move(direction: Direction, stream: Stream, firstInvocation: InvokeOptions = {}): Promise<Move> {
    const { functions, say } = this.options;
    const { giver, taker } = PARTIES[direction];
    const troubles: string[] = [];
    let options = firstInvocation;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await pause(PAUSE_MS);
      const beganAt = Date.now();
      const outcome = await this.tryOnce(direction, stream, options).catch((error: Error) => error);
      options = { onStep: options.onStep };
      if (!(outcome instanceof Error) && outcome.outcome === 'completed') {
        return { result: outcome, troubles, stream: await this.turnRound(direction, outcome), beganAt };
      }
      const trouble = outcome instanceof Error ? outcome.message : `aborted: ${outcome.reason}`;
      troubles.push(trouble);
      say(`the ${giver} keeps authority (${trouble})`);
    }
    const { authority } = await functions.authority<StateResult>({ action: 'state' });
    if (!authority) throw new Error(`nobody has authority after ${TRIES} tries: ${troubles.at(-1)}`);
    throw new Refused(`authority was not moved to the ${taker} in ${TRIES} tries, the ${authority} has it: ${troubles.at(-1)}`);
  }

  private async tryOnce(direction: Direction, stream: Stream, options: InvokeOptions): Promise<TransferResult> {
    const { functions } = this.options;
    const attempt = await this.nextAttempt(direction);
    await functions.authority<PrepareResult>({ action: 'prepare', direction, attempt, plugin: this.options.replicator.plugin });
    const request = { action: 'transfer', direction, attempt, streams: [stream], deadlineMs: DEADLINE_MS } as const;
    try {
      return await functions.authority<TransferResult>(request, options);
    } catch (error) {
      if (!(error instanceof Error) || ['Refused', 'StaleAttempt', 'FailoverDetected'].includes(error.name)) throw error;
      this.options.say(error.message);
      return this.decide(request);
    }
  }

  /** A gate that a crash left closed is opened by arming the side again. */
  private async nextAttempt(direction: Direction): Promise<number> {
    const { giver } = PARTIES[direction];
    const { sides } = await this.state();
    const side = sides[giver];
    if ('unreachable' in side) throw new Error(side.unreachable);
    const { state, attempt = 0 } = side;
    // What was not decided when its transfer was given up.
    if (state === 'draining') await this.options.functions.authority<TransferResult>({ action: 'abort', direction, attempt });
    if (state === 'draining') return attempt + 2;
    if (state === 'open' && side.gate === 'closed') await this.options.arm(giver);
    return attempt + 1;
  }

  /** Whoever has authority must be able to use it: back to the giver, or, where it gave it away, forward to the taker. */
  private async decide(request: Parameters<Functions['authority']>[0] & { readonly action: 'transfer' }): Promise<TransferResult> {
    const { functions, say } = this.options;
    const { direction, attempt } = request;
    for (let tries = 0; ; tries++) {
      try {
        return await functions.authority<TransferResult>({ action: 'abort', direction, attempt });
      } catch (error) {
        if (!(error instanceof Error) || tries >= TRIES) throw error;
        if (error.name === 'OpenPending') {
          const forward = await functions.authority<TransferResult>(request).catch((problem: Error) => problem);
          if (!(forward instanceof Error)) return forward;
          say(forward.message);
        } else if (error.name === 'StaleAttempt') {
          throw error;
        } else {
          say(error.message);
        }
      }
      await pause(PAUSE_MS);
    }
  }

  /** After the pause: the old stream ends, its slot goes, and the way back starts exactly where the transfer recorded it. */
  private async turnRound(direction: Direction, { attempt, wayBack }: TransferResult): Promise<Stream> {
    const { functions, replicator, say } = this.options;
    const { giver, taker } = PARTIES[direction];
    if (!wayBack) throw new Error('the transfer recorded no way back');
    await replicator.stop(giver);
    await again(async () => functions.authority<DropOldSlotsResult>({ action: 'drop-old-slots', direction, attempt }));
    const stream = await replicator.start(taker, wayBack);
    const deadline = Date.now() + WAY_BACK_PATIENCE_MS;
    while ((await this.state()).wayBack !== 'running') {
      if (Date.now() > deadline) throw new Error(`the way back to the ${giver} does not run; it is ${await replicator.status(taker)}`);
      await pause(100);
    }
    say(`changes of the ${taker} arrive on the ${giver}: the way back is open`);
    return stream;
  }
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES) throw error;
      await pause(PAUSE_MS);
    }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
