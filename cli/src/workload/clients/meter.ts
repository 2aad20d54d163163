import { performance } from 'node:perf_hooks';
import type { Sample, Side } from '../contract';
import { Histogram } from '../histogram';

/** The epoch's time at zero of `performance.now()`: one clock that never jumps for everything that is reported. */
const ORIGIN = Date.now() - performance.now();

export function epochMs(now: number = performance.now()): number {
  return ORIGIN + now;
}

/** Counts what happens until it is asked, and then begins anew. */
export class Meter {
  private since = performance.now();
  private utilization = performance.eventLoopUtilization();
  private histogram = new Histogram();
  private arrived = 0;
  private acknowledged: Record<Side, number> = { source: 0, target: 0 };
  private errors: Record<string, number> = {};

  arrive(): void {
    this.arrived += 1;
  }

  acknowledge(side: Side, latencyMs: number): void {
    this.acknowledged[side] += 1;
    this.histogram.record(latencyMs);
  }

  fail(code: string): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1;
  }

  take(waiting: number, inFlight: number): Sample {
    const now = performance.now();
    const utilization = performance.eventLoopUtilization();
    const sample: Sample = {
      at: epochMs(now),
      intervalMs: now - this.since,
      arrived: this.arrived,
      acknowledged: this.acknowledged,
      errors: this.errors,
      latency: this.histogram.latency(),
      buckets: this.histogram.buckets(),
      waiting,
      inFlight,
      busy: performance.eventLoopUtilization(utilization, this.utilization).utilization,
    };
    this.since = now;
    this.utilization = utilization;
    this.histogram = new Histogram();
    this.arrived = 0;
    this.acknowledged = { source: 0, target: 0 };
    this.errors = {};
    return sample;
  }
}
