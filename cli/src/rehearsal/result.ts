import type { Direction, Side, TransferResult } from '../../../src/cutover/contract';

export type Outcome = 'completed' | 'rolled-back' | 'refused' | 'failed';

/** From best to worst, for the outcome of several runs. */
const ORDER: readonly Outcome[] = ['completed', 'rolled-back', 'refused', 'failed'];

export interface AuditFigures {
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly unbalanced: number;
}

export interface CutoverFigures {
  readonly direction: Direction;
  /** As the function measured it; null where the one that closed did not live to tell. */
  readonly pauseMs: number | null;
  /** Between the last answer of the one side and the first of the other, as clients saw it. */
  readonly clientGapMs: number | null;
  readonly steps: TransferResult['steps'];
  /** What was refused, aborted or lost before. */
  readonly troubles: readonly string[];
}

/** What was found before the schema is copied, before the rows are, and before the cutover. */
export interface PreflightFigures {
  readonly blockers: number;
  readonly warnings: number;
}

export interface SchemaFigures {
  /** How the tables came to the target: the script that copies a schema, or the rehearsal's own statements where no client is on this machine. */
  readonly by: string;
}

/** The last validation: the one after the end where there was one. */
export interface ValidationFigures {
  readonly equal: boolean;
  readonly seconds: number;
  readonly rows: number;
  readonly confirmed: number;
  readonly unresolved: number;
}

/** What `--json` prints. */
export interface RehearsalResult {
  readonly outcome: Outcome;
  readonly expected: Outcome;
  /** Which side may write in the end; null where it is not known. */
  readonly authority: Side | null;
  readonly runs: number;
  readonly preflight: PreflightFigures;
  readonly schema: SchemaFigures;
  /** Null where it did not come so far. */
  readonly validation: ValidationFigures | null;
  readonly audit: AuditFigures;
  readonly cutovers: readonly CutoverFigures[];
  readonly faults: readonly string[];
  readonly seconds: number;
  /** Why it was refused or failed. */
  readonly problem?: string;
}

export const NOTHING_AUDITED: AuditFigures = { acknowledged: 0, lost: 0, duplicated: 0, unbalanced: 0 };

/** Several runs as one: everything is summed, and the worst outcome counts. */
export function together(results: readonly RehearsalResult[]): RehearsalResult {
  const worst = results.reduce((bad, result) => (ORDER.indexOf(result.outcome) > ORDER.indexOf(bad.outcome) ? result : bad));
  const sum = (figure: (result: RehearsalResult) => number) => results.reduce((total, result) => total + figure(result), 0);
  return {
    ...worst,
    runs: sum(({ runs }) => runs),
    preflight: {
      blockers: sum(({ preflight }) => preflight.blockers),
      warnings: Math.max(...results.map(({ preflight }) => preflight.warnings)),
    },
    validation: validationsOf(results),
    audit: {
      acknowledged: sum(({ audit }) => audit.acknowledged),
      lost: sum(({ audit }) => audit.lost),
      duplicated: sum(({ audit }) => audit.duplicated),
      unbalanced: sum(({ audit }) => audit.unbalanced),
    },
    cutovers: results.flatMap(({ cutovers }) => cutovers),
    faults: results.flatMap(({ faults }) => faults),
    seconds: Math.round(sum(({ seconds }) => seconds) * 10) / 10,
  };
}

function validationsOf(results: readonly RehearsalResult[]): ValidationFigures | null {
  const all = results.flatMap(({ validation }) => validation ?? []);
  if (all.length === 0) return null;
  const sum = (figure: (validation: ValidationFigures) => number) => all.reduce((total, validation) => total + figure(validation), 0);
  return {
    equal: all.length === results.length && all.every(({ equal }) => equal),
    seconds: Math.round(sum(({ seconds }) => seconds) * 10) / 10,
    rows: sum(({ rows }) => rows),
    confirmed: sum(({ confirmed }) => confirmed),
    unresolved: sum(({ unresolved }) => unresolved),
  };
}

export function isFine({ outcome, expected, audit }: RehearsalResult): boolean {
  return outcome === expected && audit.lost === 0 && audit.duplicated === 0 && audit.unbalanced === 0;
}
