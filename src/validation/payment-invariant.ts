import type { Invariant } from './invariant-contract';
import { checkColumns, checkTable } from './names';
import { invalidInput } from '../core';

/** A sum of money. */
export interface SumInvariantOptions {
  /** Where the amounts are, as `schema.name`. */
  readonly table: string;

  /** The amount's column. */
  readonly column: string;

  /**
   * Columns that say which amounts may be added up, such as the currency's.
   *
   * @default - one sum of all rows
   */
  readonly by?: string[];
}

/** Entries of a ledger. Give either `amount`, or both `debit` and `credit`. */
export interface BalanceInvariantOptions {
  /** Where the entries are, as `schema.name`. */
  readonly table: string;

  /**
   * Columns that say which entries belong together, such as the transaction's and the currency's.
   *
   * @default - all entries belong together
   */
  readonly by?: string[];

  /**
   * The column of an amount with a sign, whose sum has to be zero.
   *
   * @default - none: `debit` and `credit` are compared
   */
  readonly amount?: string;

  /**
   * The column of what is taken.
   *
   * @default - none: the sum of `amount` is looked at
   */
  readonly debit?: string;

  /**
   * The column of what is given.
   *
   * @default - none: the sum of `amount` is looked at
   */
  readonly credit?: string;
}

/** Rows that refer to others. */
export interface NoOrphansInvariantOptions {
  /** Where the referring rows are, as `schema.name`. */
  readonly table: string;

  /** The columns that refer. Rows with a null in one of them refer to nothing. */
  readonly columns: string[];

  /** Where the rows are that are referred to, as `schema.name`. */
  readonly referencedTable: string;

  /** Their columns: as many, in the same order. */
  readonly referencedColumns: string[];
}

/** What must hold in a payment system, on each side or the same on both. Names of tables are `schema.name`. */
export class PaymentInvariant {
  /** The same sum, of as many rows, on both sides: of payments by their currency, say. */
  public static sum(name: string, options: SumInvariantOptions): PaymentInvariant {
    const { table, column, by = [] } = options;
    checkTable('table', table);
    checkColumns('column', [column]);
    checkColumns('by', by);
    return new PaymentInvariant({ kind: 'sum', name, table, column, by });
  }

  /** On each side, debits are credits. */
  public static balance(name: string, options: BalanceInvariantOptions): PaymentInvariant {
    const { table, by = [], amount, debit, credit } = options;
    checkTable('table', table);
    checkColumns('by', by);
    const given = Object.entries({ amount, debit, credit }).filter(([, column]) => column !== undefined).map(([prop]) => prop).join(' and ');
    if (given !== 'amount' && given !== 'debit and credit') throw invalidInput('balance', given === '' ? 'no column' : given, 'amount, or debit and credit');
    for (const [prop, column] of Object.entries({ amount, debit, credit })) if (column !== undefined) checkColumns(prop, [column]);
    return new PaymentInvariant({ kind: 'balance', name, table, by, ...(amount === undefined ? { debit, credit } : { amount }) });
  }

  /** On each side, no two rows have the same values in these columns, such as the idempotency key's. Rows with a null in one are left out. */
  public static unique(name: string, table: string, columns: string[]): PaymentInvariant {
    checkTable('table', table);
    checkColumns('columns', columns, 1);
    return new PaymentInvariant({ kind: 'unique', name, table, columns });
  }

  /** As many rows with each value on both sides: of payments by their status, say. */
  public static histogram(name: string, table: string, column: string): PaymentInvariant {
    checkTable('table', table);
    checkColumns('column', [column]);
    return new PaymentInvariant({ kind: 'histogram', name, table, column });
  }

  /** On each side, what a row refers to is there. */
  public static noOrphans(name: string, options: NoOrphansInvariantOptions): PaymentInvariant {
    const { table, columns, referencedTable, referencedColumns } = options;
    checkTable('table', table);
    checkTable('referencedTable', referencedTable);
    checkColumns('columns', columns, 1);
    checkColumns('referencedColumns', referencedColumns, 1);
    if (columns.length !== referencedColumns.length) {
      throw invalidInput('referencedColumns', referencedColumns.join(', '), `${columns.length} of them, as many as there are columns`);
    }
    return new PaymentInvariant({ kind: 'no-orphans', name, table, columns, references: { table: referencedTable, columns: referencedColumns } });
  }

  /**
   * One SELECT of your own, with the same rows on both sides, in any order: at most 1000. It runs in a transaction that can only read.
   *
   * @param sql without a semicolon at its end
   */
  public static sql(name: string, sql: string): PaymentInvariant {
    if (!/^\s*(select|with|values|table)\b/i.test(sql) || /;\s*$/.test(sql)) throw invalidInput('sql', sql, 'one SELECT, without a semicolon at its end');
    return new PaymentInvariant({ kind: 'sql', name, sql });
  }

  private constructor(private readonly invariant: Invariant) {
    if (!/\S/.test(invariant.name) || invariant.name.length > 128) throw invalidInput('name', invariant.name, '1 to 128 characters that say what must hold');
  }

  /** What the function is asked. @internal */
  public _data(): Invariant {
    return this.invariant;
  }
}
