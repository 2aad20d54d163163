import { RDS_AUTHORITIES } from '../../src/core/rds-authorities';

/** The same certificates as the library's. */
export const RDS_AUTHORITY = RDS_AUTHORITIES['eu-west-1'];

export const TASK_SETTINGS = {
  TargetMetadata: { SupportLobs: true, FullLobMode: true, LobChunkSize: 64, BatchApplyEnabled: false, TaskRecoveryTableEnabled: true },
  FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', StopTaskCachedChangesNotApplied: true, MaxFullLoadSubTasks: 8, CommitRate: 10000 },
  Logging: { EnableLogging: true },
  ControlTablesSettings: { ControlSchema: 'awsdms_control', StatusTableEnabled: true, SuspendedTablesTableEnabled: true, HistoryTableEnabled: true },
  ErrorBehavior: { DataErrorPolicy: 'STOP_TASK', TableErrorPolicy: 'STOP_TASK', ApplyErrorDeletePolicy: 'STOP_TASK', ApplyErrorInsertPolicy: 'STOP_TASK' },
};

/** What one task carries: everything, and its marker. */
export function tableMappings(task: string): string {
  const rule = (id: number, schema: string, table: string) => ({
    'rule-type': 'selection', 'rule-id': String(id), 'rule-name': String(id), 'object-locator': { 'schema-name': schema, 'table-name': table }, 'rule-action': 'include',
  });
  return JSON.stringify({ rules: [rule(1, 'payment_migration', `marker_${task.toLowerCase()}`), rule(2, 'public', '%')] });
}
