import type { Duration, Size } from 'aws-cdk-lib';
import { CONTROL_SCHEMA } from './contract';
import type { SettingValue } from './setting-rules';

/** How a task carries text, JSON and other large values. */
export enum LobMode {
  /** Whole, whatever their size. */
  FULL = 'FULL',
  /** In one piece up to `TaskSettingsOptions.lobMaxSize`; a larger one stops the task. Faster, where the size is known. */
  LIMITED = 'LIMITED',
}

/** What becomes of the rows that the target's tables have before the load. */
export enum TablePreparation {
  /** They stay: the tables are expected to be empty. */
  DO_NOTHING = 'DO_NOTHING',
  /** They go. */
  TRUNCATE_BEFORE_LOAD = 'TRUNCATE_BEFORE_LOAD',
}

/** The settings of a task that payment systems differ in. */
export interface TaskSettingsOptions {
  /**
   * How large values are carried.
   *
   * @default LobMode.FULL
   */
  readonly lobMode?: LobMode;

  /**
   * The largest value that `LobMode.LIMITED` carries: 1 KiB to 100 MiB.
   *
   * @default - none; required with LobMode.LIMITED, and not allowed without
   */
  readonly lobMaxSize?: Size;

  /**
   * How many tables are loaded at once: 1 to 49.
   *
   * @default 8
   */
  readonly parallelTables?: number;

  /**
   * How many rows are loaded together: 1 to 50000.
   *
   * @default 10000
   */
  readonly commitRate?: number;

  /**
   * How long the load waits for open transactions on the source to end. DMS then begins all the same, so preflight looks for long ones.
   *
   * @default Duration.minutes(10)
   */
  readonly transactionConsistencyTimeout?: Duration;

  /**
   * What becomes of the rows that the target's tables have before the load.
   *
   * @default TablePreparation.DO_NOTHING
   */
  readonly tablePreparation?: TablePreparation;

  /**
   * How long DMS collects changes before it writes them, in whole seconds: a part of the write pause at the cutover.
   *
   * @default Duration.seconds(1)
   */
  readonly commitTimeout?: Duration;

  /**
   * How many changes DMS collects at least before it writes them, within the `commitTimeout`.
   *
   * @default 1
   */
  readonly minTransactionSize?: number;

  /**
   * Whether DMS compares what it has written with the source, beside the migration's own validation; it reads both databases for that.
   *
   * @default true
   */
  readonly validation?: boolean;

  /**
   * How many threads compare.
   *
   * @default 5
   */
  readonly validationThreads?: number;
}

/** Settings by section and name, as DMS writes them. */
export type Settings = Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;

/**
 * What keeps payments: every error stops the task, where DMS by default writes most of them to its log and goes on.
 *
 * The load stops before it applies the changes that came in the meantime: then indexes are built. Conflicts of these changes with loaded
 * rows are expected, since both begin at the same time.
 */
export function paymentSettings(options: TaskSettingsOptions): Settings {
  const stop = 'STOP_TASK';
  const limited = options.lobMode === LobMode.LIMITED;
  return {
    TargetMetadata: {
      SupportLobs: true,
      FullLobMode: !limited,
      LimitedSizeLobMode: limited,
      ...(limited ? { LobMaxSize: options.lobMaxSize?.toKibibytes() ?? 0 } : { LobChunkSize: 64, InlineLobMaxSize: 32 }),
      BatchApplyEnabled: false,
      TaskRecoveryTableEnabled: true,
    },
    FullLoadSettings: {
      TargetTablePrepMode: options.tablePreparation ?? TablePreparation.DO_NOTHING,
      CreatePkAfterFullLoad: false,
      StopTaskCachedChangesApplied: false,
      StopTaskCachedChangesNotApplied: true,
      MaxFullLoadSubTasks: options.parallelTables ?? 8,
      TransactionConsistencyTimeout: options.transactionConsistencyTimeout?.toSeconds() ?? 600,
      CommitRate: options.commitRate ?? 10_000,
    },
    Logging: { EnableLogging: true },
    ChangeProcessingTuning: { CommitTimeout: options.commitTimeout?.toSeconds() ?? 1, MinTransactionSize: options.minTransactionSize ?? 1 },
    ControlTablesSettings: {
      ControlSchema: CONTROL_SCHEMA,
      StatusTableEnabled: true,
      SuspendedTablesTableEnabled: true,
      HistoryTableEnabled: true,
      HistoryTimeslotInMinutes: 5,
    },
    ChangeProcessingDdlHandlingPolicy: { HandleSourceTableDropped: false, HandleSourceTableTruncated: false, HandleSourceTableAltered: false },
    ErrorBehavior: {
      DataErrorPolicy: stop,
      DataTruncationErrorPolicy: stop,
      DataErrorEscalationPolicy: stop,
      TableErrorPolicy: stop,
      TableErrorEscalationPolicy: stop,
      ApplyErrorDeletePolicy: stop,
      ApplyErrorInsertPolicy: stop,
      ApplyErrorUpdatePolicy: stop,
      ApplyErrorEscalationPolicy: stop,
      ApplyErrorFailOnTruncationDdl: true,
      FailOnNoTablesCaptured: true,
      FullLoadIgnoreConflicts: true,
      RecoverableErrorCount: -1,
      RecoverableErrorInterval: 5,
      RecoverableErrorThrottling: true,
      RecoverableErrorThrottlingMax: 1800,
      RecoverableErrorStopRetryAfterThrottlingMax: true,
    },
    ValidationSettings: {
      EnableValidation: options.validation ?? true,
      ThreadCount: options.validationThreads ?? 5,
      HandleCollationDiff: true,
      RecordFailureDelayLimitInMinutes: 5,
      FailureMaxCount: 10_000,
      TableFailureMaxCount: 1_000,
    },
  };
}
