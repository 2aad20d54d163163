/** A database and a login, in a form that can be sent to another process. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly certificateAuthority: string;
}

/** How changes are put together before they are committed on the taker. */
export interface Grouping {
  /**
   * How long changes are collected, at most. DMS: `CommitTimeout`, in seconds.
   *
   * @default 1000
   */
  readonly commitTimeoutMs?: number;

  /**
   * With how many changes a group is complete before that. DMS: `MinTransactionSize`.
   *
   * @default 1000
   */
  readonly minTransactionSize?: number;

  /**
   * By how much the time varies, both ways.
   *
   * @default 0.2
   */
  readonly jitter?: number;

  /**
   * How often the slot is told what has been applied; it is told of what had been applied one such time before.
   *
   * @default 2000
   */
  readonly confirmIntervalMs?: number;
}

/** What one stream's process has to do. */
export interface Task {
  readonly name: string;
  readonly giver: Endpoint;
  readonly taker: Endpoint;
  readonly slot: string;
  readonly grouping: Required<Grouping>;
  /** Where to begin in a slot that others made. Without it all rows are copied first, with a slot of its own. */
  readonly from?: string;
}

/** What the process is told. `again`: an earlier process may have copied rows already. */
export type Order =
  | { readonly order: 'begin'; readonly task: Task; readonly loaded: boolean; readonly again: boolean }
  | { readonly order: 'stall' }
  | { readonly order: 'resume' }
  | { readonly order: 'end' };

/** What the process says. After `failed` it tries again, after `refused` it does not. */
export type Report =
  | { readonly report: 'loading'; readonly bytes: number }
  | { readonly report: 'running' }
  | { readonly report: 'failed' | 'refused'; readonly problem: string };
