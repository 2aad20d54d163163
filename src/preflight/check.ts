import type { Profile, Severity, Side } from './contract';
import type { SettledRequest } from './settled-request';

/** What can be found, in words that are the same wherever it is found. */
export interface FindingKind {
  readonly id: string;
  /** 'none' where it does not matter under that profile: then it is not told. */
  readonly severity: Severity | Readonly<Record<Profile, Severity | 'none'>>;
  readonly why: string;
  readonly remedy: string;
}

/** What was found, where. */
export interface Found {
  readonly kind: FindingKind;
  readonly object: string;
  readonly what: string;
  /** Where it is another one than the kind's. */
  readonly severity?: Severity;
  /** For what is about both sides alike. @default - the side that the check ran on */
  readonly side?: Side | 'both';
}

/** What a server says of itself, once, before the checks. */
export interface ServerFacts {
  /** As the login has it, for names that say what it is. */
  readonly host: string;
  /** `server_version_num`. */
  readonly version: number;
  readonly database: string;
  readonly login: string;
  readonly superuser: boolean;
  readonly inRecovery: boolean;
}

/** What a check is given. */
export interface Context {
  readonly request: SettledRequest;
  readonly facts: Readonly<Record<Side, ServerFacts>>;
  /** Rows of one statement, which is read only and bounded in time. */
  readonly read: <R>(side: Side, sql: string) => Promise<R[]>;
  /** What is left until the checks must end. */
  readonly remainingMs: () => number;
}

/** One question. */
export interface Check {
  /** Told where the check itself fails. */
  readonly name: string;
  readonly kinds: readonly FindingKind[];
  /** Where it is asked. One that compares reads both sides and is asked on the target. */
  readonly sides: readonly Side[];
  /** Whether it reads both sides. @default false */
  readonly compares?: boolean;
  readonly run: (context: Context, side: Side) => Promise<readonly Found[]>;
}

export const BOTH: readonly Side[] = ['source', 'target'];
export const SOURCE: readonly Side[] = ['source'];
export const TARGET: readonly Side[] = ['target'];

/** What a statement tells of each thing that it found. */
export interface FoundRow {
  readonly object: string;
  readonly what: string;
}

/** A check whose statement gives a row, `object` and `what`, for each finding of one kind. No statement: nothing to ask here. */
export function statementCheck(
  kind: FindingKind,
  sides: readonly Side[],
  sql: (context: Context, side: Side) => string | undefined,
): Check {
  return {
    name: kind.id,
    kinds: [kind],
    sides,
    run: async (context, side) => {
      const text = sql(context, side);
      if (text === undefined || severityOf(kind, context.request.profile) === 'none') return [];
      return (await context.read<FoundRow>(side, text)).map((row) => ({ kind, ...row }));
    },
  };
}

export function severityOf({ severity }: FindingKind, profile: Profile): Severity | 'none' {
  return typeof severity === 'string' ? severity : severity[profile];
}
