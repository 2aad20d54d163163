import type { StepPoint } from './child';
import type { Random } from './random';
import type { Step } from '../../../src/cutover/contract';

export const FAULTS = ['crash source', 'crash target', 'kill handler', 'cut source', 'cut target'] as const;
export type Fault = (typeof FAULTS)[number];

/** What goes wrong in one round, and when. */
export interface Plan {
  readonly at: StepPoint | { readonly phase: 'transfer' | 'turn around'; readonly afterMs: number };
  readonly faults: readonly { readonly fault: Fault; readonly afterMs: number }[];
  /** How long a server that crashed stays down. */
  readonly downMs: number;
  readonly failBefore?: Step;
  /** How long nothing that is paid arrives on the taker, from right before the transfer on. */
  readonly lagMs?: number;
}

const STEPS: readonly Step[] = [
  'look', 'close', 'terminate', 'raise', 'standbys', 'mark', 'await-marker', 'sequences', 'record-way-back', 'flip', 'open-row', 'open-gate', 'abort',
];

export const POINTS: readonly StepPoint[] = STEPS.flatMap((step) => (['before', 'after'] as const).map((when) => ({ when, step })));

function secondOf(random: Random, first: Fault): Plan['faults'] {
  if (random.next() < 0.6) return [];
  return [{ fault: random.one(FAULTS.filter((fault) => fault !== first)), afterMs: random.next() < 0.5 ? 0 : Math.round(random.between(0, 400)) }];
}

function faults(random: Random, first = random.one(FAULTS)): Plan['faults'] {
  return [{ fault: first, afterMs: 0 }, ...secondOf(random, first)];
}

function downMs(random: Random): number {
  return Math.round(random.between(200, 2_000));
}

function lagMs(random: Random): number | undefined {
  return random.next() < 0.3 ? Math.round(random.between(200, 1_200)) : undefined;
}

export function planAt(random: Random, point: StepPoint, first?: Fault): Plan {
  const failBefore = point.step === 'abort' ? random.one<Step>(['mark', 'sequences', 'flip']) : undefined;
  return { at: point, faults: faults(random, first), downMs: downMs(random), failBefore, lagMs: lagMs(random) };
}

export function planAnytime(random: Random): Plan {
  const at = random.next() < 0.8 ? { phase: 'transfer', afterMs: Math.round(random.between(0, 120)) } as const
    : { phase: 'turn around', afterMs: Math.round(random.between(0, 300)) } as const;
  const failBefore = random.next() < 0.15 ? random.one(STEPS.slice(2, 10)) : undefined;
  return { at, faults: faults(random), downMs: downMs(random), failBefore, lagMs: lagMs(random) };
}

export function sayPlan({ at, faults: all, downMs: down, failBefore, lagMs: lag }: Plan): string {
  const when = 'step' in at ? `${at.when} ${at.step}` : `${at.afterMs} ms into the ${at.phase}`;
  const what = all.map(({ fault, afterMs }) => (afterMs > 0 ? `${fault} ${afterMs} ms later` : fault)).join(' and ');
  const beside = [failBefore && `, in a transfer that fails before ${failBefore}`, lag && `, with a lag of ${lag} ms`].filter(Boolean).join('');
  return `${what}, ${when}${beside}, down for ${down} ms`;
}
