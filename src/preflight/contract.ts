/** What the function of this room, its construct, the workflows and the command line say to each other. It imports nothing. */

export type Side = 'source' | 'target';

/** What carries the rows: what DMS damages stops a migration by DMS alone. */
export type Profile = 'dms' | 'native';

/** A blocker stops the migration; a warning wants a person's eyes; the rest is good to know. */
export type Severity = 'blocker' | 'warning' | 'info';

/** When the question is asked, which decides what the target must have by then. */
export type Stage =
  /** The target may be without any object. */
  | 'before-schema'
  /** Tables, columns, types, functions and sequences are there; keys, indexes and triggers may come later. Tables are empty. */
  | 'before-load'
  /** Everything is there. */
  | 'before-cutover';

export interface Finding {
  /** Stable and in kebab-case: docs/prerequisites.md has a row for each. */
  readonly id: string;
  readonly severity: Severity;
  /** Missing where it is about neither side alone. */
  readonly side?: Side;
  /** What it is about, such as `public.payments.amount`. */
  readonly object: string;
  /** What was found. */
  readonly what: string;
  /** Why that matters. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A finding that somebody has judged: it is told as a warning where it was a blocker. */
export interface Acceptance {
  /** The finding's id. */
  readonly id: string;
  /** The finding's object. @default - every object */
  readonly object?: string;
  /** Who accepted it, and for which reason: it stands in the report. */
  readonly because: string;
}

/** DMS's own assessment of a task before it runs. It goes on in DMS when this call ends, and is found again by the next. */
export interface AssessmentRequest {
  readonly taskArn: string;
  /** Lets DMS write into the bucket. */
  readonly serviceAccessRoleArn: string;
  readonly bucket: string;
  /** @default - none */
  readonly folder?: string;
  /** Encrypts the results. @default - S3's own key */
  readonly kmsKeyArn?: string;
  /** A run of before, to be read instead of starting one. @default - one that is under way, else a new one */
  readonly runArn?: string;
}

/** How an assessment of DMS's ended, as its own descriptions say it: for who has asked DMS without this function. */
export interface AssessedRun {
  readonly runArn: string;
  /** The run's, such as `passed` or `failed`. */
  readonly status: string;
  readonly individual: readonly { readonly name: string; readonly status: string }[];
}

/** Asks whether the source may move to the target. It only reads, and may be asked any number of times, under load. */
export interface PreflightRequest {
  readonly action: 'preflight';
  /** @default 'dms' */
  readonly profile?: Profile;
  /** @default 'before-load' */
  readonly stage?: Stage;
  /** @default - all but PostgreSQL's own, the migration's and DMS's control tables */
  readonly schemas?: readonly string[];
  /** @default - none */
  readonly accept?: readonly Acceptance[];
  /** What takes longer is cancelled and told as a finding. @default 10000 */
  readonly statementTimeoutMs?: number;
  /** Checks that come after it are told as not run. @default - 120000, or what the function has left but 15 seconds, whichever is less */
  readonly budgetMs?: number;
  /** A transaction that is older is long. @default 60000 */
  readonly longTransactionMs?: number;
  /** How many numbers a sequence must have left for the cutover. @default 1000 */
  readonly sequenceGap?: number;
  /** Values that are larger would be cut off, where LOBs are carried up to a limit, in bytes. @default - no limit: whole values are carried */
  readonly limitedLobBytes?: number;
  /** Storage that the target has free, in bytes: SQL does not tell. @default - not known, which is told */
  readonly targetFreeBytes?: number;
  /** Findings of one id on one side that are told one by one. @default 50 */
  readonly maxPerFinding?: number;
  /** @default - DMS is not asked: from the function's environment where the construct was given a task */
  readonly assessment?: AssessmentRequest;
  /** What DMS has said already: then it is not asked. @default - nothing */
  readonly assessed?: AssessedRun;
}

export interface PreflightResult {
  readonly blockers: number;
  readonly warnings: number;
  /** Blockers first. */
  readonly findings: readonly Finding[];
  /** Checks that ran to their end, a side each. */
  readonly checks: number;
  readonly seconds: number;
  /** DMS's own run, to be named in the next request while it is under way. */
  readonly assessmentRunArn?: string;
}

/** Names of the errors that the function ends with, for Step Functions to tell apart. What a database says is a finding, not an error. */
export type PreflightErrorName =
  /** What was asked for cannot be done. */
  'Refused';

/** What the function is told by its environment. */
export const ENVIRONMENT = {
  sourceSecretId: 'SOURCE_SECRET_ID',
  sourceDatabase: 'SOURCE_DATABASE',
  targetSecretId: 'TARGET_SECRET_ID',
  targetDatabase: 'TARGET_DATABASE',
  /** `AssessmentRequest` as JSON. */
  assessment: 'ASSESSMENT',
} as const;

/** Metrics, in the embedded metric format. */
export const METRICS = {
  namespace: 'PaymentMigration',
  blockers: 'PreflightBlockers',
  warnings: 'PreflightWarnings',
} as const;
