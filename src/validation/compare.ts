import { DEFAULTS, type CompareRequest, type CompareResult, type Key, type KeyRange, type Side } from './contract';
import { cutInto, cutKeys, MOST_PIECES } from './cut-keys';
import { OutOfTime, Ranges, type Compared } from './differing-ranges';
import { planOne } from './plan';
import type { Sides } from './sides';
import { methodOf, type TablePlan } from './table-plan';
import { Brake } from './throttle';
import type { Tools } from './tools';
import { refused } from './validation-error';
import { DatabaseProblem } from '../postgres';

/** What a statement that is under way may still take, and the answer. */
const RESERVE_MS = 15_000;
/** What a server reads at least, before anything is known of this one: 128 MB in a second. */
const BYTES_PER_MS = 131_072;
/** The range that is compared first is cut into so many, and what is behind it into pieces of that size. */
const FIRST_PIECES = 16;

/** Compares a part of a table, range by range on both sides at once, for as long as it may. What it found so far is never lost: it ends with a cursor. */
export async function compare(sides: Sides, request: CompareRequest, tools: Tools): Promise<CompareResult> {
  const started = tools.now();
  const { maxSuspects = DEFAULTS.maxSuspects, budgetMs = DEFAULTS.budgetMs, throttle = {}, writer = 'source' } = request;
  if (!Number.isInteger(maxSuspects) || maxSuspects < 1) throw refused('maxSuspects', maxSuspects, 'a whole number from 1');
  const { statementMs = DEFAULTS.statementMs, statementTimeoutMs = DEFAULTS.statementTimeoutMs } = throttle;
  await sides.limit(statementTimeoutMs);
  const deadline = started + Math.min(budgetMs, Math.max(0, tools.remainingMs() - RESERVE_MS));
  const planned = await planOne(sides, request.table, request, request.hash);
  if (!('plan' in planned)) throw refused('table', request.table, `one that can be compared: ${planned.refused.map(({ why }) => why).join(', ')}`);
  const options = { maxSuspects, statementMs: Math.min(statementMs, statementTimeoutMs / 2), now: tools.now, deadline };
  const walk = new Walk(sides, planned.plan, request, options);
  const brake = new Brake(sides, throttle, writer, tools);
  await walk.cut();
  do {
    const before = tools.now();
    await walk.step();
    if (walk.isOver || walk.moved && !await brake.rest(tools.now() - before, deadline)) break;
    // A call that gets nowhere would be repeated for ever.
  } while (tools.now() < deadline || !walk.moved);
  const { rows, suspects, more, cursor, ranges: { statements } } = walk;
  return {
    table: request.table,
    part: request.part ?? {},
    ...(request.cursor === undefined ? {} : { from: request.cursor }),
    key: planned.plan.key.map(({ name }) => name),
    done: walk.isOver,
    ...(walk.isOver || cursor === undefined ? {} : { cursor }),
    rows,
    statements,
    suspects,
    more,
    seconds: (tools.now() - started) / 1_000,
    method: methodOf(planned.plan),
    refused: planned.plan.refused,
  };
}

interface WalkOptions {
  readonly maxSuspects: number;
  /** What a statement over a range aims at. */
  readonly statementMs: number;
  readonly now: () => number;
  readonly deadline: number;
}

/** Where a comparison is in its part of a table. */
class Walk {
  public rows = 0;
  public readonly suspects: Key[] = [];
  /** More differences than may be told. */
  public more = false;
  public cursor?: Key;
  /** Some range is done. */
  public moved = false;
  public readonly ranges: Ranges;
  private readonly upTo?: Key;
  private pieces: (Key | undefined)[] = [];
  private count = FIRST_PIECES;
  private ended = false;

  public constructor(
    private readonly sides: Sides, private readonly plan: TablePlan, { part, cursor }: CompareRequest, private readonly options: WalkOptions,
  ) {
    this.ranges = new Ranges(sides, plan);
    for (const key of [part?.after, part?.upTo, cursor]) {
      if (key !== undefined && key.length !== plan.key.length) throw refused('key', key, `${plan.key.length} values, one for each column of the key`);
    }
    this.upTo = part?.upTo;
    this.cursor = cursor ?? part?.after;
  }

  /** The side that is cut. */
  private get larger(): Side {
    return this.plan.stored.source >= this.plan.stored.target ? 'source' : 'target';
  }

  public get isOver(): boolean {
    return this.ended;
  }

  /** Cuts what is ahead into small pieces, of which a range takes as many as its time allows. A table that fits into the first range stays whole. */
  public async cut(): Promise<void> {
    const ranges = this.plan.stored[this.larger] / (this.options.statementMs * BYTES_PER_MS);
    const ahead = { after: this.cursor, upTo: this.upTo };
    const keys = ranges > 1 ? await cutKeys(this.sides, this.plan, this.larger, ahead, Math.ceil(ranges * FIRST_PIECES)) : [];
    this.pieces = [...keys, this.upTo];
  }

  /** Compares the next range, and finds what differs in it; or cuts it, where that takes too long. */
  public async step(): Promise<void> {
    const taken = Math.min(this.count, this.pieces.length);
    const range = { after: this.cursor, upTo: this.pieces[taken - 1] };
    try {
      const started = this.options.now();
      const compared = await this.ranges.compare(range);
      const took = this.options.now() - started;
      if (!compared.equal) await this.locate(range, compared);
      this.rows += compared.rows.source;
      this.pieces.splice(0, taken);
      this.adapt(took);
    } catch (error) {
      const tooLong = error instanceof OutOfTime || error instanceof DatabaseProblem && error.problem === 'statement-timeout';
      if (tooLong && await this.halve(range)) return;
      throw error;
    }
    this.cursor = range.upTo;
    this.moved = true;
    this.ended = this.more || this.pieces.length === 0;
  }

  /** Ranges grow and shrink by halves, so that a statement takes about the time it may. */
  private adapt(tookMs: number): void {
    const { statementMs } = this.options;
    if (tookMs < statementMs / 2) this.count = Math.min(this.count * 2, MOST_PIECES);
    if (tookMs > statementMs) this.count = Math.max(1, Math.floor(this.count / 2));
  }

  /** False where the range cannot be cut any more. */
  private async halve(range: KeyRange): Promise<boolean> {
    if (this.count > 1 && this.pieces.length > 1) {
      this.count = Math.max(1, Math.floor(Math.min(this.count, this.pieces.length) / 2));
      return true;
    }
    const { larger } = this;
    const inLarger = await cutInto(this.sides, this.plan, larger, range, 2);
    const keys = inLarger.length > 0 ? inLarger : await cutInto(this.sides, this.plan, larger === 'source' ? 'target' : 'source', range, 2);
    this.pieces.unshift(...keys);
    this.count = 1;
    return keys.length > 0;
  }

  private async locate(range: KeyRange, compared: Compared): Promise<void> {
    const left = this.options.maxSuspects - this.suspects.length;
    const found = await this.ranges.suspects(range, compared, left, () => this.options.now() > this.options.deadline);
    this.more = found.length > left;
    this.suspects.push(...found.slice(0, left));
  }
}
