import type { Key, KeyRange, Side } from './contract';
import { exactCuts } from './cut-keys';
import type { Sides } from './sides';
import { fingerprint, rowsOf } from './statements';
import type { TablePlan } from './table-plan';

/** What a range holds, on both sides. */
export interface Compared {
  readonly rows: Readonly<Record<Side, number>>;
  readonly equal: boolean;
}

/** Ranges of no more rows than this are read row by row. */
const FEW_ROWS = 1_000;
const PIECES = 16;
/** A range that grew while it was looked at. */
const MOST_ROWS = 20_000;

/** Compares ranges of one table, and finds the rows that differ. */
export class Ranges {
  /** On one side, over a range. */
  public statements = 0;

  public constructor(private readonly sides: Sides, private readonly plan: TablePlan) {}

  /** Both sides at once. */
  public async compare(range: KeyRange): Promise<Compared> {
    const { source, target } = await this.sides.both(async (side) => {
      this.statements += 1;
      const { text, values } = fingerprint(this.plan, side, range);
      const [found] = await this.sides.query<{ rows: string; sum: string }>(side, text, values);
      return found;
    });
    return { rows: { source: Number(source.rows), target: Number(target.rows) }, equal: source.rows === target.rows && source.sum === target.sum };
  }

  /** The keys of rows that differ in a range that does, up to one more than `limit`. */
  public async suspects(range: KeyRange, { rows }: Compared, limit: number): Promise<Key[]> {
    const most = Math.max(rows.source, rows.target);
    if (most <= FEW_ROWS) return this.rowByRow(range, limit);
    const fuller: Side = rows.source >= rows.target ? 'source' : 'target';
    const keys = await exactCuts(this.sides, this.plan, fuller, range, PIECES);
    // Rows went away meanwhile.
    if (keys.length === 0) return this.rowByRow(range, limit);
    const found: Key[] = [];
    for (const [index, upTo] of [...keys, range.upTo].entries()) {
      const piece = { after: index === 0 ? range.after : keys[index - 1], upTo };
      const compared = await this.compare(piece);
      if (!compared.equal) found.push(...await this.suspects(piece, compared, limit - found.length));
      if (found.length > limit) break;
    }
    return found;
  }

  private async rowByRow(range: KeyRange, limit: number): Promise<Key[]> {
    const { source, target } = await this.sides.both(async (side) => {
      const { text, values } = rowsOf(this.plan, side, range, MOST_ROWS);
      const rows = await this.sides.query<{ key: Key; hash: string }>(side, text, values);
      return new Map(rows.map(({ key, hash }) => [JSON.stringify(key), hash]));
    });
    const differing = [...source].filter(([key, hash]) => target.get(key) !== hash).map(([key]) => key);
    const extra = [...target.keys()].filter((key) => !source.has(key));
    return [...differing, ...extra].slice(0, limit + 1).map((key) => JSON.parse(key) as Key);
  }
}
