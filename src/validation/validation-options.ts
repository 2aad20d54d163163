import type { Duration, Size } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { PaymentInvariant } from './payment-invariant';

/** Which columns of a table are compared. Those of its primary key always are. */
export interface ComparedColumns {
  /** The table, as `schema.name`. */
  readonly table: string;

  /**
   * These and no others.
   *
   * @default - all
   */
  readonly include?: string[];

  /**
   * All but these: what the target may well have otherwise.
   *
   * @default - none
   */
  readonly exclude?: string[];
}

/** How much of the two servers a comparison takes. */
export interface ValidationThrottle {
  /**
   * The time that one statement over a range of rows aims at, for which ranges grow and shrink: 10 milliseconds to 60 seconds.
   *
   * @default Duration.seconds(2)
   */
  readonly statementTime?: Duration;

  /**
   * What takes longer is cancelled, and its range halved: 1 to 300 seconds.
   *
   * @default Duration.seconds(20)
   */
  readonly statementTimeout?: Duration;

  /**
   * The part of the time in which statements run, in percent: 1 to 100.
   *
   * @default 100
   */
  readonly dutyPercentage?: number;

  /**
   * The comparison waits while more sessions than this are active on either side. The login needs `pg_read_all_stats` to see them.
   *
   * @default - no bound
   */
  readonly maxActiveSessions?: number;

  /**
   * The comparison waits while an active logical slot of the writing side is further behind.
   *
   * @default - no bound
   */
  readonly maxLag?: Size;
}

/** What a caller may say about the comparison of the two databases. */
export interface ValidationOptions {
  /**
   * Schemas whose tables are compared.
   *
   * @default - all but PostgreSQL's own, the migration's and those of DMS's control tables
   */
  readonly schemas?: string[];

  /**
   * Tables that are compared, as `schema.name`, and no others. What is no table is refused by name at run time.
   *
   * @default - every table of the schemas
   */
  readonly tables?: string[];

  /**
   * Tables that are left out, as `schema.name`.
   *
   * @default - none
   */
  readonly excludeTables?: string[];

  /**
   * Columns that are compared, table by table.
   *
   * @default - every column
   */
  readonly columns?: ComparedColumns[];

  /**
   * Types of extensions, as `schema.name`, whose text says everything that is in a value. Columns of other types of extensions are refused.
   *
   * @default - those that are known to: citext, hstore, ltree, cube, PostGIS, pgvector
   */
  readonly exactTypes?: string[];

  /**
   * Tables with more rows are cut into parts of about this many, which are compared side by side: 10000 or more.
   *
   * @default 5000000
   */
  readonly partRows?: number;

  /**
   * How many differing rows of a part are told; a table with more is not looked through to the end: 1 to 1000.
   *
   * @default 500
   */
  readonly maxDifferences?: number;

  /**
   * How much of the servers the comparison takes.
   *
   * @default - statements of about two seconds, one after the other
   */
  readonly throttle?: ValidationThrottle;

  /**
   * What must hold beside equality, row by row.
   *
   * @default - nothing: rows are compared
   */
  readonly invariants?: PaymentInvariant[];

  /**
   * Whether results hold the rows that invariants read. They are the payment system's own: whoever reads results would read them.
   *
   * @default false
   */
  readonly showInvariantValues?: boolean;

  /**
   * How long the other side may take to receive what was written, before a row that differs counts as unresolved: 1 second to 2 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly catchUpTimeout?: Duration;

  /**
   * How long one call of the function may take: 2 to 15 minutes. A comparison that takes longer is continued by the next call.
   *
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Memory of the function in MiB, 128 to 10240; its share of a processor grows with it.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
}
