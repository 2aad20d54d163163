import {
  DescribeReplicationConfigsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTasksCommand,
  StartReplicationCommand,
  StartReplicationTaskCommand,
  StopReplicationCommand,
  StopReplicationTaskCommand,
  type ReplicationTaskStats,
} from '@aws-sdk/client-database-migration-service';
import { NOT_FOUND, unless, type ReplicationServices } from './services';
import type { TaskProperties } from '../contract';

/** A task or a serverless replication as it is. */
export interface Process {
  readonly status: string;
  /** Whether it runs, stands still, or is on its way from one to the other. */
  readonly phase: 'running' | 'still' | 'passing';
  /** When it was last started, by whomever. */
  readonly startedAt: string;
  /** Whether it is in its load, which cannot be interrupted and gone on with where tables are not emptied before. */
  readonly loading: boolean;
  readonly failure?: string;
  /** What CloudFormation could change by replacing it only. */
  readonly fixed: Readonly<Record<string, string | undefined>>;
}

/** The two kinds by one face. */
export interface ProcessControl {
  /** Undefined where there is none. */
  readonly read: () => Promise<Process | undefined>;
  readonly stop: () => Promise<unknown>;
  /** Goes on where it stopped. */
  readonly resume: () => Promise<unknown>;
}

const STILL = ['ready', 'stopped', 'failed', 'failed-move', 'created', 'initial', 'deprovisioned'];

export function controlOf(services: ReplicationServices, properties: TaskProperties): ProcessControl {
  return properties.InstanceArn === undefined ? serverless(services, properties) : task(services, properties);
}

/** What the template says of the same things. */
export function fixedOf(properties: TaskProperties): Process['fixed'] {
  return {
    'source endpoint': properties.Source.Arn,
    'target endpoint': properties.Target.Arn,
    'replication instance': properties.InstanceArn,
    'migration type': properties.MigrationType,
    'KMS key': properties.KmsKeyArn,
  };
}

function task({ dms }: ReplicationServices, { Arn }: TaskProperties): ProcessControl {
  return {
    read: async () => {
      const answer = await dms.send(new DescribeReplicationTasksCommand({
        Filters: [{ Name: 'replication-task-arn', Values: [Arn] }],
        WithoutSettings: true,
      })).catch(unless(NOT_FOUND));
      const found = answer?.ReplicationTasks?.[0];
      if (!found) return undefined;
      return {
        ...stateOf(found.Status),
        startedAt: startOf(found.ReplicationTaskStats, found.ReplicationTaskStartDate),
        loading: isLoading(found.MigrationType, found.ReplicationTaskStats),
        failure: found.LastFailureMessage ?? found.StopReason,
        fixed: {
          'source endpoint': found.SourceEndpointArn,
          'target endpoint': found.TargetEndpointArn,
          'replication instance': found.ReplicationInstanceArn,
          'migration type': found.MigrationType,
          'KMS key': await keyOf(dms, found.ReplicationInstanceArn),
        },
      };
    },
    stop: async () => dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: Arn })),
    resume: async () => dms.send(new StartReplicationTaskCommand({ ReplicationTaskArn: Arn, StartReplicationTaskType: 'resume-processing' })),
  };
}

function serverless({ dms }: ReplicationServices, { Arn }: TaskProperties): ProcessControl {
  const Filters = [{ Name: 'replication-config-arn', Values: [Arn] }];
  return {
    read: async () => {
      const configs = await dms.send(new DescribeReplicationConfigsCommand({ Filters })).catch(unless(NOT_FOUND));
      const config = configs?.ReplicationConfigs?.[0];
      if (!config) return undefined;
      const answer = await dms.send(new DescribeReplicationsCommand({ Filters })).catch(unless(NOT_FOUND));
      const found = answer?.Replications?.[0];
      return {
        ...stateOf(found?.Status ?? 'created'),
        startedAt: startOf(found?.ReplicationStats),
        loading: isLoading(config.ReplicationType, found?.ReplicationStats),
        failure: found?.FailureMessages?.at(-1) ?? found?.StopReason,
        fixed: {
          'source endpoint': config.SourceEndpointArn,
          'target endpoint': config.TargetEndpointArn,
          'migration type': config.ReplicationType,
          'KMS key': config.ComputeConfig?.KmsKeyId,
        },
      };
    },
    stop: async () => dms.send(new StopReplicationCommand({ ReplicationConfigArn: Arn })),
    resume: async () => dms.send(new StartReplicationCommand({ ReplicationConfigArn: Arn, StartReplicationType: 'resume-processing' })),
  };
}

async function keyOf(dms: ReplicationServices['dms'], instance?: string): Promise<string | undefined> {
  if (instance === undefined) return undefined;
  const answer = await dms.send(new DescribeReplicationInstancesCommand({
    Filters: [{ Name: 'replication-instance-arn', Values: [instance] }],
  })).catch(unless(NOT_FOUND));
  return answer?.ReplicationInstances?.[0]?.KmsKeyId;
}

function stateOf(status = 'unknown'): Pick<Process, 'status' | 'phase'> {
  if (status === 'running') return { status, phase: 'running' };
  return { status, phase: STILL.includes(status) ? 'still' : 'passing' };
}

function startOf(stats?: Pick<ReplicationTaskStats, 'StartDate'>, otherwise?: Date): string {
  return (stats?.StartDate ?? otherwise)?.toISOString() ?? 'never';
}

function isLoading(type?: string, stats?: ReplicationTaskStats): boolean {
  if (type === 'cdc') return false;
  return stats?.FullLoadFinishDate === undefined || (stats.FullLoadProgressPercent ?? 0) < 100
    || (stats.TablesLoading ?? 0) > 0 || (stats.TablesQueued ?? 0) > 0;
}
