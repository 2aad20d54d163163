import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion, CaCertificate, ClusterInstance, Credentials, DatabaseCluster, DatabaseClusterEngine, DatabaseInsightsMode,
  DatabaseSecret, ParameterGroup, type CfnDBCluster,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Network } from './network';

const PARAMETERS = {
  'rds.logical_replication': '1',
  'rds.force_ssl': '1',
  'max_replication_slots': '20',
  'max_wal_senders': '25',
  'max_worker_processes': '40',
  'max_logical_replication_workers': '20',
};

/** The Aurora cluster of one side, with a login for DMS. */
export class Database extends Construct {
  public readonly cluster: DatabaseCluster;
  public readonly group: SecurityGroup;
  public readonly login: ISecret;

  constructor(scope: Construct, id: string, side: string, network: Network, private readonly key: IKey, monitoringRole: IRole) {
    super(scope, id);
    const { vpc } = network;
    const clusterIdentifier = `payments-${side}`;
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/rds/cluster/${clusterIdentifier}/postgresql`, encryptionKey: key, retention: RetentionDays.ONE_YEAR,
    });
    this.group = new SecurityGroup(this, 'Group', { vpc, description: `Database of the ${side}`, allowAllOutbound: false });
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.of('17.9', '17') });
    const instance = {
      instanceType: InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE),
      autoMinorVersionUpgrade: true,
      publiclyAccessible: false,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: key,
    };
    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      clusterIdentifier,
      credentials: Credentials.fromPassword('postgres', SecretValue.unsafePlainText('made by RDS')),
      defaultDatabaseName: 'payments',
      vpc,
      vpcSubnets: { subnets: network.subnets.Database },
      securityGroups: [this.group],
      parameterGroup: new ParameterGroup(this, 'Parameters', { engine, parameters: PARAMETERS }),
      port: 5432,
      backup: { retention: Duration.days(7) },
      storageEncryptionKey: key,
      iamAuthentication: true,
      cloudwatchLogsExports: ['postgresql'],
      monitoringInterval: Duration.seconds(60),
      monitoringRole,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: key,
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      writer: ClusterInstance.provisioned('Writer', instance),
      readers: [ClusterInstance.provisioned('Reader', instance)],
    });
    const resource = this.cluster.node.defaultChild as CfnDBCluster;
    resource.masterUserPassword = undefined;
    resource.manageMasterUserPassword = true;
    resource.masterUserSecret = { kmsKeyId: key.keyArn };
    this.cluster.node.addDependency(logs);
    const login = new DatabaseSecret(this, 'Login', { username: 'dms', dbname: 'payments', encryptionKey: key, excludeCharacters: ';.:+/@"\\ ' });
    this.login = login.attach(this.cluster);
  }

  /** What reads the login of DMS. */
  public readLogin(): PolicyStatement[] {
    return [
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], resources: [this.login.secretArn] }),
      new PolicyStatement({ actions: ['kms:Decrypt'], resources: [this.key.keyArn] }),
    ];
  }
}
