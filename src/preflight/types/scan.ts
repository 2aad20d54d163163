import { DatabaseProblem } from '../../postgres';
import type { Context } from '../check';
import type { Side } from '../contract';

export interface Scanned<R> {
  readonly row: R;
  /** Whether only a part of the table was read: what was not found may be in the rest. */
  readonly sampled: boolean;
}

/** How much of a table a sample is, in percent. */
const SAMPLE = 1;

/**
 * One row of aggregates over a table: of all of it where that can be read within a statement's time, else of a sample of its pages.
 *
 * It reads without locking more than any SELECT does, and gives up by itself.
 */
export async function scan<R>({ read }: Context, side: Side, table: string, aggregates: string): Promise<Scanned<R> | undefined> {
  for (const [from, sampled] of [[`ONLY ${table}`, false], [`ONLY ${table} TABLESAMPLE SYSTEM (${SAMPLE})`, true]] as const) {
    try {
      const [row] = await read<R>(side, `SELECT ${aggregates} FROM ${from}`);
      return { row, sampled };
    } catch (error) {
      if (!(error instanceof DatabaseProblem) || !['statement-timeout', 'lock-timeout'].includes(error.problem)) throw error;
    }
  }
  return undefined;
}
