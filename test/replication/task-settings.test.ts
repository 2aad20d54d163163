import { Duration, Lazy, Size, Token } from 'aws-cdk-lib';
import { LobMode, TablePreparation, TaskSettings, type TaskSettingsOptions } from '../../src/replication';
import { KNOWN_SETTINGS } from '../../src/replication/known-settings';

type Settings = Record<string, Record<string, unknown>>;
const read = (settings: TaskSettings) => JSON.parse(settings.toJson()) as Settings;
const withOptions = (options: TaskSettingsOptions) => read(TaskSettings.forPayments(options));
const payments = read(TaskSettings.forPayments());

describe('for payments', () => {
  test('every error stops the task', () => {
    const policies = Object.entries(payments.ErrorBehavior).filter(([name]) => name.endsWith('Policy'));
    expect(policies.length).toBe(9);
    expect(new Set(policies.map(([, policy]) => policy))).toEqual(new Set(['STOP_TASK']));
    const { FailOnNoTablesCaptured, FullLoadIgnoreConflicts, ApplyErrorFailOnTruncationDdl, RecoverableErrorCount } = payments.ErrorBehavior;
    expect([FailOnNoTablesCaptured, FullLoadIgnoreConflicts, ApplyErrorFailOnTruncationDdl, RecoverableErrorCount]).toEqual([true, true, true, -1]);
  });

  test('commits stay in order, and nothing of the schema is changed', () => {
    expect(payments.TargetMetadata).toMatchObject({ BatchApplyEnabled: false, TaskRecoveryTableEnabled: true });
    expect(Object.values(payments.ChangeProcessingDdlHandlingPolicy)).toEqual([false, false, false]);
    const { StopTaskCachedChangesNotApplied, StopTaskCachedChangesApplied, CreatePkAfterFullLoad } = payments.FullLoadSettings;
    expect([StopTaskCachedChangesNotApplied, StopTaskCachedChangesApplied, CreatePkAfterFullLoad]).toEqual([true, false, false]);
  });

  test('DMS logs, and keeps its tables in a schema of its own', () => {
    expect([payments.Logging.EnableLogging, payments.ControlTablesSettings.ControlSchema]).toEqual([true, 'awsdms_control']);
  });

  test('all of it is known', () => {
    for (const [name, section] of Object.entries(payments)) {
      expect(Object.keys(KNOWN_SETTINGS[name])).toEqual(expect.arrayContaining(Object.keys(section)));
    }
  });

  test.each<[string, object, TaskSettingsOptions, string, object]>([
    ['@default TaskSettingsOptions.lobMode', { FullLobMode: true, LimitedSizeLobMode: false, LobChunkSize: 64, InlineLobMaxSize: 32 },
      { lobMode: LobMode.LIMITED, lobMaxSize: Size.mebibytes(2) }, 'TargetMetadata', { FullLobMode: false, LimitedSizeLobMode: true, LobMaxSize: 2048 }],
    ['@default TaskSettingsOptions.parallelTables', { MaxFullLoadSubTasks: 8 }, { parallelTables: 49 }, 'FullLoadSettings', { MaxFullLoadSubTasks: 49 }],
    ['@default TaskSettingsOptions.commitRate', { CommitRate: 10_000 }, { commitRate: 50_000 }, 'FullLoadSettings', { CommitRate: 50_000 }],
    ['@default TaskSettingsOptions.transactionConsistencyTimeout', { TransactionConsistencyTimeout: 600 },
      { transactionConsistencyTimeout: Duration.hours(1) }, 'FullLoadSettings', { TransactionConsistencyTimeout: 3600 }],
    ['@default TaskSettingsOptions.tablePreparation', { TargetTablePrepMode: 'DO_NOTHING' },
      { tablePreparation: TablePreparation.TRUNCATE_BEFORE_LOAD }, 'FullLoadSettings', { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' }],
    ['@default TaskSettingsOptions.commitTimeout', { CommitTimeout: 1 }, { commitTimeout: Duration.seconds(3) }, 'ChangeProcessingTuning', { CommitTimeout: 3 }],
    ['@default TaskSettingsOptions.minTransactionSize', { MinTransactionSize: 1 }, { minTransactionSize: 1000 }, 'ChangeProcessingTuning', { MinTransactionSize: 1000 }],
    ['@default TaskSettingsOptions.validation', { EnableValidation: true }, { validation: false }, 'ValidationSettings', { EnableValidation: false }],
    ['@default TaskSettingsOptions.validationThreads', { ThreadCount: 5 }, { validationThreads: 10 }, 'ValidationSettings', { ThreadCount: 10 }],
  ])('%s, or what is said', (_, byDefault, options, section, said) => {
    expect(payments[section]).toMatchObject(byDefault);
    expect(withOptions(options)[section]).toMatchObject(said);
  });

  test('@default TaskSettingsOptions.lobMaxSize: none, and it belongs to LobMode.LIMITED', () => {
    expect(payments.TargetMetadata).not.toHaveProperty('LobMaxSize');
    expect(() => withOptions({ lobMode: LobMode.LIMITED })).toThrow('lobMaxSize: got undefined, allowed: the size of the largest value');
    expect(() => withOptions({ lobMaxSize: Size.mebibytes(1) })).toThrow("lobMaxSize: got '1024 KiB', allowed: none without LobMode.LIMITED");
  });
});

describe('override', () => {
  test.each([
    ['FullLoadSettings.MaxFullLoadSubTasks', '16', 16], ['ErrorBehavior.ApplyErrorInsertPolicy', 'UPDATE_RECORD', 'UPDATE_RECORD'],
    ['ValidationSettings.EnableValidation', 'false', false], ['StreamBufferSettings.StreamBufferCount', '4', 4], ['ErrorBehavior.RecoverableErrorCount', '-1', -1],
  ])('%s = %s', (path, text, value) => {
    const settings = TaskSettings.forPayments();
    const [section, name] = path.split('.');
    expect(read(settings.override(path, text))[section][name]).toBe(value);
    expect(read(settings)).toEqual(payments);
  });

  test.each([
    ['FullLoadSettings.MaxFullLoadSubTasks', '50', 'got 50, allowed: a whole number from 1 to 49'],
    ['FullLoadSettings.MaxFullLoadSubTasks', 'many', "got 'many', allowed: a whole number from 1 to 49"],
    ['FullLoadSettings.CommitRate', '0', 'got 0, allowed: a whole number from 1 to 50000'],
    ['FullLoadSettings.MaxFullLoadSubtasks', '8', "path: got 'FullLoadSettings.MaxFullLoadSubtasks', allowed: FullLoadSettings. and one of TargetTablePrepMode"],
    ['FullLoad.CommitRate', '1', "path: got 'FullLoad.CommitRate', allowed: a section of TargetMetadata"],
    ['FullLoadSettings', '1', 'allowed: FullLoadSettings. and one of'],
    ['FullLoadSettings.CommitRate.x', '1', 'allowed: a section of'],
    ['ErrorBehavior.DataErrorPolicy', 'IGNORE', "got 'IGNORE', allowed: 'STOP_TASK'"],
    ['ErrorBehavior.DataErrorPolicy', 'LOG_ERROR', "got 'LOG_ERROR', allowed: another policy: rows would be left behind"],
    ['ErrorBehavior.ApplyErrorDeletePolicy', 'IGNORE_RECORD', 'rows would be left behind'],
    ['ErrorBehavior.FailOnTransactionConsistencyBreached', 'true', 'got true, allowed: false: it is for Oracle'],
    ['TargetMetadata.BatchApplyEnabled', 'true', 'got true, allowed: false: the rows of one table would overtake those of another'],
    ['TargetMetadata.ParallelApplyThreads', '4', 'got 4, allowed: 0: it is for targets other than PostgreSQL'],
    ['TargetMetadata.TargetSchema', 'other', "got 'other', allowed: '': schemas are renamed by table mappings"],
    ['TargetMetadata.LobChunkSize', '65', 'allowed: a whole number from 0 to 64'],
    ['TargetMetadata.LobChunkSize', '0', 'got 0, allowed: a whole number from 1 to 64 with FullLobMode'],
    ['TargetMetadata.LimitedSizeLobMode', 'true', "got 'FullLobMode true and LimitedSizeLobMode true', allowed: one of them true"],
    ['TargetMetadata.SupportLobs', 'yes', "got 'yes', allowed: true or false"],
    ['FullLoadSettings.TargetTablePrepMode', 'DROP_AND_CREATE', 'DMS would make tables without constraints'],
    ['ChangeProcessingTuning.StatementCacheSize', '201', 'allowed: a whole number from 0 to 200'],
    ['ControlTablesSettings.ControlSchema', 'a b', 'allowed: the name of a schema'],
    ['ValidationSettings.ValidationOnly', 'true', 'such a task replicates nothing'],
  ])('%s = %s is refused', (path, value, message) => {
    expect(() => TaskSettings.forPayments().override(path, value)).toThrow(message);
  });
});

describe('fromJson', () => {
  test('takes what it does not know, and leaves out what is not said', () => {
    const given = { Logging: { EnableLogging: true, LogComponents: [{ Id: 'TARGET_APPLY', Severity: 'LOGGER_SEVERITY_DEFAULT' }] }, NewSettings: { New: 1 }, TTSettings: null };
    expect(read(TaskSettings.fromJson(JSON.stringify(given)))).toEqual(given);
  });

  test('can be overridden where a section is missing', () => {
    expect(read(TaskSettings.fromJson('{}').override('FullLoadSettings.CommitRate', '1'))).toEqual({ FullLoadSettings: { CommitRate: 1 } });
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', "taskSettings: got '{', allowed: JSON ("],
    ['a list', '[]', 'allowed: an object of sections'],
    ['a section that is none', '{"Logging":true}', 'taskSettings.Logging: got true, allowed: an object'],
    ['a number as text', '{"FullLoadSettings":{"CommitRate":"1"}}', "taskSettings.FullLoadSettings.CommitRate: got '1', allowed: a whole number"],
    ['what loses rows', '{"ErrorBehavior":{"ApplyErrorUpdatePolicy":"LOG_ERROR"}}', 'rows would be left behind'],
    ['a token', Token.asString({ Ref: 'x' }), "got 'a token', allowed: literal JSON"],
    ['limited values without a limit', '{"TargetMetadata":{"SupportLobs":true,"LimitedSizeLobMode":true}}', 'LobMaxSize: got 0'],
  ])('refuses %s', (_, json, message) => {
    expect(() => TaskSettings.fromJson(json)).toThrow(message);
  });
});

describe('bad input', () => {
  const token = Lazy.number({ produce: () => 1 });
  test.each<[string, TaskSettingsOptions, string]>([
    ['tables', { parallelTables: 50 }, 'MaxFullLoadSubTasks: got 50, allowed: a whole number from 1 to 49'],
    ['rows', { commitRate: 50_001 }, 'CommitRate: got 50001'],
    ['parts of seconds', { commitTimeout: Duration.millis(1500) }, 'commitTimeout: got 1.5, allowed: a whole number of seconds'],
    ['no wait at all', { commitTimeout: Duration.seconds(0) }, 'CommitTimeout: got 0, allowed: a whole number from 1 up'],
    ['a duration that is not known', { commitTimeout: Duration.seconds(token) }, "commitTimeout: got 'a token'"],
    ['a size that is not known', { lobMode: LobMode.LIMITED, lobMaxSize: Size.kibibytes(token) }, "lobMaxSize: got 'a token'"],
    ['values too large', { lobMode: LobMode.LIMITED, lobMaxSize: Size.mebibytes(101) }, 'LobMaxSize: got 103424, allowed: a whole number from 0 to 102400'],
    ['threads', { validationThreads: 0 }, 'ThreadCount: got 0'],
  ])('%s', (_, options, message) => {
    expect(() => TaskSettings.forPayments(options)).toThrow(message);
  });
});
