import type {
  CompareResult, Key, KeyRange, PlannedTable, RecheckResult, Refusal, SummariseRequest, TableMethod, TableResult, ValidationResult,
} from './contract';

/** Puts everything together. What was not looked at to its end, or not at all, is never called equal. */
export function summarise({ plan, compared, rechecked, invariants, seconds }: SummariseRequest): ValidationResult {
  const tables = plan.tables.map((table) => tableResult(
    table, plan.hash, compared.filter((result) => result.table === table.table), rechecked.filter((result) => result.table === table.table)));
  const checked = invariants?.invariants ?? [];
  return {
    equal: tables.length > 0 && tables.every(({ equal }) => equal) && checked.every(({ verdict }) => verdict === 'holds'),
    seconds: seconds ?? total(tables, (table) => table.seconds) + (invariants?.seconds ?? 0),
    tables,
    invariants: checked,
  };
}

function tableResult(
  planned: PlannedTable, hash: TableMethod['hash'], compared: readonly CompareResult[], rechecked: readonly RecheckResult[],
): TableResult {
  const walks = planned.parts.map((part) => walkOf(part, compared));
  const steps = walks.flatMap((walk) => walk.steps);
  const unfinished = walks.filter(({ ended }) => !ended).length;
  const refused: Refusal[] = [...planned.refused, ...compared.flatMap((result) => result.refused)];
  const miss = (why: string) => refused.push({ column: '*', why });
  if (unfinished > 0) miss(`${unfinished} of its ${planned.parts.length} parts were not compared to the end`);
  if (compared.some(({ more }) => more)) miss('it has more differences than were asked for: the rest of it was not looked at');
  const confirmed = rechecked.flatMap((result) => result.confirmed);
  const read = new Set(rechecked.flatMap((result) => result.suspects.map((key) => JSON.stringify(key))));
  // Suspects that nobody read again are as open as can be.
  const unread = compared.flatMap(({ key: columns, suspects }) => (
    suspects.filter((key) => !read.has(JSON.stringify(key))).map((key) => ({ key: named(columns, key) }))));
  const unresolved = [...rechecked.flatMap((result) => result.unresolved), ...unread];
  return {
    table: planned.table,
    rows: total(steps, ({ rows }) => rows),
    equal: planned.comparable && confirmed.length + unresolved.length + refused.length === 0,
    seconds: total(compared, (result) => result.seconds) + total(rechecked, (result) => result.seconds),
    method: compared.at(-1)?.method ?? { hash, value: [], text: [], excluded: [] },
    confirmed,
    unresolved,
    refused: distinct(refused),
  };
}

/** The calls that went through a part from its start, each going on where the one before ended. A call that was repeated counts once. */
function walkOf(part: KeyRange, compared: readonly CompareResult[]): { steps: CompareResult[]; ended: boolean } {
  const left = compared.filter((result) => same(result.part, part));
  const steps: CompareResult[] = [];
  for (let at: Key | undefined; ;) {
    const index = left.findIndex((result) => same(result.from ?? null, at ?? null));
    if (index < 0) return { steps, ended: false };
    const [step] = left.splice(index, 1);
    steps.push(step);
    if (step.done) return { steps, ended: true };
    at = step.cursor ?? at;
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function named(columns: readonly string[], key: Key): Record<string, string> {
  return Object.fromEntries(columns.map((column, index) => [column, key[index]]));
}

function distinct(refusals: readonly Refusal[]): Refusal[] {
  return [...new Map(refusals.map((refusal) => [`${refusal.column}\0${refusal.why}`, refusal])).values()];
}

function total<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0);
}
