import { Annotations } from 'aws-cdk-lib';
import { CfnNatGateway, Peer, Port, SecurityGroup, type Connections, type IConnectable, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, type FargateTaskDefinition, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Phase } from './contract';
import type { SchemaCopyProps } from './schema-copy-props';
import { CONTAINER, SchemaCopyTask } from './schema-copy-task';
import { checkRange, encryptionKey, invalidInput, Protection } from '../core';
import { openWayToDatabase } from '../database';
import { MigrationNetwork, type IMigrationNetwork } from '../network';

/**
 * What `ecs:RunTask` is asked for one phase, as Step Functions takes it.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
 */
export interface RunTaskParameters {
  readonly Cluster: string;
  readonly TaskDefinition: string;
  readonly LaunchType: 'FARGATE';
  readonly NetworkConfiguration: {
    readonly AwsvpcConfiguration: { readonly Subnets: string[]; readonly SecurityGroups: string[]; readonly AssignPublicIp: 'DISABLED' };
  };
  readonly Overrides: {
    readonly ContainerOverrides: { readonly Name: string; readonly Environment: { readonly Name: string; readonly Value: string }[] }[];
  };
  readonly PropagateTags: 'TASK_DEFINITION';
}

/**
 * Copies the schema of one database to the other by pg_dump and pg_restore, in a task on Fargate: each run of it is one phase.
 *
 * Deploying it copies nothing. docs/schema.md says what each phase does, and how it ends.
 */
export class SchemaCopy extends Construct implements IConnectable {
  /** Where the task runs. */
  public readonly cluster: ICluster;
  /** The task. A run of it is told its phase by the variable `PHASE` of its container `schema-copy`. */
  public readonly taskDefinition: FargateTaskDefinition;
  /** The subnets that the task runs in. */
  public readonly subnets: SubnetSelection;
  /** What the phases say. The last line of each is JSON, and is its result. */
  public readonly logGroup: ILogGroup;
  /** Where the task may connect to. */
  public readonly connections: Connections;

  private readonly home: IMigrationNetwork;
  private readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: SchemaCopyProps) {
    super(scope, id);
    checkRange('jobs', props.jobs, 1, 99);
    // The script takes them as one text, with commas between them.
    const unfit = props.excludedSchemas?.find((schema) => schema === '' || schema.includes(','));
    if (unfit !== undefined) throw invalidInput('excludedSchemas', unfit, 'names of schemas, as they are in the catalog, without commas');
    const home = props.network ?? props.target.network;
    if (!home) throw invalidInput('network', undefined, 'a network of the target, or another one that reaches both databases');

    const protection = props.protection ?? Protection.production();
    const key = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Copy of the schema of ${this.node.path}`, protection);
    const logs = { encryptionKey: key, retention: props.logRetention ?? RetentionDays.ONE_YEAR, removalPolicy: protection.removalPolicy };
    this.home = home;
    this.subnets = home.serviceSubnets;
    this.securityGroup = this.createSecurityGroup(props, home);
    this.connections = this.securityGroup.connections;
    this.cluster = props.cluster ?? this.createCluster(home, logs);
    this.logGroup = new LogGroup(this, 'LogGroup', logs);
    this.taskDefinition = new SchemaCopyTask(this, 'Task', props, this.logGroup).definition;
    if (props.image === undefined && hasNoWayOut(home)) {
      Annotations.of(this).addInfoV2('cdk-payment-migration:schema.no-way-to-registry',
        `before the schema can be copied, ${home.node.path} needs a NAT gateway, or image one from a registry that it reaches: its subnets have no way out`);
    }
  }

  /** Lets someone run the task, which makes tables, indexes and constraints in the target. */
  public grantRun(grantee: IGrantable): Grant {
    return this.taskDefinition.grantRun(grantee);
  }

  /** What a workflow asks ECS for one phase. @internal */
  public _runTask(phase: Phase): RunTaskParameters {
    return {
      Cluster: this.cluster.clusterArn,
      TaskDefinition: this.taskDefinition.taskDefinitionArn,
      LaunchType: 'FARGATE',
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: this.home.vpc.selectSubnets(this.subnets).subnetIds,
          SecurityGroups: [this.securityGroup.securityGroupId],
          AssignPublicIp: 'DISABLED',
        },
      },
      Overrides: { ContainerOverrides: [{ Name: CONTAINER, Environment: [{ Name: 'PHASE', Value: phase }] }] },
      PropagateTags: 'TASK_DEFINITION',
    };
  }

  private createSecurityGroup(props: SchemaCopyProps, home: IMigrationNetwork): SecurityGroup {
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: home.vpc,
      description: 'The task that copies the schema, which reaches both databases and HTTPS; nobody reaches it',
      allowAllOutbound: false,
    });
    // Not AWS endpoints alone: registries of images, and S3 behind its gateway endpoint, have public addresses.
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS endpoints, the registry of the image');
    const visitor = { securityGroup, home, subnets: home.serviceSubnets, name: 'the copy of the schema', room: 'schema' };
    openWayToDatabase(visitor, 'source', props.source.database, props.source.network);
    openWayToDatabase(visitor, 'target', props.target.database, props.target.network);
    return securityGroup;
  }

  private createCluster({ vpc }: IMigrationNetwork, logs: LogSettings): Cluster {
    const cluster = new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENHANCED });
    // Container Insights makes it by itself when a task first runs: unencrypted, kept for ever, and left behind.
    new LogGroup(this, 'InsightsLogGroup', { ...logs, logGroupName: `/aws/ecs/containerinsights/${cluster.clusterName}/performance` });
    return cluster;
  }
}

/** Of a network that was imported nobody knows. */
function hasNoWayOut(network: IMigrationNetwork): boolean {
  return network instanceof MigrationNetwork && !network.node.children.some((child) => child instanceof CfnNatGateway);
}

interface LogSettings {
  readonly encryptionKey: IKey;
  readonly retention: RetentionDays;
}
