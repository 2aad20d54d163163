import type { InvariantResult, InvariantsRequest, InvariantsResult } from './invariant-contract';
import type { CatchUpKind, Key, KeyRange, Side } from './vocabulary';

export type { CatchUpKind, Key, KeyRange, Side } from './vocabulary';

/** What the function of this room, its construct, the workflows and the command line say to each other. It holds types and constants alone. */

/** How rows are fingerprinted: by PostgreSQL's own hashes of its values, or, where those differ between the sides or is not there (13), by md5 of text. */
export type HashKind = 'native' | 'md5';

/** Columns that are looked at, for one table. */
export interface ColumnChoice {
  /** `schema.name`. */
  readonly table: string;
  /** @default - all */
  readonly include?: readonly string[];
  /** @default - none */
  readonly exclude?: readonly string[];
}

/** What is compared. */
export interface Selection {
  /** @default - all but PostgreSQL's own, the migration's and DMS's control tables */
  readonly schemas?: readonly string[];
  /** Tables by `schema.name`, and no others. What is no table is refused by name. @default - every table of the schemas */
  readonly tables?: readonly string[];
  /** Tables by `schema.name` that are left out. @default - none */
  readonly excludeTables?: readonly string[];
  /** The key's columns are always compared. @default - every column */
  readonly columns?: readonly ColumnChoice[];
  /**
   * Types of extensions, by `schema.name`, whose text says everything that is in a value; what else an extension brings is refused.
   *
   * @default - those that are known to: citext, hstore, ltree, cube, PostGIS, pgvector
   */
  readonly exactTypes?: readonly string[];
  /** @default - 'native' where both sides hash the same to the same, else 'md5' */
  readonly hash?: HashKind;
}

/** How much of the servers a comparison takes. */
export interface Throttle {
  /** A statement over a range of rows aims at this time: ranges grow and shrink for it. @default 2000 */
  readonly statementMs?: number;
  /** What takes longer is cancelled, and its range halved. @default 20000 */
  readonly statementTimeoutMs?: number;
  /** The part of the time in which statements run, from 0 (never) to 1 (always). @default 1 */
  readonly duty?: number;
  /** Waits while more sessions than this are active on either side, ours left out. Needs pg_read_all_stats. @default - no bound */
  readonly maxActiveSessions?: number;
  /** Waits while an active logical slot of the writing side's database is further behind, in bytes. @default - no bound */
  readonly maxLagBytes?: number;
}

/** Looks at both catalogs: what can be compared and how, and what not and why. */
export interface PlanRequest extends Selection {
  readonly action: 'plan';
  /** Tables with more rows are cut into parts of about this many, to be compared side by side. @default 5000000 */
  readonly partRows?: number;
}

export interface Refusal {
  /** `*` for the whole table. */
  readonly column: string;
  readonly why: string;
}

export interface PlannedTable {
  /** `schema.name`. */
  readonly table: string;
  /** The server's own estimate. */
  readonly rows: number;
  /** Whether there is anything to compare. */
  readonly comparable: boolean;
  /** One or more, which together are all of the table. */
  readonly parts: readonly KeyRange[];
  readonly refused: readonly Refusal[];
}

export interface PlanResult {
  readonly hash: HashKind;
  readonly tables: readonly PlannedTable[];
}

/** Compares one part of a table. Repeat it with the cursor until it is done; any call may be repeated. */
export interface CompareRequest extends Omit<Selection, 'tables' | 'schemas' | 'excludeTables' | 'hash'> {
  readonly action: 'compare';
  /** As the plan found it. @default - both sides are tried for it */
  readonly hash?: HashKind;
  readonly table: string;
  /** @default - the whole table */
  readonly part?: KeyRange;
  /** From the result before. @default - from the start of the part */
  readonly cursor?: Key;
  /** Ends with a cursor after about this time. @default - 60000, or what the function has left but 15 seconds, whichever is less */
  readonly budgetMs?: number;
  /** Differences that are told; a table with more is not looked through to the end. @default 500 */
  readonly maxSuspects?: number;
  readonly throttle?: Throttle;
  /** The side that may write. @default 'source' */
  readonly writer?: Side;
}

/** How the columns of a table are compared. */
export interface TableMethod {
  readonly hash: HashKind;
  /** Where equality of the type is identity: by the value's own hash. */
  readonly value: readonly string[];
  /** As the text that PostgreSQL writes. */
  readonly text: readonly string[];
  /** On request. */
  readonly excluded: readonly string[];
}

export interface CompareResult {
  readonly table: string;
  /** What was asked for. */
  readonly part: KeyRange;
  /** The cursor that was asked for. */
  readonly from?: Key;
  /** The key's columns, in the order of `suspects`. */
  readonly key: readonly string[];
  readonly done: boolean;
  /** Where to go on; missing where it is done. */
  readonly cursor?: Key;
  /** Seen on the source in this call. */
  readonly rows: number;
  readonly seconds: number;
  /** Statements over ranges, on one side. */
  readonly statements: number;
  /** Rows that were not the same at the moment; what they are is for `recheck` to find out. */
  readonly suspects: readonly Key[];
  /** There are more differences than were told. */
  readonly more: boolean;
  readonly method: TableMethod;
  readonly refused: readonly Refusal[];
}

/** Reads suspects again, waits until the other side has caught up, and reads them once more. */
export interface RecheckRequest extends Omit<Selection, 'tables' | 'schemas' | 'excludeTables' | 'hash'> {
  readonly action: 'recheck';
  readonly table: string;
  readonly suspects: readonly Key[];
  /** The side that may write. @default 'source' */
  readonly writer?: Side;
  /** @default - 'marker' where its table is on both sides, else 'delay' */
  readonly catchUp?: CatchUpKind;
  /** How long the marker, or the slots, may take. @default 30000 */
  readonly catchUpMs?: number;
  /** @default 2000 */
  readonly delayMs?: number;
  /** How often rows that still move are looked at again. @default 3 */
  readonly rounds?: number;
  readonly throttle?: Pick<Throttle, 'statementTimeoutMs'>;
}

/** `missing` is on the source only, `extra` on the target only. */
export type DifferenceKind = 'missing' | 'extra' | 'different';

/** A row's key by column. */
export type NamedKey = Readonly<Record<string, string>>;

export interface Difference {
  readonly key: NamedKey;
  readonly kind: DifferenceKind;
  /** Columns that differ; none where the row is on one side only. */
  readonly columns: readonly string[];
}

export interface RecheckResult {
  readonly table: string;
  /** Which were read again. */
  readonly suspects: readonly Key[];
  readonly catchUp: CatchUpKind;
  readonly confirmed: readonly Difference[];
  /** Rows that differed each time, and were being written each time; or the other side did not catch up in time. */
  readonly unresolved: readonly { readonly key: NamedKey }[];
  readonly seconds: number;
}

/** Puts together what the calls before have said. */
export interface SummariseRequest {
  readonly action: 'summarise';
  readonly plan: PlanResult;
  readonly compared: readonly CompareResult[];
  readonly rechecked: readonly RecheckResult[];
  readonly invariants?: InvariantsResult;
  /** From the first call to the last. @default - the sum of the calls' own seconds */
  readonly seconds?: number;
}

export interface TableResult {
  /** `schema.name`. */
  readonly table: string;
  /** On the source. */
  readonly rows: number;
  /** Every row of every column that was not excluded on request was the same on both sides. */
  readonly equal: boolean;
  readonly seconds: number;
  readonly method: TableMethod;
  readonly confirmed: readonly Difference[];
  readonly unresolved: readonly { readonly key: NamedKey }[];
  /** What was not compared, and why: a table with any is not `equal`. */
  readonly refused: readonly Refusal[];
}

export interface ValidationResult {
  readonly equal: boolean;
  readonly seconds: number;
  readonly tables: readonly TableResult[];
  readonly invariants: readonly InvariantResult[];
}

export type ValidationRequest = PlanRequest | CompareRequest | RecheckRequest | SummariseRequest | InvariantsRequest;

/** Names of the errors that the function ends with, for Step Functions to tell apart. Nothing was changed on either side. */
export type ValidationErrorName =
  /** What was asked for cannot be done. */
  | 'Refused'
  /** A database could not be used; try again. */
  | 'DatabaseUnavailable';

/** What a caller who says nothing gets. */
export const DEFAULTS = {
  partRows: 5_000_000,
  maxSuspects: 500,
  /** Long enough that a range is read at the speed of the whole table, short enough to be stopped by, and to hold back no vacuum that matters. */
  statementMs: 2_000,
  statementTimeoutMs: 20_000,
  budgetMs: 60_000,
  catchUpMs: 30_000,
} as const;

/** Suspects in one call of `recheck`. */
export const MOST_RECHECKED = 1_000;

/** What the function is told by its environment. */
export const ENVIRONMENT = {
  sourceSecretId: 'SOURCE_SECRET_ID',
  sourceDatabase: 'SOURCE_DATABASE',
  targetSecretId: 'TARGET_SECRET_ID',
  targetDatabase: 'TARGET_DATABASE',
} as const;

/** Metrics, in the embedded metric format. */
export const METRICS = {
  namespace: 'PaymentMigration',
  rowsCompared: 'ValidationRowsCompared',
  suspects: 'ValidationSuspects',
  differences: 'ValidationDifferences',
  unresolved: 'ValidationUnresolved',
  refusedColumns: 'ValidationRefusedColumns',
  columnsByValue: 'ValidationColumnsByValue',
  columnsByText: 'ValidationColumnsByText',
  violatedInvariants: 'ValidationViolatedInvariants',
  equal: 'ValidationEqual',
} as const;
