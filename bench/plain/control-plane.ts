import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, NestedStack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, ContainerInsights, FargateTaskDefinition, LogDrivers, Secret as EcsSecret } from 'aws-cdk-lib/aws-ecs';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Database } from './database';
import { bundledFunction, failedEventsQueue, lambdaRole } from './functions';
import type { Network } from './network';

interface ControlPlaneProps {
  readonly key: IKey;
  readonly source: { readonly network: Network; readonly database: Database };
  readonly target: { readonly network: Network; readonly database: Database };
  /** Asks both functions. */
  readonly caller: IRole;
}

/** Topics, the functions that ask both databases and move write authority, and the task that copies the schema. */
export class ControlPlane extends NestedStack {
  public readonly functions: LambdaFunction[];
  public readonly errorAlerts: ITopic;

  constructor(scope: Construct, id: string, private readonly props: ControlPlaneProps) {
    super(scope, id, { description: 'payments: what carries the migration' });
    this.errorAlerts = this.addTopics().Errors;
    this.functions = this.addFunctions();
    this.addSchemaCopy();
  }

  private addTopics(): Record<string, Topic> {
    const { key } = this.props;
    new Queue(this, 'Undelivered', { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true, retentionPeriod: Duration.days(14) });
    return Object.fromEntries(['Status', 'Errors', 'Validation', 'Dms'].map((id) => {
      const topic = new Topic(this, id, { displayName: `Payments: ${id}`, masterKey: key, enforceSSL: true });
      topic.addToResourcePolicy(new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')], actions: ['sns:Publish'], resources: [topic.topicArn],
      }));
      return [id, topic];
    }));
  }

  private addFunctions(): LambdaFunction[] {
    const { key, source, target, caller } = this.props;
    const failedEvents = failedEventsQueue(this);
    const roles: Role[] = [];
    const add = (id: string, assets: string[]) => {
      const role = lambdaRole(this, `${id}Role`);
      roles.push(role);
      const securityGroups = [this.addGroup(id)];
      const made = assets.map((asset) => bundledFunction(this, asset.replace('/', '-'), {
        asset, key, role, failedEvents, vpc: target.network.vpc, vpcSubnets: { subnets: target.network.subnets.Replication }, securityGroups,
      }));
      const policy = new ManagedPolicy(this, `${id}Policy`, { roles: [role] });
      policy.addStatements(
        new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: made.map(({ logGroup }) => logGroup.logGroupArn) }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failedEvents.queueArn] }),
      );
      policy.addStatements(...source.database.readLogin(), ...target.database.readLogin());
      new ManagedPolicy(this, `${id}NoInterfaces`, {
        roles: [role],
        statements: [new PolicyStatement({
          effect: Effect.DENY,
          actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': made.map(({ functionArn }) => functionArn) } },
        })],
      });
      return made;
    };
    const cutover = add('Cutover', ['cutover/authority.lambda', 'cutover/fence.lambda']);
    for (const handler of cutover) handler.addPermission('Caller', { principal: caller });
    add('Preflight', ['preflight/preflight.lambda']);
    add('Validation', ['validation/validation.lambda']);
    new ManagedPolicy(this, 'Unnamed', {
      roles,
      statements: [
        new PolicyStatement({ actions: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], resources: ['*'] }),
        new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
      ],
    });
    return cutover;
  }

  /** Of who asks both databases. The source's group lets the target's subnets in already, for the replication. */
  private addGroup(id: string): SecurityGroup {
    const { source, target } = this.props;
    const group = new SecurityGroup(this, `${id}Group`, { vpc: target.network.vpc, description: id, allowAllOutbound: false });
    group.addEgressRule(Peer.ipv4(target.network.cidr), Port.tcp(443), 'AWS endpoints');
    group.addEgressRule(Peer.ipv4(source.network.cidr), Port.tcp(5432), 'Source');
    group.connections.allowTo(target.database.group, Port.tcp(5432), 'Target');
    return group;
  }

  /** The task that copies the schema. */
  private addSchemaCopy(): void {
    const { key, source, target } = this.props;
    const logs = (id: string) => new LogGroup(this, id, { encryptionKey: key, retention: RetentionDays.ONE_YEAR });
    const cluster = new Cluster(this, 'SchemaCopyCluster', { vpc: target.network.vpc, containerInsightsV2: ContainerInsights.ENABLED });
    cluster.node.addDependency(logs('SchemaCopyInsights'));
    this.addGroup('SchemaCopy');
    const [executionRole, taskRole] = ['Execution', 'Task'].map((id) => (
      new Role(this, `SchemaCopy${id}Role`, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })));
    const logGroup = logs('SchemaCopyLogs');
    const policy = new ManagedPolicy(this, 'SchemaCopyExecutionPolicy', { roles: [executionRole] });
    policy.addStatements(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
      ...source.database.readLogin(), ...target.database.readLogin(),
    );
    const task = new FargateTaskDefinition(this, 'SchemaCopyTask', {
      cpu: 1024, memoryLimitMiB: 2048, executionRole: executionRole.withoutPolicyUpdates(), taskRole, volumes: [{ name: 'work' }],
    });
    const secrets = (name: 'SOURCE' | 'TARGET', { login }: Database) => Object.fromEntries(['host', 'port', 'username', 'password'].map((field) => [
      `${name}_${field.toUpperCase()}`, EcsSecret.fromSecretsManager(login, field),
    ]));
    const container = task.addContainer('schema-copy', {
      image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/postgres:17'),
      command: ['bash', '-c', schemaCopyScript(), 'schema-copy'],
      user: '999',
      readonlyRootFilesystem: true,
      secrets: { ...secrets('SOURCE', source.database), ...secrets('TARGET', target.database) },
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'schema-copy' }),
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'work', readOnly: false });
  }
}

/** The same script as the library's: reading it costs the same. */
function schemaCopyScript(): string {
  const folder = join(process.env.BENCH_REPOSITORY ?? join(__dirname, '../..'), 'lib/schema/script');
  return readdirSync(folder).sort().map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}
