import * as fc from 'fast-check';
import { BUILT_IN_VALUES } from '../../validation/support/built-in-values';

/** A table, what is in it, and what is wrong on the target. */
export interface Case {
  readonly key: KeyKind;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of any row that is there, and of rows that are not. */
  readonly damage: readonly Damage[];
  /** How often a row that moves is looked at again. */
  readonly rounds: number;
  /** For how long nothing arrives on the target after the writers began; none where it is 0. */
  readonly lagMs: number;
  readonly hash: 'native' | 'md5';
  readonly statementMs: number;
}

export interface Damage {
  readonly kind: 'missing' | 'extra' | 'different';
  readonly row: number;
  readonly column: number;
}

const KEYS = {
  int: { columns: { k: 'int' }, values: (n: number) => [`${n - 500}`] },
  bigint: { columns: { k: 'bigint' }, values: (n: number) => [`${n} * 4294967296`] },
  uuid: { columns: { 'The Key': 'uuid' }, values: (n: number) => [`md5('${n}')::uuid`] },
  text: { columns: { k: 'text' }, values: (n: number) => [`'${['a', 'B', 'é', '_'][n % 4]}${n}'`] },
  numeric: { columns: { k: 'numeric' }, values: (n: number) => [`${n} / 8.0`] },
  composite: { columns: { b: 'text', a: 'timestamptz' }, values: (n: number) => [`'x${n % 3}'`, `timestamptz '2024-01-01 00:00+00' + ${n} * interval '1 s'`] },
} satisfies Record<string, { readonly columns: Record<string, string>; readonly values: (n: number) => string[] }>;
export type KeyKind = keyof typeof KEYS;

const TYPES = Object.keys(BUILT_IN_VALUES);

/** Rows whose number is even are cold: no writer touches them. */
export const isCold = (row: number): boolean => row % 2 === 0;

export const CASES: fc.Arbitrary<Case> = fc.record({
  key: fc.constantFrom(...Object.keys(KEYS) as KeyKind[]),
  columns: fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 8 }),
  rows: fc.integer({ min: 0, max: 4_000 }),
  hash: fc.constantFrom('native' as const, 'native' as const, 'md5' as const),
  statementMs: fc.constantFrom(1, 20, 250),
  rounds: fc.constantFrom(1, 1, 3),
  lagMs: fc.constantFrom(0, 0, 200, 700),
  damage: fc.uniqueArray(fc.record({
    kind: fc.constantFrom('missing' as const, 'extra' as const, 'different' as const), row: fc.nat(4_000), column: fc.nat(7),
  }), { maxLength: 12, selector: ({ row }) => row }),
}).map((made) => ({
  ...made,
  damage: made.damage
    .map(({ kind, row, column }): Damage => ({
      kind,
      // Extra rows have numbers that no other has: a row that the source adds later would stop the replication.
      row: kind === 'extra' ? 100_000 + row * 2 : row % Math.max(made.rows, 1),
      column: column % made.columns.length,
    }))
    .filter((damage, index, all) => (damage.kind === 'extra' || made.rows > 0) && all.findIndex(({ row }) => row === damage.row) === index),
}));

/** The value of a column in a row, or another one that is not the same. */
function cell(type: string, row: number, other = 0): string {
  const values = [...BUILT_IN_VALUES[type], 'NULL'];
  return `${values[(row + other) % values.length]}::${type}`;
}

/** SQL for a table of a case. */
export class Script {
  public readonly keyColumns: readonly string[];

  public constructor(private readonly made: Case, private readonly table: string) {
    this.keyColumns = Object.keys(KEYS[made.key].columns);
  }

  public create(): string {
    const key = Object.entries(KEYS[this.made.key].columns).map(([name, type]) => `"${name}" ${type}`);
    const columns = this.made.columns.map((type, index) => `c${index} ${type}`);
    return `CREATE TABLE ${this.table} (${[...columns, ...key].join(', ')}, PRIMARY KEY (${this.keyColumns.map((name) => `"${name}"`).join(', ')}));
      ALTER TABLE ${this.table} ADD COLUMN hot int DEFAULT 0`;
  }

  public insert(rows: readonly number[]): string {
    if (rows.length === 0) return 'SELECT 1';
    const values = rows.map((row) => `(${[...this.made.columns.map((type) => cell(type, row)), ...this.keyOf(row)].join(', ')})`);
    const names = [...this.made.columns.map((_, index) => `c${index}`), ...this.keyColumns.map((name) => `"${name}"`)];
    return `INSERT INTO ${this.table} (${names.join(', ')}) VALUES ${values.join(', ')} ON CONFLICT DO NOTHING`;
  }

  public touch(row: number): string {
    return `UPDATE ${this.table} SET hot = hot + 1, c0 = ${cell(this.made.columns[0], row, row % 5)} WHERE ${this.where(row)}`;
  }

  public remove(row: number): string {
    return `DELETE FROM ${this.table} WHERE ${this.where(row)}`;
  }

  public damage({ kind, row, column }: Damage): string {
    if (kind === 'missing') return this.remove(row);
    if (kind === 'extra') return this.insert([row]);
    return `UPDATE ${this.table} SET c${column} = ${cell(this.made.columns[column], row, 1)} WHERE ${this.where(row)}`;
  }

  /** The key's values as they are told. */
  public readKey(row: number): string {
    return `SELECT ${this.keyOf(row).map((value, index) => `(${value})::${Object.values(KEYS[this.made.key].columns)[index]}::text`).join(', ')}`;
  }

  /** Every row that there is: its key, and its columns. */
  public readAll(): string {
    return `SELECT ${[...this.keyColumns.map((name) => `"${name}"`), ...this.columns].join(', ')} FROM ${this.table}`;
  }

  /** All but the key's. */
  public get columns(): readonly string[] {
    return [...this.made.columns.map((_, index) => `c${index}`), 'hot'];
  }

  private where(row: number): string {
    return this.keyColumns.map((name, index) => `"${name}" = ${this.keyOf(row)[index]}`).join(' AND ');
  }

  private keyOf(row: number): string[] {
    return KEYS[this.made.key].values(row);
  }
}
