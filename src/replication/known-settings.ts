import { choice, count, flag, refusing, unused, word, type SettingRule } from './setting-rules';

type Section = Readonly<Record<string, SettingRule>>;

const PASSES_BY = 'another policy: rows would be left behind and nobody stopped';
const ORDER = 'false: the rows of one table would overtake those of another, and the marker what it has to follow';
const NOT_FOR_POSTGRES = '0: it is for targets other than PostgreSQL';

/** What DMS may do with a row that it cannot write. Only the first and the last lose nothing. */
const policy = (...more: string[]) => refusing(choice('STOP_TASK', 'SUSPEND_TABLE', 'LOG_ERROR', 'IGNORE_RECORD', ...more), ['LOG_ERROR', 'IGNORE_RECORD'], PASSES_BY);
const schemaName = word(/^([A-Za-z_][A-Za-z0-9_]{0,62})?$/, 'the name of a schema');

/**
 * The settings of a task that DMS documents for PostgreSQL, by their sections.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
 */
export const KNOWN_SETTINGS: Readonly<Record<string, Section>> = {
  TargetMetadata: {
    TargetSchema: { ...schemaName, refuses: (value) => (value === '' ? undefined : "'': schemas are renamed by table mappings") },
    SupportLobs: refusing(flag, [false], 'true: text and JSON are large objects to DMS'),
    FullLobMode: flag,
    // More than 64 makes tasks fail.
    LobChunkSize: count(0, 64),
    LimitedSizeLobMode: flag,
    LobMaxSize: count(0, 102_400),
    InlineLobMaxSize: count(0, 102_400),
    LoadMaxFileSize: count(0, 100_000),
    BatchApplyEnabled: refusing(flag, [true], ORDER),
    TaskRecoveryTableEnabled: flag,
    ParallelLoadThreads: unused(NOT_FOR_POSTGRES),
    ParallelLoadBufferSize: unused(NOT_FOR_POSTGRES),
    ParallelLoadQueuesPerThread: unused(NOT_FOR_POSTGRES),
    ParallelApplyThreads: unused(NOT_FOR_POSTGRES),
    ParallelApplyBufferSize: unused(NOT_FOR_POSTGRES),
    ParallelApplyQueuesPerThread: unused(NOT_FOR_POSTGRES),
  },
  FullLoadSettings: {
    TargetTablePrepMode: refusing(choice('DO_NOTHING', 'TRUNCATE_BEFORE_LOAD', 'DROP_AND_CREATE'), ['DROP_AND_CREATE'],
      "'DO_NOTHING', 'TRUNCATE_BEFORE_LOAD': DMS would make tables without constraints, defaults and gates"),
    CreatePkAfterFullLoad: flag,
    StopTaskCachedChangesApplied: flag,
    StopTaskCachedChangesNotApplied: flag,
    MaxFullLoadSubTasks: count(1, 49),
    TransactionConsistencyTimeout: count(0),
    CommitRate: count(1, 50_000),
  },
  Logging: { EnableLogging: flag, EnableLogContext: flag, DeleteTaskLogs: flag },
  ChangeProcessingTuning: {
    BatchApplyPreserveTransaction: flag,
    BatchApplyTimeoutMin: count(0),
    BatchApplyTimeoutMax: count(0),
    BatchApplyMemoryLimit: count(0),
    BatchSplitSize: count(0),
    MinTransactionSize: count(1),
    CommitTimeout: count(1),
    MemoryLimitTotal: count(1),
    MemoryKeepTime: count(1),
    StatementCacheSize: count(0, 200),
  },
  ControlTablesSettings: {
    ControlSchema: schemaName,
    StatusTableEnabled: flag,
    SuspendedTablesTableEnabled: flag,
    HistoryTableEnabled: flag,
    HistoryTimeslotInMinutes: count(1),
    FullLoadExceptionTableEnabled: flag,
  },
  StreamBufferSettings: { StreamBufferCount: count(1), StreamBufferSizeInMB: count(1), CtrlStreamBufferSizeInMB: count(1) },
  ChangeProcessingDdlHandlingPolicy: { HandleSourceTableDropped: flag, HandleSourceTableTruncated: flag, HandleSourceTableAltered: flag },
  ErrorBehavior: {
    DataErrorPolicy: policy(),
    DataTruncationErrorPolicy: policy(),
    DataErrorEscalationPolicy: policy(),
    DataErrorEscalationCount: count(0),
    TableErrorPolicy: choice('STOP_TASK', 'SUSPEND_TABLE'),
    TableErrorEscalationPolicy: choice('STOP_TASK'),
    TableErrorEscalationCount: count(0),
    ApplyErrorDeletePolicy: policy(),
    ApplyErrorInsertPolicy: policy('UPDATE_RECORD'),
    ApplyErrorUpdatePolicy: policy('UPDATE_RECORD', 'INSERT_RECORD'),
    ApplyErrorEscalationPolicy: policy(),
    ApplyErrorEscalationCount: count(0),
    ApplyErrorFailOnTruncationDdl: flag,
    FailOnNoTablesCaptured: flag,
    FailOnTransactionConsistencyBreached: refusing(flag, [true], 'false: it is for Oracle'),
    FullLoadIgnoreConflicts: flag,
    RecoverableErrorCount: count(-1),
    RecoverableErrorInterval: count(0),
    RecoverableErrorThrottling: flag,
    RecoverableErrorThrottlingMax: count(0),
    RecoverableErrorStopRetryAfterThrottlingMax: flag,
  },
  ValidationSettings: {
    EnableValidation: flag,
    ValidationOnly: refusing(flag, [true], 'false: such a task replicates nothing'),
    ThreadCount: count(1),
    PartitionSize: count(1),
    FailureMaxCount: count(1),
    TableFailureMaxCount: count(1),
    RecordFailureDelayInMinutes: count(0),
    RecordFailureDelayLimitInMinutes: count(0),
    RecordSuspendDelayInMinutes: count(0),
    HandleCollationDiff: flag,
    SkipLobColumns: flag,
    ValidationPartialLobSize: count(0),
    ValidationQueryCdcDelaySeconds: count(0),
  },
};
