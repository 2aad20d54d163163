import type { Step } from './contract';

/** What tests and the rehearsal replace or listen to. */
export interface Tools {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long the function may still run. */
  readonly remainingMs: () => number;
  /** Told before and after each step of a transfer; what it awaits is awaited. */
  readonly onStep?: (when: 'before' | 'after', step: Step) => Promise<void> | void;
}

export const TOOLS: Tools = {
  // Not the clock of the day, which may be set while payments wait.
  now: () => performance.now(),
  remainingMs: () => Infinity,
  sleep: async (ms) => { await new Promise((resolve) => setTimeout(resolve, ms)); },
};
