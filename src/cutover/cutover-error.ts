import type { CutoverErrorName } from './contract';
import { DatabaseProblem } from '../postgres';

/** How a handler ends when it did not do what was asked. Its name is what the workflow tells apart, its message is for a person. */
export class CutoverError extends Error {
  public readonly remedy: string;

  public constructor(name: CutoverErrorName, message: string, remedy: string) {
    super(`${message}; ${remedy}`);
    this.name = name;
    this.remedy = remedy;
  }
}

/** SQLSTATEs of our own functions that say more than "no". */
const NAMES: Record<string, CutoverErrorName> = { PM010: 'StaleAttempt', PM014: 'FailoverDetected' };

/** What a database said, as the error that a handler ends with: nothing was closed, or all is as it was. */
export function refusal(error: unknown): Error {
  if (!(error instanceof DatabaseProblem)) return error instanceof Error ? error : new Error(String(error));
  const name = NAMES[error.code ?? ''] ?? (error.problem === 'refused' ? 'Refused' : 'DatabaseUnavailable');
  const plain = error.message.endsWith(error.remedy) ? error.message.slice(0, -error.remedy.length).replace(/[:;,. ]+$/, '') : error.message;
  return new CutoverError(name, plain, error.remedy);
}

export function isRefusedWith(error: unknown, sqlState: string): boolean {
  return error instanceof DatabaseProblem && error.code === sqlState;
}
