import { CutoverError } from './cutover-error';
import type { Tools } from './tools';
import { DatabaseProblem } from '../postgres';

export interface Patience {
  /** What is tried, for the error. */
  readonly what: string;
  /** By `tools.now()`. */
  readonly deadline: number;
  readonly pauseMs: number;
  readonly tools: Tools;
}

/** Tries again what met a lock, until the deadline. Between two tries whoever waited behind this goes on. */
export async function patiently<T>(work: () => Promise<T>, { what, deadline, pauseMs, tools }: Patience): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseProblem) || error.problem !== 'lock-timeout') throw error;
      if (tools.now() + pauseMs > deadline) {
        throw new CutoverError('Refused', `${what}: a long transaction was in the way to the end`, 'find it in pg_stat_activity, let it end, and try again');
      }
      await tools.sleep(pauseMs);
    }
  }
}
