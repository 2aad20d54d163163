import type { PlannedColumn } from './table-plan';
import { identifier, qualified } from '../postgres';

/** The table in each statement. */
export const TABLE = 't';

/** A column, as statements name it. */
export function reference({ name }: PlannedColumn): string {
  return `${TABLE}.${identifier(name)}`;
}

/** A value as one of the type that a domain is made of in the end. */
export function baseValue(column: PlannedColumn): string {
  const { base, isDomain } = column;
  return isDomain ? `(${reference(column)}::${qualified(base.schema, base.name)})` : reference(column);
}

/**
 * What PostgreSQL writes for a value, by the type's own output function: a cast to text may be another one, that somebody made, and the one
 * of character(n) drops blanks.
 */
export function textOf(column: PlannedColumn): string {
  const { base } = column;
  const value = baseValue(column);
  if (base.kind === 'b' && !base.isArray && base.output.own) return `textin(${qualified(base.output.schema, base.output.name)}(${value}))`;
  // Of composites `IS NULL` would mean that all fields are.
  return `CASE WHEN num_nulls(${value}) = 0 THEN format('%s', ${value}) END`;
}

/** The text that stands for a value: what PostgreSQL writes, but of `"char"`, of which 14 and 15 write the same byte otherwise, its number. */
export function comparedText(column: PlannedColumn): string {
  const { base } = column;
  if (base.schema !== 'pg_catalog' || !['char', '_char'].includes(base.name)) return textOf(column);
  const numbers = base.isArray ? 'pg_catalog.int4[]' : 'pg_catalog.int4';
  return `textin(${base.isArray ? 'array_out' : 'int4out'}(${reference(column)}::${numbers}))`;
}
