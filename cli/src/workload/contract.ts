import type { Buckets, Latency } from './histogram';

/** What the clients, their worker and those who start them say to each other. */

export type Side = 'source' | 'target';

/** Where a database is, and whom a client must trust there. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** In PEM. */
  readonly certificateAuthority: string;
}

/** One login that both sides know. */
export interface WorkloadLogin {
  readonly username: string;
  readonly password: string;
}

/** Who writes how much, and where. */
export interface WorkloadOptions {
  /** Payments, refunds and settlements that arrive each second, whether or not earlier ones are done. */
  readonly rate: number;
  /** Connections that write. */
  readonly clients: number;
  readonly sides: Readonly<Record<Side, Place>>;
  readonly login: WorkloadLogin;
  readonly databaseName: string;

  /**
   * Decides kinds, amounts and accounts; keys are new in every run.
   *
   * @default 1
   */
  readonly seed?: number;

  /**
   * For how long an unfinished operation is tried again after `stop`.
   *
   * @default 10_000
   */
  readonly graceMs?: number;
}

export type OperationKind = 'payment' | 'refund' | 'settlement';

/** What a client was asked to write, as the audit looks for it. */
export interface LoggedOperation {
  readonly key: string;
  readonly kind: OperationKind;
  /** With two decimals. */
  readonly amount: string;
  /** The key of the payment that is refunded or settled; its own for a payment. */
  readonly paymentKey: string;
}

/** An operation that a database said it has. */
export interface AcknowledgedOperation extends LoggedOperation {
  readonly side: Side;
  /** When the answer came, in milliseconds of the epoch. */
  readonly at: number;
}

/** An operation that no database said it has. */
export interface UnacknowledgedOperation extends LoggedOperation {
  readonly attempts: number;
  /** Whether a COMMIT was sent whose answer was lost, so that a database may have it all the same. */
  readonly mayBeThere: boolean;
  /** Whether it was given up at once, since trying again would have helped nothing. */
  readonly refused: boolean;
  readonly lastError?: string;
}

/** What happened in a tenth of a second. */
export interface Sample {
  /** The end of the interval, in milliseconds of the epoch. */
  readonly at: number;
  readonly intervalMs: number;
  readonly arrived: number;
  readonly acknowledged: Readonly<Record<Side, number>>;
  /** By SQLSTATE, or by the operating system's name of the error. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the scheduled arrival to the answer. */
  readonly latency: Latency;
  readonly buckets: Buckets;
  /** Operations that wait for a client, at the end of the interval. */
  readonly waiting: number;
  /** Operations that clients work on, at the end of the interval. */
  readonly inFlight: number;
  /** The part of the interval in which the worker's own event loop was busy, 0 to 1. */
  readonly busy: number;
}

/** What has happened so far. */
export interface WorkloadCounts {
  readonly arrived: number;
  readonly acknowledged: number;
  readonly bySide: Readonly<Record<Side, number>>;
  readonly waiting: number;
  readonly inFlight: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** A change of the side that answers, as clients saw it. */
export interface Handover {
  readonly from: Side;
  readonly to: Side;
  /** When the last answer of the old side came, in milliseconds of the epoch. */
  readonly lastAt: number;
  readonly firstAt: number;
  /** Between the two. */
  readonly gapMs: number;
}

/** What is left when the clients are gone. */
export interface WorkloadResult {
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly counts: WorkloadCounts;
  readonly acknowledged: readonly AcknowledgedOperation[];
  readonly unacknowledged: readonly UnacknowledgedOperation[];
  readonly samples: readonly Sample[];
  readonly latency: Latency;
  readonly handovers: readonly Handover[];
}

export type ToWorker = { readonly type: 'pause' | 'resume' | 'stop' };

export type FromWorker =
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'sample'; readonly sample: Sample; readonly acknowledged: readonly AcknowledgedOperation[] }
  | { readonly type: 'stopped'; readonly unacknowledged: readonly UnacknowledgedOperation[] };
