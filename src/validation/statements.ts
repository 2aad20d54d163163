import type { Key, KeyRange, Side } from './contract';
import { bucketOf, rowHash } from './row-hash';
import type { Drawn } from './steps';
import type { PlannedColumn, PlannedKeyColumn, TablePlan } from './table-plan';
import { comparedText, reference, TABLE, textOf } from './values';
import { identifier, qualified } from '../postgres';

/** A statement and its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** `FROM` and the table: without those that inherit from it, which have keys of their own. */
export function from(plan: TablePlan, side: Side, sample = ''): string {
  return `FROM ${plan.partitioned[side] ? '' : 'ONLY '}${qualified(plan.schema, plan.name)} AS ${TABLE}${sample}`;
}

/** How many rows a range has, and the sum of their fingerprints. */
export function fingerprint(plan: TablePlan, side: Side, range: KeyRange, drawn: Drawn): Statement {
  const { where, values } = within(plan, side, range);
  return { text: `SELECT ${sums(plan, side, drawn)} ${from(plan, side)} ${where}`, values };
}

/** The same for each bucket of a range that holds any row. */
export function bucketFingerprints(plan: TablePlan, side: Side, range: KeyRange, buckets: number, drawn: Drawn): Statement {
  const { where, values } = within(plan, side, range);
  return { text: `SELECT ${bucketOf(plan, buckets, drawn)} AS bucket, ${sums(plan, side, drawn)} ${from(plan, side)} ${where} GROUP BY 1`, values };
}

function sums(plan: TablePlan, side: Side, drawn: Drawn): string {
  return `count(*)::text AS rows, coalesce(sum(${rowHash(plan, side, drawn)}), 0)::text AS sum`;
}

/** Some of the buckets that rows of a range are in. */
export interface Buckets {
  readonly of: number;
  readonly numbers: readonly number[];
}

/** Each row of a range, or of some of its buckets: its key as text, and its fingerprint. */
export function rowsOf(plan: TablePlan, side: Side, range: KeyRange, drawn: Drawn, limit: number, buckets?: Buckets): Statement {
  const { where, values } = within(plan, side, range);
  const chosen = buckets ? `${where ? 'AND' : 'WHERE'} ${bucketOf(plan, buckets.of, drawn)} = ANY ($${values.length + 1}::int4[])` : '';
  return {
    text: `SELECT ARRAY[${plan.key.map(textOf).join(', ')}] AS key, ${rowHash(plan, side, drawn)}::text AS hash ${from(plan, side)} ${where} ${chosen} LIMIT ${limit}`,
    values: [...values, ...buckets ? [buckets.numbers] : []],
  };
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
