import { catchUpFor, type CatchUp } from './catch-up';
import { MOST_RECHECKED, type Difference, type Key, type NamedKey, type RecheckRequest, type RecheckResult, type Side } from './contract';
import { planOne } from './plan';
import type { Sides } from './sides';
import { rowsByKey } from './statements';
import type { TablePlan } from './table-plan';
import type { Tools } from './tools';
import { refused } from './validation-error';

const ROUNDS = 3;

/** A row as it was read; `version` is null where it was not there. */
interface Read {
  readonly n: number;
  readonly version: string | null;
  readonly key: Key | null;
  readonly cells: readonly (string | null)[] | null;
}

/**
 * Finds out what suspects are.
 *
 * The writing side is read, the other side catches up, and then the other side is read, and the writing side once more. A row that was not
 * written in between must be on the other side as it is here. One that was is looked at again, and at last unresolved.
 */
export async function recheck(sides: Sides, request: RecheckRequest, tools: Tools): Promise<RecheckResult> {
  const started = tools.now();
  const { table, suspects, writer = 'source', rounds = ROUNDS } = request;
  if (suspects.length > MOST_RECHECKED) throw refused('suspects', suspects.length, `at most ${MOST_RECHECKED} in one call`);
  if (!Number.isInteger(rounds) || rounds < 1) throw refused('rounds', rounds, 'a whole number from 1');
  await sides.limit(request.throttle?.statementTimeoutMs);
  const catchUp = await catchUpFor(sides, request, tools);
  // Rows are told apart by the texts of their columns.
  const planned = await planOne(sides, table, request, 'md5');
  if (!('plan' in planned)) throw refused('table', table, `one that can be compared: ${planned.refused.map(({ why }) => why).join(', ')}`);
  const bad = suspects.find((key) => key.length !== planned.plan.key.length);
  if (bad) throw refused('suspects', bad, `${planned.plan.key.length} values, one for each column of the key`);
  const judge = new Judge(sides, planned.plan, writer, catchUp);
  let open: readonly Key[] = suspects;
  for (let round = 0; round < rounds && open.length > 0; round += 1) open = await judge.round(open);
  return {
    table,
    suspects,
    catchUp: catchUp.kind,
    confirmed: judge.confirmed,
    unresolved: distinct(open).map((key) => ({ key: named(planned.plan, key) })),
    seconds: (tools.now() - started) / 1_000,
  };
}

class Judge {
  private readonly found = new Map<string, Difference>();

  public constructor(
    private readonly sides: Sides, private readonly plan: TablePlan, private readonly writer: Side, private readonly catchUp: CatchUp,
  ) {}

  public get confirmed(): Difference[] {
    return [...this.found.values()];
  }

  /** Gives the keys whose rows differ, and moved. */
  public async round(keys: readonly Key[]): Promise<Key[]> {
    const { writer } = this;
    const reader: Side = writer === 'source' ? 'target' : 'source';
    const before = await this.read(writer, keys);
    const arrived = await this.catchUp.reach();
    const there = await this.read(reader, keys);
    const after = await this.read(writer, keys);
    // A row that came and went here between the two looks may still have been there: of rows that are there alone the other side must show the same once more.
    const alone = keys.some((_, n) => after[n].version === null && there[n].version !== null);
    const arrivedAgain = alone ? await this.catchUp.reach() : arrived;
    const thereAgain = alone ? await this.read(reader, keys) : there;
    const moved: Key[] = [];
    keys.forEach((key, n) => {
      // It does not say what the database holds, so that its row cannot be found.
      if (key.some((text) => text.includes('\uFFFD')) && after[n].version === null && there[n].version === null) {
        moved.push(key);
        return;
      }
      if (same(after[n], thereAgain[n]) || same(after[n], there[n])) return;
      const still = arrived && arrivedAgain && before[n].version === after[n].version && same(before[n], after[n]);
      const loneAndStill = after[n].version !== null || there[n].version === thereAgain[n].version;
      if (still && loneAndStill) this.confirm(key, after[n], there[n]);
      else moved.push(key);
    });
    return moved;
  }

  private confirm(key: Key, here: Read, there: Read): void {
    const { source, target } = this.writer === 'source' ? { source: here, target: there } : { source: there, target: here };
    // Two keys that are equal and not the same, such as 1.0 and 1.00, are one row.
    const shown = source.key ?? target.key ?? key;
    this.found.set(JSON.stringify(shown), { key: named(this.plan, shown), ...difference(this.plan, source, target) });
  }

  private async read(side: Side, keys: readonly Key[]): Promise<Read[]> {
    const { text, values } = rowsByKey(this.plan, side, keys);
    const rows = await this.sides.query<Read>(side, text, values);
    const byNumber = new Map(rows.map((row) => [row.n, row]));
    return keys.map((_, index) => byNumber.get(index + 1) as Read);
  }
}

function same(one: Read, other: Read): boolean {
  return JSON.stringify(one.cells) === JSON.stringify(other.cells);
}

function difference({ columns }: TablePlan, source: Read, target: Read): Pick<Difference, 'kind' | 'columns'> {
  if (source.cells === null) return { kind: 'extra', columns: [] };
  if (target.cells === null) return { kind: 'missing', columns: [] };
  return { kind: 'different', columns: columns.filter((_, index) => source.cells?.[index] !== target.cells?.[index]).map(({ name }) => name) };
}

function named({ key }: TablePlan, values: Key): NamedKey {
  return Object.fromEntries(key.map(({ name }, index) => [name, values[index]]));
}

function distinct(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}
