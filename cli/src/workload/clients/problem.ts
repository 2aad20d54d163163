import { DatabaseError } from 'pg';
import { KEY_CONSTRAINTS } from '../schema';

/** What an error means to a client. */
export interface Problem {
  /** SQLSTATE, with the constraint where it is one, or the operating system's name of the error. */
  readonly code: string;
  readonly message: string;
  /** A database has this operation already. */
  readonly done: boolean;
  /** Another attempt may succeed. */
  readonly retry: boolean;
  /** The session is of no use any more: ended, or on a side that may not write. */
  readonly dropSession: boolean;
}

const UNIQUE_VIOLATION = '23505';
/** Serialization failure, deadlock, lock not available, cancelled: the session stays. */
const TRY_AGAIN = /^(40001|40P01|55P03|57014)$/;
/** Writes have moved or the side is read only, shut down, full, or took the login's rights away: look for the writer again. */
const LOOK_AGAIN = /^(25006|57P0[1-5]|53300|25P0[34]|08...|28000|28P01|42501)$/;

/** The connection ended, was given up, or could not be made. */
export class ConnectionProblem extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** What to do about what a statement threw. What is neither the server's nor the connection's is a mistake of ours, and not tried again. */
export function judge(error: unknown): Problem {
  if (error instanceof ConnectionProblem) return { code: error.code, message: error.message, done: false, retry: true, dropSession: true };
  if (!(error instanceof DatabaseError) || error.code === undefined) {
    return { code: 'unexpected', message: String(error), done: false, retry: false, dropSession: true };
  }
  const { code, message, constraint, severity } = error;
  const said = error.detail === undefined ? message : `${message} (${error.detail})`;
  if (code === UNIQUE_VIOLATION) {
    const done = KEY_CONSTRAINTS.some((name) => name === constraint);
    // Any other unique violation is a sequence that stands too low: the next number may be free.
    return { code: done ? code : `${code} ${constraint}`, message: said, done, retry: true, dropSession: false };
  }
  const gone = severity === 'FATAL' || severity === 'PANIC' || LOOK_AGAIN.test(code);
  return { code, message: said, done: false, retry: gone || TRY_AGAIN.test(code), dropSession: gone };
}
