/** Words that every request and result has in common. */

export type Side = 'source' | 'target';

/** A row's primary key, column by column in the key's order, each as PostgreSQL writes it. */
export type Key = readonly string[];

/** A range of keys: after `after`, up to and with `upTo`; open where one is missing. */
export interface KeyRange {
  readonly after?: Key;
  readonly upTo?: Key;
}

/** How it is known that the other side has what the writing side had. */
export type CatchUpKind =
  /** A row is written on the writing side, behind everything before it, and awaited on the other. Needs the migration's schema on both. */
  | 'marker'
  /** Until the active logical slots have confirmed what there was, and then `delayMs`. */
  | 'delay'
  /** Nobody writes: under the fence, or on a copy. */
  | 'none';
