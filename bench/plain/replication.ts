import { Aws, Stack } from 'aws-cdk-lib';
import { CfnCertificate, CfnEndpoint, CfnReplicationInstance, CfnReplicationSubnetGroup, CfnReplicationTask } from 'aws-cdk-lib/aws-dms';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Database } from './database';
import type { CustomResources } from './functions';
import type { Network } from './network';
import { RDS_AUTHORITY, tableMappings, TASK_SETTINGS } from './replication-settings';

interface ReplicationProps {
  readonly key: IKey;
  readonly customResources: CustomResources;
  readonly source: { readonly network: Network; readonly database: Database };
  readonly target: { readonly network: Network; readonly database: Database };
}

/** DMS from the source to the target and back. */
export class Replication extends Construct {
  private readonly instance: CfnReplicationInstance;
  private readonly role: Role;
  private readonly certificate: CfnCertificate;

  constructor(scope: Construct, id: string, private readonly props: ReplicationProps) {
    super(scope, id);
    const { key, customResources, source, target } = props;
    const roles = customResources.resource(this, 'ServiceRoles', 'DmsServiceRoles', { Roles: ['dms-vpc-role', 'dms-cloudwatch-logs-role'] });
    roles.node.addDependency(this.allowHandler());
    const group = new SecurityGroup(this, 'Group', { vpc: target.network.vpc, description: 'DMS', allowAllOutbound: false });
    group.addEgressRule(Peer.ipv4(target.network.cidr), Port.tcp(443), 'AWS endpoints');
    group.addEgressRule(Peer.ipv4(source.network.cidr), Port.tcp(5432), 'Source');
    group.connections.allowTo(target.database.group, Port.tcp(5432), 'Target');
    for (const zone of [0, 1, 2]) source.database.group.addIngressRule(Peer.ipv4(target.network.block(3, zone)), Port.tcp(5432), 'DMS');
    const subnets = new CfnReplicationSubnetGroup(this, 'Subnets', {
      replicationSubnetGroupDescription: 'DMS', subnetIds: target.network.subnets.Replication.map(({ subnetId }) => subnetId),
    });
    subnets.node.addDependency(roles);
    this.instance = new CfnReplicationInstance(this, 'Instance', {
      replicationInstanceClass: 'dms.r6i.large',
      replicationInstanceIdentifier: 'payments',
      resourceIdentifier: 'payments-dms',
      engineVersion: '3.6.1',
      allocatedStorage: 100,
      multiAz: true,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: false,
      kmsKeyId: key.keyArn,
      replicationSubnetGroupIdentifier: subnets.ref,
      vpcSecurityGroupIds: [group.securityGroupId],
    });
    const logs = new LogGroup(this, 'Logs', { logGroupName: 'dms-tasks-payments', encryptionKey: key, retention: RetentionDays.ONE_YEAR });
    this.instance.node.addDependency(logs);
    this.role = this.accessRole();
    this.certificate = new CfnCertificate(this, 'Authority', { certificateIdentifier: 'payments-rds', certificatePem: RDS_AUTHORITY });
    this.addTasks();
  }

  private allowHandler(): ManagedPolicy {
    return this.props.customResources.allow('Replication', [
      new PolicyStatement({ actions: ['dms:DescribeReplicationTasks', 'dms:DescribeConnections'], resources: ['*'] }),
      new PolicyStatement({
        actions: ['dms:StopReplicationTask', 'dms:StartReplicationTask', 'dms:TestConnection'],
        resources: ['task', 'endpoint', 'rep'].map((kind) => `arn:${Aws.PARTITION}:dms:${Aws.REGION}:${Aws.ACCOUNT_ID}:${kind}:payments*`),
      }),
      new PolicyStatement({
        actions: ['iam:GetRole', 'iam:CreateRole', 'iam:AttachRolePolicy'],
        resources: ['dms-vpc-role', 'dms-cloudwatch-logs-role'].map((name) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${name}`),
      }),
    ]);
  }

  private accessRole(): Role {
    const { source, target } = this.props;
    const { region, account } = Stack.of(this);
    const role = new Role(this, 'AccessRole', {
      assumedBy: new ServicePrincipal(`dms.${region}.amazonaws.com`, { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
    });
    new ManagedPolicy(this, 'AccessPolicy', { roles: [role], statements: [source, target].flatMap(({ database }) => database.readLogin()) });
    return role;
  }

  private endpoint(id: string, side: 'source' | 'target', endpointType: 'source' | 'target'): CfnEndpoint {
    const { database } = this.props[side];
    const endpoint = new CfnEndpoint(this, id, {
      endpointType,
      endpointIdentifier: `payments-${id.toLowerCase()}`,
      resourceIdentifier: `payments-${id.toLowerCase()}`,
      engineName: 'aurora-postgresql',
      databaseName: 'payments',
      kmsKeyId: this.props.key.keyArn,
      sslMode: 'verify-full',
      certificateArn: this.certificate.ref,
      postgreSqlSettings: {
        secretsManagerAccessRoleArn: this.role.roleArn,
        secretsManagerSecretId: database.login.secretArn,
        captureDdls: false,
        heartbeatEnable: true,
        heartbeatFrequency: 1,
        mapBooleanAsBoolean: true,
        pluginName: 'test_decoding',
        executeTimeout: 300,
        failTasksOnLobTruncation: true,
      },
    });
    endpoint.node.addDependency(database.login);
    return endpoint;
  }

  private addTasks(): void {
    const into = { target: this.endpoint('IntoTarget', 'target', 'target'), source: this.endpoint('IntoSource', 'source', 'target') };
    const tasks = [
      { id: 'Load', migrationType: 'full-load-and-cdc', from: this.endpoint('LoadFrom', 'source', 'source'), to: into.target },
      { id: 'ToTarget', migrationType: 'cdc', from: this.endpoint('ChangesFromSource', 'source', 'source'), to: into.target },
      { id: 'ToSource', migrationType: 'cdc', from: this.endpoint('ChangesFromTarget', 'target', 'source'), to: into.source },
    ];
    const { customResources } = this.props;
    const tested = customResources.resource(this, 'EndpointsTested', 'DmsEndpointsTested', {
      InstanceArn: this.instance.ref, EndpointArns: [...new Set(tasks.flatMap(({ from, to }) => [from.ref, to.ref]))],
    });
    for (const { id, migrationType, from, to } of tasks) {
      const arn = Stack.of(this).formatArn({ service: 'dms', resource: 'task', resourceName: `payments-${id.toLowerCase()}` });
      const before = customResources.resource(this, `${id}Before`, 'DmsTaskBefore', { Arn: arn, MigrationType: migrationType });
      const task = new CfnReplicationTask(this, id, {
        migrationType,
        replicationTaskIdentifier: `payments-${id.toLowerCase()}`,
        resourceIdentifier: `payments-${id.toLowerCase()}`,
        replicationInstanceArn: this.instance.ref,
        sourceEndpointArn: from.ref,
        targetEndpointArn: to.ref,
        tableMappings: tableMappings(id),
        replicationTaskSettings: JSON.stringify(TASK_SETTINGS),
      });
      task.node.addDependency(before, tested);
      customResources.resource(this, `${id}After`, 'DmsTaskAfter', { Arn: arn, Settings: task.replicationTaskSettings }).node.addDependency(task);
    }
  }
}
