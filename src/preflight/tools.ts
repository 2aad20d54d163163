/** What tests replace. */
export interface Tools {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long the function may still run. */
  readonly remainingMs: () => number;
}

export const TOOLS: Tools = {
  now: () => performance.now(),
  sleep: async (ms) => { await new Promise((resolve) => setTimeout(resolve, ms)); },
  remainingMs: () => Infinity,
};
