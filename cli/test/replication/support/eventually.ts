import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so; fails when it is not after half a minute. */
export async function eventually(condition: () => Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not so after ${patienceMs / 1000} s${last instanceof Error ? `: ${last.message}` : ''}`);
    await sleep(5);
  }
}

/** Waits until something has not been so for this long; fails when it is. */
export async function never(condition: () => Promise<boolean>, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    if (await condition()) throw new Error('it was so');
    await sleep(20);
  }
}
