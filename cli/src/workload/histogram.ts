/** Each bucket is 3 % wider than the one before: what is read from it is at most that much too high. */
const GROWTH = 1.03;
const FIRST_MS = 0.01;

/** Pairs of a bucket's number and how many values fell into it. */
export type Buckets = readonly (readonly [bucket: number, count: number])[];

/** What is said of latencies, in milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts latencies in buckets that grow with them, so that any number of values takes a few hundred counters and two can be added up. */
export class Histogram {
  private readonly counts: number[] = [];
  private count = 0;
  private max = 0;

  /** Counts one value. */
  record(ms: number): void {
    const bucket = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.max = Math.max(this.max, ms);
  }

  /** Adds what another has counted. */
  add(buckets: Buckets, max: number): void {
    for (const [bucket, count] of buckets) {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
      this.count += count;
    }
    this.max = Math.max(this.max, max);
  }

  /** The buckets that are not empty, in their order. */
  buckets(): Buckets {
    return this.counts.flatMap((count, bucket) => [[bucket, count] as const]);
  }

  /** The value that so many of all are not above: `0.99` for p99. Zero when nothing was counted. */
  quantile(part: number): number {
    const wanted = Math.ceil(this.count * part);
    let seen = 0;
    for (const [bucket, count] of this.buckets()) {
      seen += count;
      if (seen >= wanted) return Math.min(FIRST_MS * GROWTH ** bucket, this.max);
    }
    return 0;
  }

  latency(): Latency {
    return { count: this.count, p50: this.quantile(0.5), p99: this.quantile(0.99), max: this.max };
  }
}
