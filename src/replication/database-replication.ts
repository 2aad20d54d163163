import { CfnResource, CustomResource, Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnReplicationSubnetGroup } from 'aws-cdk-lib/aws-dms';
import { SecurityGroup, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import { ENDPOINTS_TESTED_TYPE, TASKS, type EndpointsTestedProperties, type TaskName } from './contract';
import { digestOf } from './digest';
import { dmsHandler } from './dms-handler';
import { DmsServiceRoles } from './dms-service-roles';
import { LogicalDecodingPlugin, type ReplicationEndpointOptions } from './endpoint-options';
import { endpointIdentifiers, EndpointSet } from './endpoint-set';
import { dmsArn } from './endpoints';
import { nameInStack, replicationIdentifier } from './identifiers';
import { ReplicationCapacity } from './replication-capacity';
import { checkEngines, checkProps, replicationSubnetIds } from './replication-checks';
import type { DatabaseReplicationProps } from './replication-props';
import { ReplicationTask, type ReplicationTaskPlan, type TaskHost } from './replication-task';
import { TableMappings } from './table-mappings';
import { TaskSettings } from './task-settings';
import { encryptionKey, invalidInput, MigrationStage, Protection } from '../core';
import { openWayToAws, openWayToDatabase, type MigrationDatabaseConfig } from '../database';

/**
 * DMS between the two databases of a migration.
 *
 * Three tasks, of which at most one runs at a time: `load` fills the target and follows the source; `toSource` is the way back after a
 * cutover, `toTarget` the way forward after a rollback, each from a slot and a position that are known at run time only. A deployment
 * starts none of them; one that changes a task stops it, and starts it again if it ran.
 */
export class DatabaseReplication extends Construct implements IConnectable {
  /**
   * Loads the target, and follows the source. It stops once, between the load and the changes that came meanwhile. Undefined under
   * `MigrationStage.HOLDING`.
   */
  public readonly load?: ReplicationTask;
  /** Follows the source from a position. */
  public readonly toTarget: ReplicationTask;
  /** Follows the target from a position: the way back. */
  public readonly toSource: ReplicationTask;
  /** Where DMS may connect to. */
  public readonly connections: Connections;
  /** Encrypts what DMS stores, its connections and its log. */
  public readonly encryptionKey: IKey;
  /** What DMS logs; undefined where it is serverless and makes the log groups itself. */
  public readonly logGroup?: ILogGroup;
  /** The ARN of the replication instance; undefined where there is none. */
  public readonly replicationInstanceArn?: string;
  /** The name of the replication instance, and the dimension `ReplicationInstanceIdentifier` of its metrics; undefined where there is none. */
  public readonly replicationInstanceIdentifier?: string;

  constructor(scope: Construct, id: string, props: DatabaseReplicationProps) {
    super(scope, id);
    checkProps(this, props);
    const identifier = replicationIdentifier(this, props.identifier);
    const protection = props.protection ?? Protection.production();
    this.encryptionKey = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Replication of ${this.node.path}`, protection);
    const securityGroup = this.createSecurityGroup(props);
    this.connections = securityGroup.connections;

    const names = { instance: `${identifier}-dms`, task: (name: TaskName) => `${identifier}-${name}` };
    const instanceIdentifier = nameInStack(identifier);
    const instanceArn = dmsArn(this, 'rep', names.instance);
    const capacityScope = new Construct(this, 'Capacity');
    const subnetGroup = new CfnReplicationSubnetGroup(this, 'SubnetGroup', {
      replicationSubnetGroupDescription: `Where ${identifier} replicates`,
      subnetIds: replicationSubnetIds(props.network),
    });
    const capacity = (props.capacity ?? ReplicationCapacity.provisioned()).bind(capacityScope, {
      resourceIdentifier: names.instance,
      instanceIdentifier,
      subnetGroupName: subnetGroup.ref,
      securityGroups: [securityGroup],
      encryptionKey: this.encryptionKey,
      protection,
    });
    checkEngines(props, capacity.engineVersion);
    const { serverless } = capacity;
    const serviceRoles = props.serviceRoles ?? DmsServiceRoles.ensure();
    const handler = dmsHandler(this, 'Handler', {
      encryptionKey: this.encryptionKey,
      protection: Protection.ephemeral(),
      taskArns: TASKS.map((name) => dmsArn(this, serverless ? 'replication-config' : 'task', names.task(name))),
      endpointArns: Object.values(endpointIdentifiers(identifier)).map((name) => dmsArn(this, 'endpoint', name)),
      instanceArn: serverless ? undefined : instanceArn,
      statements: serviceRoles._statements(this),
    });
    // DMS refuses a subnet group until it may look at the VPC.
    const roles = serviceRoles._create(this, handler);
    if (roles) subnetGroup.node.addDependency(roles);

    const endpoints = new EndpointSet(this, 'Endpoints', {
      identifier,
      source: { database: props.source, options: props.sourceEndpoint ?? {} },
      target: { database: props.target, options: props.targetEndpoint ?? {} },
      encryptionKey: this.encryptionKey,
    });
    const host: TaskHost = {
      instance: serverless ? undefined : { arn: instanceArn, identifier: instanceIdentifier },
      serverless: serverless && { ...serverless, subnetGroupName: subnetGroup.ref, securityGroupIds: [securityGroup.securityGroupId] },
      resources: () => capacityScope.node.findAll().filter((child): child is CfnResource => CfnResource.isCfnResource(child)),
      handler,
      encryptionKey: this.encryptionKey,
    };
    const forward = props.tableMappings ?? TableMappings.include({ schema: '%' });
    const settings = props.taskSettings ?? TaskSettings.forPayments();
    const task = (constructId: string, plan: Omit<ReplicationTaskPlan, 'identifier'>) => (
      ReplicationTask._create(this, constructId, { ...plan, identifier: names.task(plan.name) }, host)
    );
    this.load = props.stage === MigrationStage.HOLDING ? undefined : task('Load', {
      name: 'load',
      migrationType: 'full-load-and-cdc',
      source: endpoints.load,
      target: endpoints.target,
      mappings: forward,
      settings,
      slotPlugin: slotPlugin(props.sourceEndpoint),
    });
    this.toTarget = task('ToTarget', {
      name: 'to-target',
      migrationType: 'cdc',
      source: endpoints.toTarget,
      target: endpoints.target,
      mappings: forward,
      settings: settings._forChanges(),
      slotPlugin: slotPlugin(props.sourceEndpoint),
    });
    this.toSource = task('ToSource', {
      name: 'to-source',
      migrationType: 'cdc',
      source: endpoints.toSource,
      target: endpoints.source,
      mappings: props.reverseTableMappings ?? forward.reversed(),
      settings: settings._forChanges(),
      slotPlugin: slotPlugin(props.targetEndpoint),
    });

    if (serverless) return;
    this.replicationInstanceArn = instanceArn;
    this.replicationInstanceIdentifier = instanceIdentifier;
    this.logGroup = new LogGroup(this, 'LogGroup', {
      // DMS makes it by itself where it is missing: unencrypted, and kept for ever.
      logGroupName: `dms-tasks-${instanceIdentifier}`,
      encryptionKey: this.encryptionKey,
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      removalPolicy: protection.removalPolicy,
    });
    capacityScope.node.addDependency(this.logGroup);
    this.testEndpoints(props, { endpoints, host, capacityScope, securityGroup });
  }

  /** All that there are. */
  public get tasks(): ReplicationTask[] {
    return [...(this.load ? [this.load] : []), this.toTarget, this.toSource];
  }

  /** A metric of the replication instance. */
  public metric(metricName: string, options: MetricOptions = {}): Metric {
    const { replicationInstanceIdentifier } = this;
    if (replicationInstanceIdentifier === undefined) {
      throw invalidInput('capacity', 'ReplicationCapacity.serverless()', 'ReplicationCapacity.provisioned(): without an instance there is nothing to measure');
    }
    const dimensionsMap = { ReplicationInstanceIdentifier: replicationInstanceIdentifier };
    return new Metric({ namespace: 'AWS/DMS', metricName, dimensionsMap, period: Duration.minutes(1), ...options }).attachTo(this);
  }

  /** How busy the replication instance's processors are, in percent. */
  public metricCpuUtilization(options?: MetricOptions): Metric {
    return this.metric('CPUUtilization', { statistic: 'Average', ...options });
  }

  /** How many bytes of storage are free: changes that the memory has no room for, and logs, take of it. */
  public metricFreeStorageSpace(options?: MetricOptions): Metric {
    return this.metric('FreeStorageSpace', { statistic: 'Minimum', ...options });
  }

  /** How many bytes of memory are free. */
  public metricFreeableMemory(options?: MetricOptions): Metric {
    return this.metric('FreeableMemory', { statistic: 'Minimum', ...options });
  }

  private createSecurityGroup({ network: home, source, target, sourceNetwork, targetNetwork = home }: DatabaseReplicationProps): SecurityGroup {
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: home.vpc,
      description: 'DMS, which reaches both databases and AWS; nobody reaches it',
      allowAllOutbound: false,
    });
    const visitor = { securityGroup, home, name: 'replication' };
    openWayToAws(visitor);
    openWayToDatabase(visitor, 'source', source, sourceNetwork);
    openWayToDatabase(visitor, 'target', target, targetNetwork);
    return securityGroup;
  }

  /** DMS makes and starts a task only when its instance has reached both ends. */
  private testEndpoints({ source, target }: DatabaseReplicationProps, parts: TestedParts): void {
    const { endpoints, host, capacityScope, securityGroup } = parts;
    const properties: EndpointsTestedProperties = {
      InstanceArn: host.instance?.arn ?? '',
      Endpoints: endpoints.all.map(({ arn, name }) => ({ Arn: arn, Name: name })),
      Digest: digestOf(this, () => [...endpoints.all.map(({ resource }) => resource), ...host.resources()]),
    };
    const tested = new CustomResource(this, 'EndpointsTested', {
      serviceToken: host.handler.serviceToken,
      resourceType: ENDPOINTS_TESTED_TYPE,
      serviceTimeout: host.handler.serviceTimeout,
      properties: { ...properties },
    });
    tested.node.addDependency(host.handler, endpoints, capacityScope, securityGroup, ...serversOf(source), ...serversOf(target));
    for (const task of this.tasks) task._resource.node.addDependency(tested);
  }
}

interface TestedParts {
  readonly endpoints: EndpointSet;
  readonly host: TaskHost;
  readonly capacityScope: Construct;
  readonly securityGroup: SecurityGroup;
}

/** What answers at the endpoint, of a cluster the writer alone where it is known, and what lets DMS in. */
function serversOf({ cluster, instance, connections }: MigrationDatabaseConfig): IDependable[] {
  const server = cluster?.node.tryFindChild('Writer') ?? cluster ?? instance;
  return [...(server ? [server] : []), ...(connections?.securityGroups ?? [])];
}

/** What `pg_create_logical_replication_slot` calls it. */
function slotPlugin({ decodingPlugin }: ReplicationEndpointOptions = {}): string {
  return decodingPlugin === LogicalDecodingPlugin.PGLOGICAL ? 'pglogical_output' : 'test_decoding';
}
