import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';

const POLL_MS = 50;

export interface Patience {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly patienceMs: number;
  /** A sign of progress: as long as it changes, patience begins anew. */
  readonly progress?: () => string;
  /** Ends the waiting with an error. */
  readonly signal?: AbortSignal;
}

/** Waits until `condition` holds. A server that is down for a while counts as "not yet"; an answer that will not change is thrown. */
export async function until(condition: () => Promise<boolean>, { what, patienceMs, progress, signal }: Patience): Promise<void> {
  let seen = progress?.();
  let since = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    let problem = '';
    try {
      if (await condition()) return;
    } catch (error) {
      if (isFinal(error)) throw error;
      problem = `; ${error instanceof Error ? error.message : String(error)}`;
    }
    const now = progress?.();
    if (now !== seen) {
      seen = now;
      since = Date.now();
    }
    if (Date.now() - since > patienceMs) throw new Error(`${what}: not so after ${patienceMs / 1000} s${now === undefined ? '' : ` at ${now}`}${problem}`);
    await sleep(POLL_MS);
  }
}

/** Connections, resources, objects in use, locks, the server's coming and going: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const PASSING = /^(08|40|53|55006|55P03|57)/;

/** Whether a server has said no, and will say so again. */
export function isFinal(error: unknown): boolean {
  return error instanceof DatabaseError && !PASSING.test(error.code ?? '');
}
