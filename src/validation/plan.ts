import { readCatalog, type Catalog, type CatalogTable } from './catalog';
import { DEFAULTS, type HashKind, type Key, type KeyRange, type PlanRequest, type PlannedTable, type PlanResult, type Selection, type Side } from './contract';
import { cutKeys } from './cut-keys';
import { probeHash } from './probe';
import type { Sides } from './sides';
import { planTable, tableName, type Planned } from './table-plan';
import { refused } from './validation-error';

const MOST_PARTS = 100;

/** Looks at both catalogs, table by table: what is compared, and what is not and why. */
export async function plan(sides: Sides, request: PlanRequest): Promise<PlanResult> {
  const { partRows = DEFAULTS.partRows } = request;
  if (!Number.isInteger(partRows) || partRows < 1) throw refused('partRows', partRows, 'a whole number from 1');
  const { hash, tables } = await planAll(sides, request, request.hash === 'md5' ? 'md5' : undefined);
  if (tables.size === 0) throw refused('tables', request.tables ?? request.schemas ?? 'none', 'a selection that holds at least one table');
  const planned: PlannedTable[] = [];
  for (const [table, made] of tables) {
    if (!('plan' in made)) {
      planned.push({ table, rows: made.rows, comparable: false, parts: [], refused: made.refused });
      continue;
    }
    const { rows, refused: columns } = made.plan;
    const pieces = Math.min(MOST_PARTS, Math.ceil(rows / partRows));
    const keys = pieces > 1 ? await cutKeys(sides, made.plan, 'source', {}, pieces) : [];
    planned.push({ table, rows, comparable: true, parts: partsOf(keys), refused: columns });
  }
  return { hash, tables: planned };
}

/** One table's plan, or why there is none. With `hash` both sides are not tried for whether they hash the same. */
export async function planOne(sides: Sides, table: string, selection: Pick<Selection, 'columns' | 'exactTypes'>, hash?: HashKind): Promise<Planned> {
  const { tables } = await planAll(sides, { ...selection, tables: [table] }, hash);
  const [made] = tables.values();
  return made;
}

async function planAll(sides: Sides, selection: Selection, known?: HashKind): Promise<{ hash: HashKind; tables: Map<string, Planned> }> {
  // One after the other, as a session does them anyway: where one fails, the other must not go on with sessions that were ended.
  const hash = known ?? await probeHash(sides);
  const catalogs = await sides.both(async (side) => readCatalog(sides, side, selection));
  const named = byName(catalogs);
  const planned = (name: string): Planned => planTable(named.get(name) ?? {}, catalogs, selection, hash);
  const tables = new Map([...named.keys()].sort().map((name): [string, Planned] => [name, planned(name)]));
  for (const wanted of selection.tables ?? []) {
    const means = (table?: Parameters<typeof quoted>[0]) => table !== undefined && quoted(table) === unquoted(wanted);
    const found = [...named].some(([name, { source, target }]) => name === wanted || means(source) || means(target));
    if (!found) tables.set(wanted, planTable({}, catalogs, selection, hash));
  }
  return { hash, tables };
}

function byName(catalogs: Record<Side, Catalog>): Map<string, Partial<Record<Side, CatalogTable>>> {
  const named = new Map<string, Partial<Record<Side, CatalogTable>>>();
  for (const side of ['source', 'target'] as const) {
    for (const table of catalogs[side].tables) {
      const name = tableName(table);
      if (named.get(name)?.[side] !== undefined) {
        throw refused('tables', `two of the ${side} that are both written ${name}`, 'names that tell tables apart: rename one, or leave both out in `excludeTables`');
      }
      named.set(name, { ...named.get(name), [side]: table });
    }
  }
  return named;
}

/** `"a"."b"` as SQL has it, with every quote: what a person writes may have fewer. */
function quoted({ schema, name }: CatalogTable): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

function unquoted(wanted: string): string {
  return (wanted.match(/"(?:[^"]|"")+"|[^."]+/g) ?? []).map((part) => part.startsWith('"') ? part : `"${part}"`).join('.');
}

function partsOf(keys: readonly Key[]): KeyRange[] {
  return [...keys, undefined].map((upTo, index) => ({
    ...(index === 0 ? {} : { after: keys[index - 1] }),
    ...(upTo === undefined ? {} : { upTo }),
  }));
}
