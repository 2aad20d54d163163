import { OutOfTime } from './in-time';
import { patiently } from './patience';
import { readArmedSide } from './side';
import type { TransferSteps } from './transfer-steps';
import { DatabaseProblem } from '../postgres';

/** Writers queue behind the closing that waits, so it waits no longer than this at a time ... */
export const CLOSING_PATIENCE_MS = 100;
/** ... and lets them through before it tries again. */
const CLOSING_PAUSE_MS = 400;

/** The giver after it was closed. */
export interface Closed {
  /** When the closing that succeeded began, by `tools.now()`. */
  readonly at: number;
  /** Whether the giver has standbys that may not have heard of it; unknown counts as yes. */
  readonly hasStandbys: boolean;
}

/** One call to the giver, which commits by itself: nobody holds a lock while an answer is under way. */
export async function close(steps: TransferSteps): Promise<Closed> {
  const { giver, attempt, deadline, tools } = steps;
  return steps.timer.run('close', () => patiently(async () => {
    const at = tools.now();
    try {
      const { standbys } = await steps.inTime(async () => (await steps.databases.on(giver)).one<{ standbys: boolean }>(
        'SELECT payment_migration.close($1, $2) AS standbys', [attempt, CLOSING_PATIENCE_MS]), deadline);
      return { at, hasStandbys: standbys };
    } catch (error) {
      if (!(await closedAfterAll(steps, error))) throw error;
      return { at, hasStandbys: true };
    }
  }, { what: `closing the ${giver}`, deadline, pauseMs: CLOSING_PAUSE_MS, tools }));
}

/** Whether the answer leaves open if the giver is closed, or has only its gate closed. What the server still executes may close it later. */
export function maybeClosed(error: unknown): boolean {
  return error instanceof OutOfTime || error instanceof DatabaseProblem && error.problem !== 'lock-timeout' && error.problem !== 'refused';
}

async function closedAfterAll(steps: TransferSteps, error: unknown): Promise<boolean> {
  if (!maybeClosed(error)) return false;
  const giving = await steps.within(async () => readArmedSide(await steps.databases.on(steps.giver), steps.giver));
  return giving.state === 'draining' && giving.attempt === steps.attempt;
}
