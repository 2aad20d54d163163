import type { Invariant } from './invariant-contract';
import { refused } from './validation-error';
import { identifier } from '../postgres';

/** What an invariant asks a database. */
export interface Question {
  /** Gives rows that must be the same on both sides, or, where `violations`, rows that must not be there. */
  readonly sql: string;
  readonly violations: boolean;
}

/** A table's name, found in the catalog and quoted. */
export type Resolve = (table: string) => string;

const MOST_VIOLATIONS = 100;

/** Tables that an invariant names. */
export function tablesOf(invariant: Invariant): string[] {
  return [...'table' in invariant ? [invariant.table] : [], ...'references' in invariant ? [invariant.references.table] : []];
}

export function questionOf(invariant: Invariant, resolve: Resolve): Question {
  switch (invariant.kind) {
    case 'sum': {
      const { table, column, by = [] } = invariant;
      return { violations: false, sql: `SELECT ${list([...by.map(identifier), 'count(*) AS rows', `sum(${identifier(column)}::numeric) AS sum`])} FROM ${resolve(table)} ${grouped(by)}` };
    }
    case 'balance': {
      const sum = balanceOf(invariant);
      const by = invariant.by ?? [];
      return violation(`SELECT ${list([...by.map(identifier), `${sum} AS balance`])} FROM ${resolve(invariant.table)} ${grouped(by)} HAVING ${sum} <> 0`);
    }
    case 'unique': {
      const columns = some(invariant.name, 'columns', invariant.columns).map(identifier);
      const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
      return violation(`SELECT ${list([...columns, 'count(*) AS rows'])} FROM ${resolve(invariant.table)} WHERE ${present} ${grouped(invariant.columns)} HAVING count(*) > 1`);
    }
    case 'histogram':
      return { violations: false, sql: `SELECT ${identifier(invariant.column)}, count(*) AS rows FROM ${resolve(invariant.table)} ${grouped([invariant.column])}` };
    case 'no-orphans': {
      const { name, columns, references } = invariant;
      some(name, 'columns', columns);
      if (references.columns.length !== columns.length) throw refused(`invariant '${name}', references.columns`, references.columns, `${columns.length}, as many as columns`);
      const present = columns.map((column) => `o.${identifier(column)} IS NOT NULL`).join(' AND ');
      const match = columns.map((column, index) => `r.${identifier(references.columns[index])} = o.${identifier(column)}`).join(' AND ');
      return violation(`SELECT ${list(columns.map((column) => `o.${identifier(column)}`))} FROM ${resolve(invariant.table)} AS o
        WHERE ${present} AND NOT EXISTS (SELECT FROM ${resolve(references.table)} AS r WHERE ${match})`);
    }
    case 'sql':
      return { violations: false, sql: invariant.sql.trim().replace(/;\s*$/, '') };
    default:
      throw refused('invariant.kind', (invariant as { kind?: unknown }).kind, 'sum, balance, unique, histogram, no-orphans, sql');
  }
}

function balanceOf({ name, amount, debit, credit }: Extract<Invariant, { kind: 'balance' }>): string {
  const sum = (column: string) => `coalesce(sum(${identifier(column)}::numeric), 0)`;
  if (amount !== undefined && debit === undefined && credit === undefined) return sum(amount);
  if (amount === undefined && debit !== undefined && credit !== undefined) return `(${sum(debit)} - ${sum(credit)})`;
  throw refused(`invariant '${name}'`, { amount, debit, credit }, 'amount, or debit and credit');
}

function violation(sql: string): Question {
  return { violations: true, sql: `${sql} LIMIT ${MOST_VIOLATIONS}` };
}

function grouped(by: readonly string[]): string {
  return by.length > 0 ? `GROUP BY ${list(by.map(identifier))}` : '';
}

function list(parts: readonly string[]): string {
  return parts.join(', ');
}

function some(name: string, field: string, columns: readonly string[]): readonly string[] {
  if (columns.length === 0) throw refused(`invariant '${name}', ${field}`, columns, 'at least one');
  return columns;
}
