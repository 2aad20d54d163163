import type { Latency, Sample, Side } from '../workload';
import { Histogram } from '../workload/histogram';

/** One point of the plots. */
export interface Slot {
  /** In milliseconds since the start of the workload. */
  readonly from: number;
  readonly to: number;
  /** In operations per second. */
  readonly acknowledged: Readonly<Record<Side, number>>;
  readonly errors: number;
  readonly latency: Latency;
}

/** More points than a plot has pixels cannot be seen. */
const MOST_SLOTS = 480;

/** Joins neighbouring samples, so that a long run has no more points than a plot can show. Nothing is left out: counts and histograms add up. */
export function resample(samples: readonly Sample[], startedAt: number, most = MOST_SLOTS): Slot[] {
  const width = Math.max(1, Math.ceil(samples.length / most));
  const slots: Slot[] = [];
  for (let first = 0; first < samples.length; first += width) slots.push(join(samples.slice(first, first + width), startedAt));
  return slots;
}

function join(samples: readonly Sample[], startedAt: number): Slot {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  const ms = samples.reduce((total, { intervalMs }) => total + intervalMs, 0);
  const histogram = new Histogram();
  for (const { buckets, latency } of samples) histogram.add(buckets, latency.max);
  const perSecond = (side: Side) => samples.reduce((total, { acknowledged }) => total + acknowledged[side], 0) / ms * 1000;
  return {
    from: first.at - first.intervalMs - startedAt,
    to: last.at - startedAt,
    acknowledged: { source: perSecond('source'), target: perSecond('target') },
    errors: samples.flatMap(({ errors }) => Object.values(errors)).reduce((total, count) => total + count, 0),
    latency: histogram.latency(),
  };
}
