import type { Key, KeyRange, Side } from './contract';
import type { PlannedColumn, PlannedKeyColumn, TablePlan } from './table-plan';
import { sender } from './value-types';
import { identifier, qualified } from '../postgres';

/** A statement and its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const TABLE = 't';

/** `FROM` and the table: without those that inherit from it, which have keys of their own. */
export function from(plan: TablePlan, side: Side, sample = ''): string {
  return `FROM ${plan.partitioned[side] ? '' : 'ONLY '}${qualified(plan.schema, plan.name)} AS ${TABLE}${sample}`;
}

/**
 * What PostgreSQL writes for a value, by the type's own output function: a cast to text may be another one, that somebody made, and the one
 * of character(n) drops blanks.
 */
export function textOf(column: PlannedColumn): string {
  const { base, isDomain } = column;
  const value = isDomain ? `(${reference(column)}::${qualified(base.schema, base.name)})` : reference(column);
  if (base.kind === 'b' && !base.isArray && base.output.own) return `textin(${qualified(base.output.schema, base.output.name)}(${value}))`;
  // Of composites `IS NULL` would mean that all fields are.
  return `CASE WHEN num_nulls(${value}) = 0 THEN format('%s', ${value}) END`;
}

/** The text that stands for a value: what PostgreSQL writes, but of `"char"`, of which 14 and 15 write the same byte otherwise, its number. */
function comparedText(column: PlannedColumn): string {
  const { base } = column;
  if (base.schema !== 'pg_catalog' || !['char', '_char'].includes(base.name)) return textOf(column);
  const numbers = base.isArray ? 'pg_catalog.int4[]' : 'pg_catalog.int4';
  return `textin(${base.isArray ? 'array_out' : 'int4out'}(${reference(column)}::${numbers}))`;
}

/** A row's fingerprint: a bigint made of every column, and for a record's hash of the key once more. */
export function rowHash({ hash, columns, key }: TablePlan): string {
  if (hash === 'md5') return `('x' || left(md5(textin(record_out(ROW(${columns.map(comparedText).join(', ')})))), 16))::bit(64)::bigint`;
  // A record's hash is a sum of its columns' hashes. Seeded by the key they depend on the row: two rows that swapped values do not add up.
  return `hash_record_extended(ROW(${hashable(columns)}), ${seed(key)})`;
}

/** What goes into a record's hash. */
function hashable(columns: readonly PlannedColumn[]): string {
  return columns.flatMap((column) => {
    const { base, form } = column;
    const value = column.isDomain ? `(${reference(column)}::${qualified(base.schema, base.name)})` : reference(column);
    switch (form) {
      case 'own': return [reference(column)];
      case 'folded': return [value, `(${value} OPERATOR(pg_catalog.>>) 32)::pg_catalog.int4`];
      case 'unsigned': return [value, `${value} OPERATOR(pg_catalog.<) 0`];
      case 'sent': return [`${sender(base)}(${value})`];
      case 'text': return [comparedText(column)];
    }
  }).join(', ');
}

function seed(key: readonly PlannedKeyColumn[]): string {
  const [{ base }] = key;
  if (key.length === 1 && base.schema === 'pg_catalog') {
    if (/^int[248]$/.test(base.name)) return `${reference(key[0])}::bigint`;
    if (base.name === 'uuid') return `uuid_hash_extended(${reference(key[0])}, 0)`;
  }
  return `hash_record_extended(ROW(${hashable(key)}), 0)`;
}

/** How many rows a range has, and the sum of their fingerprints. */
export function fingerprint(plan: TablePlan, side: Side, range: KeyRange): Statement {
  const { where, values } = within(plan, side, range);
  return { text: `SELECT count(*)::text AS rows, coalesce(sum(${rowHash(plan)}), 0)::text AS sum ${from(plan, side)} ${where}`, values };
}

/** Each row of a range: its key as text, and its fingerprint. */
export function rowsOf(plan: TablePlan, side: Side, range: KeyRange, limit: number): Statement {
  const { where, values } = within(plan, side, range);
  return { text: `SELECT ARRAY[${plan.key.map(textOf).join(', ')}] AS key, ${rowHash(plan)}::text AS hash ${from(plan, side)} ${where} LIMIT ${limit}`, values };
}

/** Every n-th key of a range, where `n` cuts it into about `pieces`. */
export function cuts(plan: TablePlan, side: Side, range: KeyRange, pieces: number): Statement {
  const { where, values } = within(plan, side, range);
  return { text: everyNth(plan, side, `${from(plan, side)} ${where}`, pieces), values };
}

/** The same from a sample of the table's pages: `percent` of them. */
export function sampledCuts(plan: TablePlan, side: Side, range: KeyRange, pieces: number, percent: number): Statement {
  const { where, values } = within(plan, side, range);
  return { text: everyNth(plan, side, `${from(plan, side, ` TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)`)} ${where}`, pieces), values };
}

function everyNth(plan: TablePlan, side: Side, source: string, pieces: number): string {
  const order = plan.key.map((column) => ordering(column, side)).join(', ');
  const outer = plan.key.map((_, index) => `s.key[${index + 1}]`).join(', ');
  return `SELECT ARRAY[${outer}] AS key FROM (
    SELECT ARRAY[${plan.key.map(textOf).join(', ')}] AS key, row_number() OVER (ORDER BY ${order}) AS n, count(*) OVER () AS rows ${source}
  ) AS s WHERE s.n % greatest(s.rows / ${pieces}, 1) = 0 AND s.n < s.rows ORDER BY s.n`;
}

/**
 * Rows by key, whether they are there or not: one for each key, in order. `version` changes whenever the row is written, `cells` are
 * md5 of each column's text, `key` is the row's own.
 */
export function rowsByKey(plan: TablePlan, side: Side, keys: readonly Key[]): Statement {
  const { key, columns } = plan;
  const parameters = key.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const names = key.map((_, index) => `k${index}`);
  const on = key.map((column, index) => (
    `${reference(column)} OPERATOR(${identifier(column.equals.schema)}.${column.equals.name}) ${cast(column, `w.${names[index]}`)}`)).join(' AND ');
  return {
    text: `SELECT w.n::int AS n, ${TABLE}.tableoid::text || ' ' || ${TABLE}.xmin::text || ' ' || ${TABLE}.ctid::text AS version,
      CASE WHEN ${TABLE}.tableoid IS NOT NULL THEN ARRAY[${key.map(textOf).join(', ')}] END AS key,
      CASE WHEN ${TABLE}.tableoid IS NOT NULL THEN ARRAY[${columns.map((column) => `md5(${comparedText(column)})`).join(', ')}] END AS cells
      FROM unnest(${parameters}) WITH ORDINALITY AS w (${names.join(', ')}, n) LEFT JOIN LATERAL (
        SELECT ${TABLE}.tableoid, ${TABLE}.xmin, ${TABLE}.ctid, ${columns.map(reference).join(', ')} ${from(plan, side)} WHERE ${on}
      ) AS ${TABLE} ON true ORDER BY w.n`,
    values: key.map((_, index) => keys.map((values) => values[index])),
  };
}

/** Keys in an order that is the same on both sides. */
function within({ key }: TablePlan, side: Side, { after, upTo }: KeyRange): { where: string; values: string[] } {
  const values: string[] = [];
  const columns = key.map((column) => ordering(column, side));
  const bound = (operator: string, bounds: Key) => {
    const parameters = key.map((column, index) => {
      values.push(bounds[index]);
      const parameter = `$${values.length}::text`;
      return column.ordered ? cast(column, parameter) : parameter;
    });
    return `(${columns.join(', ')}) ${operator} (${parameters.join(', ')})`;
  };
  const conditions = [...after ? [bound('>', after)] : [], ...upTo ? [bound('<=', upTo)] : []];
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', values };
}

/** A column of the key as it is ordered: where its own collation is that of bytes, its index is used. */
function ordering(column: PlannedKeyColumn, side: Side): string {
  if (column.ordered) return reference(column);
  const { base, bytewise } = column;
  const plain = base.schema === 'pg_catalog' && /^(text|varchar)$/.test(base.name);
  const text = plain ? `${reference(column)}::text` : textOf(column);
  return plain && bytewise[side] ? text : `${text} COLLATE "C"`;
}

function cast({ base }: PlannedColumn, text: string): string {
  return `${text}::${qualified(base.schema, base.name)}`;
}

function reference({ name }: PlannedColumn): string {
  return `${TABLE}.${identifier(name)}`;
}

