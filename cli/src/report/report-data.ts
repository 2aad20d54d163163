import type { AuditResult } from '../audit';
import type { Handover, Latency, Sample, Side } from '../workload';

/** What replication did: as fast as PostgreSQL can, or grouped with delays as a DMS task does. */
export type ApplyProfile = 'native' | 'dms';

/** A part of a pause, in its order. */
export interface CutoverStep {
  readonly step: string;
  readonly ms: number;
}

/** One transfer of write authority. Times are milliseconds of the epoch. */
export interface Cutover {
  readonly direction: 'cutover' | 'rollback';
  /** From the closing of one side to the opening of the other, as the handler measured it. */
  readonly pauseMs: number;
  readonly steps: readonly CutoverStep[];
  readonly startedAt: number;
  readonly closedAt?: number;
  readonly openedAt?: number;
}

/** Something that was broken on purpose. Times are milliseconds of the epoch. */
export interface Fault {
  readonly name: string;
  readonly at: number;
  readonly endedAt?: number;
  readonly note?: string;
}

/** A rehearsal, as its report and its JSON result say it. */
export interface ReportData {
  readonly title: string;
  readonly passed: boolean;
  /** Why it passed or failed: a sentence each. */
  readonly reasons: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly profile: ApplyProfile;
  /** PostgreSQL of each side, this package, Node. */
  readonly versions: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly workload: {
    readonly rate: number;
    readonly clients: number;
    readonly startedAt: number;
    readonly stoppedAt: number;
    readonly acknowledged: Readonly<Record<Side, number>>;
    readonly errors: Readonly<Record<string, number>>;
    readonly latency: Latency;
    readonly samples: readonly Sample[];
    readonly handovers: readonly Handover[];
  };
  readonly cutovers: readonly Cutover[];
  readonly faults: readonly Fault[];
  /** What was asked of both databases before authority moved and after it, and what was said. */
  readonly checks: Readonly<Record<string, string>>;
  readonly audit: AuditResult;
}
