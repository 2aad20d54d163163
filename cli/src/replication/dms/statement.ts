import { DataProblem } from './data-problem';
import type { TargetTable } from './target-table';
import type { Change, Values } from './test-decoding';

/** A statement that writes one change. */
export interface Statement {
  readonly text: string;
  readonly values: (string | null)[];
  /** Writes exactly one row, unless the row is there or gone already. */
  readonly table: string;
}

type Update = Extract<Change, { readonly kind: 'update' }>;
type RowChange = Exclude<Change, { readonly kind: 'truncate' }>;

/** `again`: rows that are there already are left as they are. */
export function statementOf(change: RowChange, table: TargetTable, again: boolean): Statement {
  const values: (string | null)[] = [];
  const parameter = (value: string | null) => `$${values.push(value)}`;
  const column = (name: string) => {
    const quoted = table.columns.get(name);
    if (quoted === undefined) throw new DataProblem(`${table.name}: the taker has no column ${name}; make the schemas of both sides alike`);
    return quoted;
  };
  const where = (key: Values) => [...key].map(([name, value]) => (value === null ? `${column(name)} IS NULL` : `${column(name)} = ${parameter(value)}`)).join(' AND ');
  const made = (text: string): Statement => ({ text, values, table: table.name });

  if (change.kind === 'delete') return made(`DELETE FROM ${table.name} WHERE ${where(change.key)}`);
  const written = [...change.values].filter(([name]) => table.columns.has(name));
  if (change.kind === 'insert') {
    const places = written.map(([, value]) => parameter(value));
    const conflict = again ? ' ON CONFLICT DO NOTHING' : '';
    return made(`INSERT INTO ${table.name} (${written.map(([name]) => column(name)).join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${places.join(', ')})${conflict}`);
  }
  const assignments = written.filter(([name]) => !table.fixed.has(name)).map(([name, value]) => `${column(name)} = ${parameter(value)}`).join(', ');
  const key = change.key ?? new Map(table.key.map((name) => [name, change.values.get(name) ?? null]));
  if (key.size === 0) throw new DataProblem(`${table.name}: a row was changed that nothing identifies; give the table a primary key`);
  return made(`UPDATE ${table.name} SET ${assignments} WHERE ${where(key)}`);
}

/** An update of what may be alike in several rows; undefined where nothing else is written. */
export function updateOfRest({ values }: Update, table: TargetTable): Statement | undefined {
  const key = new Map(table.key.map((name) => [name, values.get(name) ?? null]));
  const written = new Map([...values].filter(([name]) => !table.unique.has(name) && table.columns.has(name)));
  return written.size === 0 || key.size === 0 ? undefined : statementOf({ kind: 'update', table: table.name, key, values: written }, table, true);
}
