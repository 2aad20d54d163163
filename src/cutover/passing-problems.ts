import { isRefusedWith } from './cutover-error';
import { DatabaseProblem } from '../postgres';

/** Problems that pass: the same step may go well when it is taken again. */
const PASSING = new Set(['connection-lost', 'answer-lost', 'unreachable', 'server-restarting', 'too-many-connections', 'lock-timeout', 'statement-timeout', 'serialization']);
/** Not every marker is here yet, or again; a terminated session has not gone yet. */
const NOT_YET = ['PM015', 'PM020'];

/** Whether the same step of a transfer may go well when it is taken again. */
export function passes(error: unknown): boolean {
  return error instanceof DatabaseProblem && PASSING.has(error.problem) || NOT_YET.some((state) => isRefusedWith(error, state));
}
