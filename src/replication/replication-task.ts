import { CustomResource, Duration, type CfnResource } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnReplicationConfig, CfnReplicationTask } from 'aws-cdk-lib/aws-dms';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { ServerlessScaling } from './capacity-binding';
import { TASK_AFTER_TYPE, TASK_BEFORE_TYPE, type TaskName, type TaskProperties } from './contract';
import { digestOf } from './digest';
import { dmsArn, type ReplicationEndpoint } from './endpoints';
import { nameInStack } from './identifiers';
import type { TableMappings } from './table-mappings';
import type { TaskSettings } from './task-settings';
import { invalidInput, type CustomResourceHandler } from '../core';

/** What a task runs on. */
export interface TaskHost {
  /** The instance's ARN, its name in metrics, and what it is made of; undefined where each task brings its own capacity. */
  readonly instance?: { readonly arn: string; readonly identifier: string };
  readonly serverless?: ServerlessScaling & { readonly subnetGroupName: string; readonly securityGroupIds: string[] };
  /** What the tasks stand still for when it changes. */
  readonly resources: () => CfnResource[];
  readonly handler: CustomResourceHandler;
  readonly encryptionKey: IKey;
}

export interface ReplicationTaskPlan {
  readonly name: TaskName;
  readonly identifier: string;
  readonly migrationType: 'full-load-and-cdc' | 'cdc';
  readonly source: ReplicationEndpoint;
  readonly target: ReplicationEndpoint;
  readonly mappings: TableMappings;
  readonly settings: TaskSettings;
  /** The output plugin that a slot for it must have. */
  readonly slotPlugin: string;
}

/** One stream of changes, and its load where it has one. A deployment never starts it for the first time. */
export class ReplicationTask extends Construct {
  /** @internal */
  public static _create(scope: Construct, id: string, plan: ReplicationTaskPlan, host: TaskHost): ReplicationTask {
    return new ReplicationTask(scope, id, plan, host);
  }

  /** The ARN of the task, or of the replication config where it is serverless. */
  public readonly taskArn: string;
  /** The task's own name, and the dimension `ReplicationTaskIdentifier` of its metrics. */
  public readonly taskIdentifier: string;
  /** Whether it is a replication config that brings its own capacity. */
  public readonly serverless: boolean;
  /** The endpoint that it reads from: where its slot is said before it is started. */
  public readonly sourceEndpointArn: string;
  /** The endpoint that it writes to. */
  public readonly targetEndpointArn: string;
  /** The output plugin that a slot for it must have: 'test_decoding' or 'pglogical_output'. */
  public readonly slotPlugin: string;

  /** @internal */
  public readonly _resource: CfnResource;
  /** @internal */
  public readonly _before: CustomResource;

  private readonly host: TaskHost;

  private constructor(scope: Construct, id: string, plan: ReplicationTaskPlan, host: TaskHost) {
    super(scope, id);
    this.host = host;
    this.serverless = host.serverless !== undefined;
    this.taskIdentifier = plan.identifier;
    this.taskArn = dmsArn(this, this.serverless ? 'replication-config' : 'task', plan.identifier);
    this.sourceEndpointArn = plan.source.arn;
    this.targetEndpointArn = plan.target.arn;
    this.slotPlugin = plan.slotPlugin;

    this._resource = host.serverless ? this.createServerless(plan, host.serverless) : this.createTask(plan);
    const properties: TaskProperties = {
      Arn: this.taskArn,
      Name: plan.name,
      InstanceArn: host.instance?.arn,
      Source: { Arn: plan.source.arn, Name: plan.source.name },
      Target: { Arn: plan.target.arn, Name: plan.target.name },
      MigrationType: plan.migrationType,
      KmsKeyArn: host.encryptionKey.keyArn,
      Digest: digestOf(this, () => [this._resource, plan.source.resource, plan.target.resource, ...host.resources()]),
    };
    this._before = this.guard('Before', TASK_BEFORE_TYPE, properties);
    const after = this.guard('After', TASK_AFTER_TYPE, properties);
    // While something is changed, what uses it stands still.
    for (const changed of [this._resource, plan.source.resource, plan.target.resource, ...host.resources()]) changed.node.addDependency(this._before);
    this._resource.node.addDependency(plan.source.resource, plan.target.resource);
    after.node.addDependency(this._resource);
  }

  /** A metric of the task. DMS writes one each minute while the task runs, and none at all otherwise. */
  public metric(metricName: string, options: MetricOptions = {}): Metric {
    if (!this.host.instance) {
      throw invalidInput('capacity', 'ReplicationCapacity.serverless()', 'ReplicationCapacity.provisioned(): DMS documents no dimensions for metrics of serverless replications');
    }
    return new Metric({
      namespace: 'AWS/DMS',
      metricName,
      dimensionsMap: { ReplicationInstanceIdentifier: this.host.instance.identifier, ReplicationTaskIdentifier: this.taskIdentifier },
      period: Duration.minutes(1),
      ...options,
    }).attachTo(this);
  }

  /** How many seconds the last change that was read is old: 0 while there are none, and growing under one long transaction. */
  public metricCdcLatencySource(options?: MetricOptions): Metric {
    return this.metric('CDCLatencySource', { statistic: 'Maximum', ...options });
  }

  /** How many seconds the oldest change that is not written yet is old; the source's latency is part of it. */
  public metricCdcLatencyTarget(options?: MetricOptions): Metric {
    return this.metric('CDCLatencyTarget', { statistic: 'Maximum', ...options });
  }

  /** How many changes wait to be written. */
  public metricCdcIncomingChanges(options?: MetricOptions): Metric {
    return this.metric('CDCIncomingChanges', { statistic: 'Maximum', ...options });
  }

  /** How many rows a second are read. */
  public metricCdcThroughputRowsSource(options?: MetricOptions): Metric {
    return this.metric('CDCThroughputRowsSource', { statistic: 'Average', ...options });
  }

  /** How many rows a second are written. */
  public metricCdcThroughputRowsTarget(options?: MetricOptions): Metric {
    return this.metric('CDCThroughputRowsTarget', { statistic: 'Average', ...options });
  }

  private guard(id: string, resourceType: string, properties: TaskProperties): CustomResource {
    const { handler } = this.host;
    const resource = new CustomResource(this, id, {
      serviceToken: handler.serviceToken,
      resourceType,
      serviceTimeout: handler.serviceTimeout,
      properties: { ...properties },
    });
    resource.node.addDependency(handler);
    return resource;
  }

  private createTask({ identifier, migrationType, source, target, mappings, settings }: ReplicationTaskPlan): CfnReplicationTask {
    const { instance } = this.host;
    if (!instance) throw invalidInput('capacity', 'neither an instance nor serverless', 'one of the two');
    return new CfnReplicationTask(this, 'Resource', {
      resourceIdentifier: identifier,
      replicationTaskIdentifier: nameInStack(identifier),
      migrationType,
      replicationInstanceArn: instance.arn,
      sourceEndpointArn: source.arn,
      targetEndpointArn: target.arn,
      tableMappings: mappings.toJson(),
      replicationTaskSettings: settings.toJson(),
    });
  }

  private createServerless(
    { identifier, migrationType, source, target, mappings, settings }: ReplicationTaskPlan,
    scaling: NonNullable<TaskHost['serverless']>,
  ): CfnReplicationConfig {
    return new CfnReplicationConfig(this, 'Resource', {
      resourceIdentifier: identifier,
      replicationConfigIdentifier: nameInStack(identifier),
      replicationType: migrationType,
      sourceEndpointArn: source.arn,
      targetEndpointArn: target.arn,
      // The API takes text, the template objects.
      tableMappings: JSON.parse(mappings.toJson()),
      replicationSettings: JSON.parse(settings.toJson()),
      computeConfig: {
        minCapacityUnits: scaling.minCapacity,
        maxCapacityUnits: scaling.maxCapacity,
        multiAz: scaling.multiAz,
        kmsKeyId: this.host.encryptionKey.keyArn,
        replicationSubnetGroupId: scaling.subnetGroupName,
        vpcSecurityGroupIds: scaling.securityGroupIds,
      },
    });
  }
}
