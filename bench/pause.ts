import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile, table } from './report';
import type { ApplyProfile } from '../cli/src/rehearsal/options';
import { Rehearsal } from '../cli/src/rehearsal/rehearsal';
import type { CutoverFigures } from '../cli/src/rehearsal/result';

const CUTOVERS = 10;
const RATE = 500;

/** Ten rehearsals on new servers with each profile: the pause as the function measures it, and each of its steps. */
export async function pause(): Promise<string> {
  return [await profile('native'), await profile('dms')].join('\n\n');
}

async function profile(applyProfile: ApplyProfile): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'payment-migration-bench-'));
  try {
    const cutovers: CutoverFigures[] = [];
    for (let run = 0; run < CUTOVERS; run++) {
      const { result } = await Rehearsal.run({
        rate: RATE, seedRows: 50_000, clients: 8, repeat: 1, then: [], faults: [], applyProfile, reportFolder: folder, settleMs: 3_000, stayMs: 0,
      }, { run: async (_, work) => work(() => undefined) });
      cutovers.push(...result.cutovers);
    }
    const pauses = cutovers.map(({ pauseMs }) => pauseMs ?? Infinity);
    const steps = cutovers[0].steps.map(({ step }) => step);
    const msOf = (wanted: string) => cutovers.map((cutover) => cutover.steps.find(({ step }) => step === wanted)?.ms ?? 0);
    const rows = steps.map((step) => [step, ...figures(msOf(step))]);
    return table([`${applyProfile} profile, ${RATE} operations/s`, 'p50, ms', 'worst of 10, ms'], [['**pause**', ...figures(pauses)], ...rows]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figures(values: readonly number[]): string[] {
  return [percentile(values, 0.5).toFixed(1), Math.max(...values).toFixed(1)];
}
