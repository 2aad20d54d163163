import { randomBytes } from 'node:crypto';
import type { Key, KeyRange, Side } from './contract';
import type { Sides } from './sides';
import { bucketFingerprints, fingerprint, rowsOf, type Buckets, type Statement } from './statements';
import type { Drawn } from './steps';
import type { TablePlan } from './table-plan';
import { refused, ValidationError } from './validation-error';

/** What a range holds, on both sides. */
export interface Compared {
  readonly rows: Readonly<Record<Side, number>>;
  readonly equal: boolean;
}

/** Rows and the sum of their fingerprints. */
interface Sums {
  readonly rows: string;
  readonly sum: string;
}

/** There was no time to find all that differs in a range. */
export class OutOfTime extends ValidationError {
  public constructor() {
    super('DatabaseUnavailable', 'there was no time to find all that differs in a range; call again with a larger budgetMs');
  }
}

/** What is read row by row at once. */
const FEW_ROWS = 1_000;
/** A bucket has about so many rows: each that differs is read row by row. */
const BUCKET_ROWS = 64;
const MOST_BUCKETS = 16_384;
/** Rows that are read at once from buckets. */
const BATCH_ROWS = 20_000;

/** What is read row by row: a range, or some of its buckets. */
interface Batch {
  readonly rows: number;
  readonly buckets?: Buckets;
}

/**
 * Compares ranges of one table, and finds the rows that differ. Whatever the key, a range is read as a whole: for its sum, where that differs for
 * the sums of buckets into which its keys are spread, and for the rows of the buckets that differ.
 */
export class Ranges {
  /** On one side, over a range. */
  public statements = 0;
  private readonly drawn: Drawn = randomBytes(16).toString('hex');

  public constructor(private readonly sides: Sides, private readonly plan: TablePlan) {}

  /** Both sides at once. */
  public async compare(range: KeyRange): Promise<Compared> {
    const { source: [source], target: [target] } = await this.read<Sums>((side) => fingerprint(this.plan, side, range, this.drawn));
    return { rows: { source: Number(source.rows), target: Number(target.rows) }, equal: source.rows === target.rows && source.sum === target.sum };
  }

  /** The keys of rows that differ in a range that does, up to one more than `limit`. Where it is late before all are found, the range is too large. */
  public async suspects(range: KeyRange, { rows }: Compared, limit: number, isLate: () => boolean): Promise<Key[]> {
    const most = Math.max(rows.source, rows.target);
    const batches = most <= FEW_ROWS ? [{ rows: most }] : await this.differingBuckets(range, most);
    const found: Key[] = [];
    for (const [index, batch] of batches.entries()) {
      if (index > 0 && isLate()) throw new OutOfTime();
      const keys = await this.rowByRow(range, limit - found.length, batch);
      if (keys === undefined) return this.suspects(range, await this.compare(range), limit, isLate);
      found.push(...keys);
      if (found.length > limit) break;
    }
    return found;
  }

  /** All of them, also where they are more than can be told: rows of some may arrive before they are read. */
  private async differingBuckets(range: KeyRange, most: number): Promise<Batch[]> {
    const of = Math.min(MOST_BUCKETS, 2 ** Math.ceil(Math.log2(most / BUCKET_ROWS)));
    const found = await this.read<Sums & { bucket: number }>((side) => bucketFingerprints(this.plan, side, range, of, this.drawn));
    const [source, target] = [found.source, found.target].map((buckets) => new Map(buckets.map((sums) => [sums.bucket, sums])));
    const differing = [...new Set([...source.keys(), ...target.keys()])]
      .filter((bucket) => source.get(bucket)?.rows !== target.get(bucket)?.rows || source.get(bucket)?.sum !== target.get(bucket)?.sum);
    const batches: { rows: number; numbers: number[] }[] = [];
    for (const bucket of differing) {
      const rows = Math.max(Number(source.get(bucket)?.rows ?? 0), Number(target.get(bucket)?.rows ?? 0));
      const last = batches[batches.length - 1];
      if (last && last.rows + rows <= BATCH_ROWS) {
        last.rows += rows;
        last.numbers.push(bucket);
      } else {
        batches.push({ rows, numbers: [bucket] });
      }
    }
    return batches.map(({ rows, numbers }) => ({ rows, buckets: { of, numbers } }));
  }

  /** Undefined where so many rows came meanwhile that it is no longer to be read row by row. */
  private async rowByRow(range: KeyRange, limit: number, { rows, buckets }: Batch): Promise<Key[] | undefined> {
    const tooMany = 2 * Math.max(rows, BATCH_ROWS);
    const read = await this.read<{ key: Key; hash: string }>((side) => rowsOf(this.plan, side, range, this.drawn, tooMany, buckets));
    if (Math.max(read.source.length, read.target.length) === tooMany) return undefined;
    const [source, target] = [read.source, read.target].map((side) => new Map(side.map(({ key, hash }) => [JSON.stringify(key), hash])));
    if (source.size < read.source.length || target.size < read.target.length) {
      throw refused('key', 'keys of different rows that are written alike', 'keys whose text tells rows apart: leave the table out');
    }
    const differing = [...source].filter(([key, hash]) => target.get(key) !== hash).map(([key]) => key);
    const extra = [...target.keys()].filter((key) => !source.has(key));
    return [...differing, ...extra].slice(0, limit + 1).map((key) => JSON.parse(key) as Key);
  }

  private async read<R>(statement: (side: Side) => Statement): Promise<Record<Side, R[]>> {
    return this.sides.both(async (side) => {
      this.statements += 1;
      const { text, values } = statement(side);
      return this.sides.query<R>(side, text, values);
    });
  }
}
