import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so; fails when it is not in time. */
export async function eventually(what: string, condition: () => Promise<boolean> | boolean, patienceMs = 20_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    let said = '';
    try {
      if (await condition()) return;
    } catch (error) {
      said = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not so after ${patienceMs / 1000} s${said}`);
    await sleep(10);
  }
}
