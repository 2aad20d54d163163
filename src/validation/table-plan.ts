import type { Catalog, CatalogColumn, CatalogTable } from './catalog';
import type { HashKind, Refusal, Selection, Side, TableMethod } from './contract';
import { baseOf, formOf, isOrdered, whyNotExact, type CatalogType, type ValueForm } from './value-types';

/** A column that is compared. */
export interface PlannedColumn {
  readonly name: string;
  readonly base: CatalogType;
  readonly form: ValueForm;
  /** On either side a domain over `base`. */
  readonly isDomain: boolean;
  /** Nulls are kept out on both sides. */
  readonly notNull: boolean;
}

/** A column of the key, in the key's order. */
export interface PlannedKeyColumn extends PlannedColumn {
  /** The type's own order, or that of its text's bytes. */
  readonly ordered: boolean;
  /** Whether the column's own collation is that of bytes, by side: only then its index is of use. */
  readonly bytewise: Readonly<Record<Side, boolean>>;
  readonly equals: { readonly schema: string; readonly name: string };
}

/** How one table is compared. */
export interface TablePlan {
  readonly schema: string;
  readonly name: string;
  /** Partitions belong to it, as opposed to tables that inherit from it. */
  readonly partitioned: Readonly<Record<Side, boolean>>;
  readonly hash: HashKind;
  readonly key: readonly PlannedKeyColumn[];
  /** By name. */
  readonly columns: readonly PlannedColumn[];
  readonly excluded: readonly string[];
  readonly refused: readonly Refusal[];
  readonly rows: number;
  /** Of its pages, by side. */
  readonly bytes: Readonly<Record<Side, number>>;
  /** With what is stored beside them. */
  readonly stored: Readonly<Record<Side, number>>;
}

export type Planned = { readonly plan: TablePlan } | { readonly refused: readonly Refusal[]; readonly rows: number };

/** A table's name, as results show it. */
export function tableName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

/** How a table is compared, or why it is not. */
export function planTable(
  tables: Partial<Record<Side, CatalogTable>>, catalogs: Record<Side, Catalog>, selection: Pick<Selection, 'columns' | 'exactTypes'>, hash: HashKind,
): Planned {
  const { source, target } = tables;
  const rows = estimated(source) ?? estimated(target) ?? 0;
  const why = whyNot(tables, catalogs);
  if (why !== undefined || !source || !target) return { refused: [{ column: '*', why: why ?? 'it is on neither side' }], rows };

  const names = new Set([...source.columns, ...target.columns].map(({ name }) => name));
  const unknown = selection.columns?.filter(({ table }) => table === tableName(source))
    .flatMap(({ include = [], exclude = [] }) => [...include, ...exclude]).find((name) => !names.has(name));
  if (unknown !== undefined) return { refused: [{ column: '*', why: `it has no column ${unknown}, which was chosen or left out` }], rows };

  const refused: Refusal[] = [];
  const excluded: string[] = [];
  const keyNames = (source.key ?? []).map(({ name }) => name);
  const columns: PlannedColumn[] = [];
  for (const name of [...names].sort()) {
    if (!keyNames.includes(name) && !isChosen(source, name, selection.columns)) {
      excluded.push(name);
      continue;
    }
    const named = (column: { readonly name: string }) => column.name === name;
    const planned = planColumn(source.columns.find(named), target.columns.find(named), catalogs, selection);
    if (typeof planned === 'string') refused.push({ column: name, why: planned });
    else columns.push({ name, ...planned });
  }
  const lost = keyNames.find((name) => !columns.some((column) => column.name === name));
  if (lost !== undefined) return { refused: [{ column: '*', why: `its key holds ${lost}, which cannot be compared` }, ...refused], rows };
  const key = (source.key ?? []).map(({ name, equals }): PlannedKeyColumn => {
    const column = columns.find((candidate) => candidate.name === name) as PlannedColumn;
    const bytewise = (table: CatalogTable) => table.columns.find((candidate) => candidate.name === name)?.bytewise ?? false;
    return { ...column, equals, ordered: isOrdered(column.base), bytewise: { source: bytewise(source), target: bytewise(target) } };
  });
  const text = key.find(({ base, ordered }) => !ordered || base.name === 'name');
  if (text && catalogs.source.encoding === 'SQL_ASCII') {
    return { refused: [{ column: '*', why: `its key holds ${text.name}, and of texts in databases with SQL_ASCII it is not known what they say` }], rows };
  }
  return {
    plan: {
      schema: source.schema,
      name: source.name,
      partitioned: { source: source.kind === 'p', target: target.kind === 'p' },
      hash,
      key,
      columns,
      excluded,
      refused,
      rows,
      bytes: { source: source.bytes, target: target.bytes },
      stored: { source: source.stored, target: target.stored },
    },
  };
}

/** A table that was loaded just now has no estimate yet, and one that grew has an old one. */
const USUAL_ROW_BYTES = 120;
const PAGE_BYTES = 8_192;

function estimated(table: CatalogTable | undefined): number | undefined {
  if (!table) return undefined;
  return Math.round(table.rows > 0 ? Math.max(table.rows, table.bytes / PAGE_BYTES) : table.bytes / USUAL_ROW_BYTES);
}

export function methodOf({ hash, columns, excluded }: TablePlan): TableMethod {
  const names = (byValue: boolean) => columns.filter(({ form }) => (form !== 'text') === byValue).map(({ name }) => name);
  return hash === 'native' ? { hash, value: names(true), text: names(false), excluded } : { hash, value: [], text: columns.map(({ name }) => name), excluded };
}

const KINDS: Readonly<Record<string, string>> = { v: 'a view', m: 'a materialised view', f: 'a foreign table' };

function whyNot({ source, target }: Partial<Record<Side, CatalogTable>>, catalogs: Record<Side, Catalog>): string | undefined {
  if (!source && !target) return 'it is on neither side';
  if (!source) return 'it is on the target only';
  if (!target) return 'it is on the source only';
  for (const [side, table] of [['source', source], ['target', target]] as const) {
    if (KINDS[table.kind] !== undefined) return `it is ${KINDS[table.kind]} on the ${side}: name the tables behind it`;
    if (table.partitionOf !== null) return `it is a partition on the ${side}: name ${table.partitionOf}`;
    if (!table.usable) return `the login has no right to its schema on the ${side}`;
    if (table.rowSecurity) return `row-level security hides rows from the login on the ${side}: give it BYPASSRLS`;
    if (table.key === null) return `it has no primary key on the ${side}, nor an index as its replica identity`;
  }
  const named = (table: CatalogTable) => (table.key ?? []).map(({ name }) => name);
  if ([...named(source)].sort().join('\0') !== [...named(target)].sort().join('\0')) {
    return `its key is (${named(source).join(', ')}) on the source and (${named(target).join(', ')}) on the target`;
  }
  if (catalogs.source.encoding !== catalogs.target.encoding) {
    return `the databases have different encodings: ${catalogs.source.encoding} and ${catalogs.target.encoding}`;
  }
  return undefined;
}

function isChosen(table: CatalogTable, column: string, choices: Selection['columns'] = []): boolean {
  const choice = choices.find((candidate) => candidate.table === tableName(table));
  if (!choice) return true;
  return (choice.include ?? [column]).includes(column) && !(choice.exclude ?? []).includes(column);
}

/** Or why it cannot be compared. */
function planColumn(
  source: CatalogColumn | undefined, target: CatalogColumn | undefined, catalogs: Record<Side, Catalog>, { exactTypes = [] }: Pick<Selection, 'exactTypes'>,
): Omit<PlannedColumn, 'name'> | string {
  if (!source) return 'it is on the target only';
  if (!target) return 'it is on the source only';
  const unreadable = !source.readable ? 'source' : !target.readable ? 'target' : undefined;
  if (unreadable !== undefined) return `the login may not read it on the ${unreadable}`;
  const exact = new Set(exactTypes);
  const why = whyNotExact(source.type, catalogs.source.types, exact) ?? whyNotExact(target.type, catalogs.target.types, exact);
  if (why !== undefined) return why;
  const bases = { source: baseOf(source.type, catalogs.source.types), target: baseOf(target.type, catalogs.target.types) };
  const names = { source: tableName(bases.source), target: tableName(bases.target) };
  if (names.source !== names.target) return `its type is ${names.source} on the source and ${names.target} on the target`;
  const isDomain = bases.source.oid !== source.type || bases.target.oid !== target.type;
  return {
    base: bases.source,
    isDomain,
    notNull: source.notNull && target.notNull,
    form: formOf(bases.source, {
      deterministic: source.deterministic && target.deterministic,
      // A domain's own modifier is not the column's.
      sameModifier: !isDomain && source.modifier >= 0 && source.modifier === target.modifier,
    }),
  };
}
