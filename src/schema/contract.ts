/** What the construct, the script, the workflow and the command line say to each other. Imports nothing. */

/** The phases of a copy, in their order. Each is a run of the script of its own, and may be run again. */
export const PHASES = ['pre-data', 'keys', 'constraints', 'validate'] as const;
export type Phase = typeof PHASES[number];

/**
 * How a phase ends: the name in the last line of its log and in `payment_migration.schema_phase`, and the exit status of the script and of
 * the task's container.
 */
export const STATUSES = {
  /** It is done, now or before. */
  'done': 0,
  /** Something that nobody foresaw; what was said is in the log. */
  'failed': 1,
  /** An argument or a variable is missing, or is none that is allowed. */
  'bad-input': 64,
  /** `pg_dump` is older than the source. */
  'client-too-old': 65,
  /** The target is older than the source. */
  'target-too-old': 66,
  /** A side did not answer, refused the login, or is not who its certificate should name. */
  'unreachable': 67,
  /** Another copy runs on the target. */
  'busy': 68,
  /** The phase before it is not done. */
  'out-of-order': 69,
  /** There are objects in the target that no copy made. */
  'target-not-empty': 70,
  /** A role that owns something, or is named in a grant, is not there. */
  'role-missing': 71,
  /** The target's server does not offer an extension. */
  'extension-missing': 72,
  /** A login may not do what it has to. */
  'rights-missing': 73,
  /** Rows break a key or a constraint. */
  'violated': 74,
  /** The source's schema changed while it was read. */
  'schema-changed': 75,
  /** It was told to stop. */
  'stopped': 76,
} as const;
export type PhaseState = keyof typeof STATUSES;

/** States in which the same phase may simply be run again. */
export const REPEATABLE: readonly PhaseState[] = ['unreachable', 'busy', 'schema-changed', 'stopped'];

/** What the last line of the log holds, as JSON. */
export interface PhaseResult {
  readonly phase: string;
  readonly state: PhaseState;
  readonly seconds: number;
  /** What was done, or what is in the way and what to do; never a value of a row. */
  readonly said: string;
}

/** Tables of the schema `payment_migration` on the target that are the copy's own; replication must never carry them. */
export const TABLES = ['schema_phase', 'schema_archive', 'schema_key'] as const;
