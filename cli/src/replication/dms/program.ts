import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { DataProblem } from './data-problem';
import { Following } from './follow';
import { fullLoad } from './full-load';
import type { Order, Report } from './task';
import { Valve } from './valve';
import { isFinal } from '../patience';

const RETRY_MS = 1_000;
const END_PATIENCE_MS = 5_000;
const REPORT_BYTES = 1_000_000;
/** What the gate says to a login that it does not admit: it may be admitted again. */
const SHUT_OUT = '25006';

const valve = new Valve();
let following: Following | undefined;

function say(report: Report): void {
  process.send?.(report);
}

/** Loads where that is not done, follows, and begins anew after what passes. */
async function work({ task, loaded, again }: Extract<Order, { readonly order: 'begin' }>): Promise<void> {
  let done = loaded;
  for (let repeated = again; ; repeated = true) {
    try {
      if (!done) await fullLoad({ task, again: repeated, onBytes: countBytes() });
      done = true;
      following = new Following({ task, valve, again: repeated, onRunning: () => say({ report: 'running' }) });
      await following.run();
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (isHopeless(error)) return say({ report: 'refused', problem });
      say({ report: 'failed', problem });
    }
    await sleep(RETRY_MS);
  }
}

function countBytes(): (count: number) => void {
  let [bytes, said] = [0, 0];
  say({ report: 'loading', bytes });
  return (count) => {
    bytes += count;
    if (bytes - said < REPORT_BYTES) return;
    said = bytes;
    say({ report: 'loading', bytes });
  };
}

/** What the servers say or what we find in the data stays so; what happens to connections does not. */
function isHopeless(error: unknown): boolean {
  return error instanceof DataProblem || isFinal(error) && !(error instanceof DatabaseError && error.code === SHUT_OUT);
}

async function end(): Promise<void> {
  await Promise.race([following?.end(), sleep(END_PATIENCE_MS)]);
  process.exit(0);
}

process.on('message', (order: Order) => {
  if (order.order === 'begin') void work(order);
  else if (order.order === 'stall') valve.close();
  else if (order.order === 'resume') valve.open();
  else void end();
});
// Whoever started this is gone.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal is for whoever started this.
process.on('SIGINT', () => undefined);
