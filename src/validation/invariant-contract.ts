import type { CatchUpKind, Side } from './vocabulary';

/** What must hold in a payment system. Names of tables are `schema.name`. */
export type Invariant =
  /** The column's sum and the number of rows are the same on both sides, for each value of `by`. */
  | { readonly kind: 'sum'; readonly name: string; readonly table: string; readonly column: string; readonly by?: readonly string[] }
  /** On each side, for each value of `by`: the sum of `amount` is 0, or the sum of `debit` is that of `credit`. */
  | {
    readonly kind: 'balance';
    readonly name: string;
    readonly table: string;
    readonly by?: readonly string[];
    readonly amount?: string;
    readonly debit?: string;
    readonly credit?: string;
  }
  /** On each side no two rows have the same values in these columns; rows with a null in one of them are left out. */
  | { readonly kind: 'unique'; readonly name: string; readonly table: string; readonly columns: readonly string[] }
  /** As many rows with each value on both sides. */
  | { readonly kind: 'histogram'; readonly name: string; readonly table: string; readonly column: string }
  /** On each side every row without a null in `columns` has its row in the other table. */
  | {
    readonly kind: 'no-orphans';
    readonly name: string;
    readonly table: string;
    readonly columns: readonly string[];
    readonly references: { readonly table: string; readonly columns: readonly string[] };
  }
  /** One SELECT of your own, with the same rows on both sides, at most 1000, in any order. It runs in a read only transaction. */
  | { readonly kind: 'sql'; readonly name: string; readonly sql: string };

export interface InvariantsRequest {
  readonly action: 'invariants';
  readonly invariants: readonly Invariant[];
  readonly writer?: Side;
  readonly catchUp?: CatchUpKind;
  readonly catchUpMs?: number;
  readonly delayMs?: number;
  /** How often what still moves is looked at again. @default 3 */
  readonly rounds?: number;
  /** @default 60000 */
  readonly statementTimeoutMs?: number;
  /** Whether the rows that were read are in the result. @default false */
  readonly showValues?: boolean;
}

export type InvariantVerdict =
  | 'holds'
  /** It does not hold on this side or these sides: `violatedOn`. */
  | 'violated'
  /** It is not the same on both sides. */
  | 'different'
  /** It was not the same, and the writing side's changed each time. */
  | 'unresolved';

export interface InvariantResult {
  readonly name: string;
  readonly verdict: InvariantVerdict;
  readonly violatedOn: readonly Side[];
  /** Only with `showValues`. */
  readonly values?: Readonly<Record<Side, readonly unknown[]>>;
}

export interface InvariantsResult {
  readonly invariants: readonly InvariantResult[];
  readonly seconds: number;
}
