import type { Side } from './contract';
import { call, number, STEPS, text, type Drawn } from './steps';
import type { PlannedColumn, TablePlan } from './table-plan';
import { sender } from './value-types';
import { baseValue, comparedText } from './values';

/** A statement nests no deeper than this: PostgreSQL's stack is limited, and a table may have 1,600 columns. */
const COLUMNS_IN_A_CHAIN = 64;

/**
 * A row's fingerprint: a bigint made of every column. It is null for no row; where a column got nulls since the catalog was read, the row differs
 * from the other side's.
 */
export function rowHash(plan: TablePlan, side: Side, drawn: Drawn): string {
  return call('coalesce', hashOf(plan, drawn), side === 'source' ? '1' : '2');
}

function hashOf({ hash, columns, key }: TablePlan, drawn: Drawn): string {
  if (hash === 'md5') return `${md5(columns, 16)}::bit(64)::bigint`;
  const others = columns.filter(({ name }) => !key.some((column) => column.name === name));
  const chains = Array.from({ length: Math.max(1, Math.ceil(others.length / COLUMNS_IN_A_CHAIN)) }, (_, index) => (
    chained(others.slice(index * COLUMNS_IN_A_CHAIN, (index + 1) * COLUMNS_IN_A_CHAIN), chained(key, seedOf(index, drawn), drawn), drawn)));
  return `(${chains.join(' OPERATOR(pg_catalog.#) ')})`;
}

/** One of so many buckets, a power of two: the same for the same key. */
export function bucketOf({ hash, key }: TablePlan, buckets: number, drawn: Drawn): string {
  const keyHash = hash === 'md5' ? `${md5(key, 8)}::bit(32)::bigint` : chained(key, seedOf(0, drawn), drawn);
  return `(${keyHash} OPERATOR(pg_catalog.&) ${buckets - 1})::int4`;
}

/** Of a chain. What is next to each other, as numbers of chains are, must not be so in seeds, which keys may change by as little. */
function seedOf(chain: number, drawn: Drawn): string {
  return call('hashint4extended', `${chain}`, number(drawn));
}

function chained(columns: readonly PlannedColumn[], seed: string, drawn: Drawn): string {
  let hash = seed;
  const recorded: string[] = [];
  for (const column of columns) {
    switch (column.form) {
      case 'step': hash = STEPS[column.base.name]({ sql: baseValue(column), notNull: column.notNull }, hash, drawn); break;
      case 'text': hash = text({ sql: comparedText(column), notNull: column.notNull }, hash, drawn); break;
      case 'own': recorded.push(baseValue(column)); break;
      case 'sent': recorded.push(call(sender(column.base), baseValue(column))); break;
    }
  }
  // A record of nothing but nulls has the same hash whatever the seed.
  return recorded.length > 0 ? call('hash_record_extended', call('ROW', '0', ...recorded), hash) : hash;
}

function md5(columns: readonly PlannedColumn[], digits: number): string {
  return `('x' || left(md5(textin(record_out(ROW(${columns.map(comparedText).join(', ')})))), ${digits}))`;
}
