import { Aws, CfnParameter, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraMysqlEngineVersion,
  AuroraPostgresEngineVersion,
  CfnDBCluster,
  CfnDBInstance,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInstanceReadReplica,
  DatabaseSecret,
  MysqlEngineVersion,
  PostgresEngineVersion,
  type IClusterEngine,
  type IDatabaseCluster,
  type IDatabaseInstance,
  type IInstanceEngine,
} from 'aws-cdk-lib/aws-rds';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { MigrationDatabase, type ExistingDatabaseOptions, type ExternalDatabaseOptions, type MigrationDatabaseConfig } from '../../src/database';
import { importedSecret, importedVpc, stackIn } from '../support/synthesis';

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments-migration-AbCdEf';
const CLUSTER_HOST = 'payments.cluster-abc123def456.eu-west-1.rds.amazonaws.com';
const INSTANCE_HOST = 'payments.abc123def456.eu-west-1.rds.amazonaws.com';
const MANAGED_SECRET = "secret: got 'a secret that RDS manages', allowed: a secret of your own, since DMS cannot read one that RDS manages";

const POSTGRES_15 = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_15 });
const AURORA_16 = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_6 });

function bind(stack: Stack, database: MigrationDatabase): MigrationDatabaseConfig {
  return database.bind(new Construct(stack, 'Database'), {});
}

function options(stack: Stack, more: Partial<ExistingDatabaseOptions> = {}): ExistingDatabaseOptions {
  return { databaseName: 'payments', secret: importedSecret(stack), ...more };
}

function ownedCluster(stack: Stack, engine: IClusterEngine = AURORA_16): DatabaseCluster {
  return new DatabaseCluster(stack, 'Cluster', { engine, vpc: importedVpc(stack), writer: ClusterInstance.provisioned('Writer') });
}

function ownedInstance(stack: Stack, engine: IInstanceEngine = POSTGRES_15): DatabaseInstance {
  return new DatabaseInstance(stack, 'Instance', { engine, vpc: importedVpc(stack), instanceType: InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE) });
}

function importedCluster(stack: Stack, clusterEndpointAddress = CLUSTER_HOST, engine?: IClusterEngine, port = 5432): IDatabaseCluster {
  const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-0123456789abcdef0')];
  return DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier: 'payments', clusterEndpointAddress, port, engine, securityGroups });
}

function importedInstance(stack: Stack, instanceEndpointAddress = INSTANCE_HOST, engine?: IInstanceEngine, port = 5432): IDatabaseInstance {
  const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-0123456789abcdef0')];
  return DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Instance', { instanceIdentifier: 'payments', instanceEndpointAddress, port, engine, securityGroups });
}

function external(stack: Stack, more: Partial<ExternalDatabaseOptions> = {}): MigrationDatabaseConfig {
  return bind(stack, MigrationDatabase.external({ host: 'db.example.com', ...options(stack), ...more }));
}

describe('fromCluster', () => {
  test('describes an owned cluster by its references', () => {
    const stack = stackIn();
    const cluster = ownedCluster(stack);
    const secret = new DatabaseSecret(stack, 'Login', { username: 'dms' }).attach(cluster);
    const config = bind(stack, MigrationDatabase.fromCluster(cluster, options(stack, { secret })));
    const logicalId = stack.getLogicalId(cluster.node.defaultChild as CfnDBCluster);
    expect(stack.resolve(config.endpoint)).toMatchObject({ hostname: { 'Fn::GetAtt': [logicalId, 'Endpoint.Address'] }, port: { 'Fn::GetAtt': [logicalId, 'Endpoint.Port'] } });
    expect(config).toMatchObject({ cluster, connections: cluster.connections, databaseName: 'payments', migrationSecret: secret, majorVersion: '16' });
  });

  test('describes an imported cluster by what it was imported with', () => {
    const stack = stackIn();
    const cluster = importedCluster(stack, CLUSTER_HOST, AURORA_16, 6432);
    const config = bind(stack, MigrationDatabase.fromCluster(cluster, options(stack)));
    expect(config.endpoint.socketAddress).toBe(`${CLUSTER_HOST}:6432`);
    expect(config.connections?.securityGroups.map(({ securityGroupId }) => securityGroupId)).toEqual(['sg-0123456789abcdef0']);
    expect(config).toMatchObject({ cluster, majorVersion: '16' });
  });

  test('describes a cluster of tokens by them', () => {
    const stack = stackIn();
    const cluster = importedCluster(stack, Fn.importValue('Host'), undefined, Token.asNumber(Fn.importValue('Port')));
    const secret = Secret.fromSecretCompleteArn(stack, 'Login', new CfnParameter(stack, 'LoginArn').valueAsString);
    const config = bind(stack, MigrationDatabase.fromCluster(cluster, { databaseName: Fn.importValue('Name'), secret, majorVersion: Fn.importValue('Major') }));
    expect(stack.resolve([config.endpoint.hostname, config.endpoint.port, config.databaseName, config.majorVersion]))
      .toEqual(['Host', 'Port', 'Name', 'Major'].map((name) => ({ 'Fn::ImportValue': name })));
    expect(stack.resolve(config.migrationSecret.secretArn)).toEqual({ Ref: 'LoginArn' });
  });

  test('@default MigrationDatabaseConfig.instance: undefined for a cluster', () => {
    const stack = stackIn();
    expect(bind(stack, MigrationDatabase.fromCluster(importedCluster(stack), options(stack))).instance).toBeUndefined();
  });

  test.each<[string, (stack: Stack) => IDatabaseCluster, string]>([
    ['an owned cluster', (stack) => ownedCluster(stack, DatabaseClusterEngine.auroraMysql({ version: AuroraMysqlEngineVersion.VER_3_08_0 })), 'aurora-mysql'],
    ['an imported cluster', (stack) => importedCluster(stack, CLUSTER_HOST, DatabaseClusterEngine.AURORA_MYSQL), 'aurora-mysql'],
  ])('refuses %s of MySQL', (_case, cluster, engine) => {
    const stack = stackIn();
    expect(() => bind(stack, MigrationDatabase.fromCluster(cluster(stack), options(stack))))
      .toThrow(`cluster: got 'Payments/Cluster with the engine ${engine}', allowed: a PostgreSQL database`);
  });

  test('refuses a reader endpoint', () => {
    const stack = stackIn();
    const host = CLUSTER_HOST.replace('cluster-', 'cluster-ro-');
    expect(() => bind(stack, MigrationDatabase.fromCluster(importedCluster(stack, host), options(stack))))
      .toThrow(`cluster: got '${host}, a reader endpoint', allowed: the cluster endpoint, which is the writer`);
  });
});

describe('fromInstance', () => {
  test('describes an owned instance by its references', () => {
    const stack = stackIn();
    const instance = ownedInstance(stack);
    const config = bind(stack, MigrationDatabase.fromInstance(instance, options(stack)));
    const logicalId = stack.getLogicalId(instance.node.defaultChild as CfnDBInstance);
    expect(stack.resolve(config.endpoint.hostname)).toEqual({ 'Fn::GetAtt': [logicalId, 'Endpoint.Address'] });
    expect(config).toMatchObject({ instance, connections: instance.connections, majorVersion: '15' });
  });

  test('describes an imported instance by what it was imported with', () => {
    const stack = stackIn();
    const instance = importedInstance(stack, INSTANCE_HOST, POSTGRES_15, 6432);
    const config = bind(stack, MigrationDatabase.fromInstance(instance, options(stack)));
    expect(config.endpoint.socketAddress).toBe(`${INSTANCE_HOST}:6432`);
    expect(config).toMatchObject({ instance, connections: instance.connections, majorVersion: '15' });
  });

  test('describes an instance of tokens by them', () => {
    const stack = stackIn();
    const instance = importedInstance(stack, Fn.importValue('Host'), undefined, Token.asNumber(Fn.importValue('Port')));
    const config = bind(stack, MigrationDatabase.fromInstance(instance, options(stack)));
    expect(stack.resolve([config.endpoint.hostname, config.endpoint.port])).toEqual([{ 'Fn::ImportValue': 'Host' }, { 'Fn::ImportValue': 'Port' }]);
  });

  test('@default MigrationDatabaseConfig.cluster and @default MigrationDatabaseConfig.adminSecret: undefined for an instance that existed', () => {
    const stack = stackIn();
    const config = bind(stack, MigrationDatabase.fromInstance(importedInstance(stack), options(stack)));
    expect([config.cluster, config.adminSecret]).toEqual([undefined, undefined]);
  });

  test.each<[string, (stack: Stack) => IDatabaseInstance]>([
    ['an owned instance', (stack) => ownedInstance(stack, DatabaseInstanceEngine.mysql({ version: MysqlEngineVersion.VER_8_0 }))],
    ['an imported instance', (stack) => importedInstance(stack, INSTANCE_HOST, DatabaseInstanceEngine.MYSQL)],
  ])('refuses %s of MySQL', (_case, instance) => {
    const stack = stackIn();
    expect(() => bind(stack, MigrationDatabase.fromInstance(instance(stack), options(stack))))
      .toThrow("instance: got 'Payments/Instance with the engine mysql', allowed: a PostgreSQL database");
  });

  const replicaOf = (stack: Stack): IDatabaseInstance => new DatabaseInstanceReadReplica(stack, 'Replica', {
    sourceDatabaseInstance: ownedInstance(stack),
    instanceType: InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE),
    vpc: importedVpc(stack, 'ReplicaVpc'),
  });
  const made = (stack: Stack, property: 'sourceDbInstanceIdentifier' | 'sourceDbClusterIdentifier'): IDatabaseInstance => {
    const instance = ownedInstance(stack);
    (instance.node.defaultChild as CfnDBInstance)[property] = 'primary';
    return instance;
  };
  test.each<[string, (stack: Stack) => IDatabaseInstance, string]>([
    ['a read replica', replicaOf, 'Payments/Replica'],
    ['an instance whose L1 replicates an instance', (stack) => made(stack, 'sourceDbInstanceIdentifier'), 'Payments/Instance'],
    ['an instance whose L1 replicates a cluster', (stack) => made(stack, 'sourceDbClusterIdentifier'), 'Payments/Instance'],
  ])('refuses %s', (_case, instance, path) => {
    const stack = stackIn();
    expect(() => bind(stack, MigrationDatabase.fromInstance(instance(stack), options(stack))))
      .toThrow(`instance: got '${path}, a read replica', allowed: what it replicates: DMS reads changes from, and a cutover needs, a writer`);
  });
});

describe('external', () => {
  test('describes a server elsewhere', () => {
    const stack = stackIn();
    const secret = new Secret(stack, 'Login');
    const config = external(stack, { port: 6432, secret, majorVersion: '14' });
    expect(config.endpoint.socketAddress).toBe('db.example.com:6432');
    expect(config).toMatchObject({ databaseName: 'payments', migrationSecret: secret, majorVersion: '14' });
  });

  test('takes tokens as they are', () => {
    const stack = stackIn();
    const config = external(stack, { host: Fn.importValue('Host'), port: Token.asNumber(Fn.importValue('Port')) });
    expect(stack.resolve([config.endpoint.hostname, config.endpoint.port])).toEqual([{ 'Fn::ImportValue': 'Host' }, { 'Fn::ImportValue': 'Port' }]);
  });

  test('does not judge a host with a token in it', () => {
    const host = `payments.proxy-abc123def456.${Aws.REGION}.rds.amazonaws.com`;
    expect(external(stackIn(), { host }).endpoint.hostname).toBe(host);
  });

  test('@default ExternalDatabaseOptions.port: 5432', () => {
    expect(external(stackIn()).endpoint.port).toBe(5432);
  });

  test('@default MigrationDatabaseConfig.connections and @default MigrationDatabaseConfig.majorVersion: undefined outside AWS', () => {
    const config = external(stackIn());
    expect([config.connections, config.majorVersion, config.cluster, config.instance, config.adminSecret]).toEqual(Array(5).fill(undefined));
  });

  test.each(['db.example.com', 'db', '10.20.30.40', '2001:db8::5', 'xn--bcher-kva.example', 'my_db.internal'])('takes the host %s', (host) => {
    expect(external(stackIn(), { host }).endpoint.hostname).toBe(host);
  });

  test.each(['', ' db', 'db.example.com ', 'https://db.example.com', 'user@db', '-db', 'db,standby'])("refuses the host '%s'", (host) => {
    expect(() => external(stackIn(), { host })).toThrow(`host: got '${host}', allowed: a host name or an IP address`);
  });

  test.each([0, 65536, 54.3])('refuses the port %d', (port) => {
    expect(() => external(stackIn(), { port })).toThrow(`port: got ${port}, allowed: a whole number from 1 to 65535`);
  });

  test.each(['payments.proxy-abc123def456', 'readonly.endpoint.proxy-abc123def456'])('refuses the RDS Proxy %s', (name) => {
    const host = `${name}.eu-west-1.rds.amazonaws.com`;
    expect(() => external(stackIn(), { host })).toThrow(`host: got '${host}, an RDS Proxy', allowed: the database itself: a proxy carries no replication`);
  });
});

describe('what every existing database says', () => {
  test('@default ExistingDatabaseOptions.majorVersion: what the construct knows of its engine, else unknown', () => {
    const majorOf = (create: (stack: Stack) => MigrationDatabase) => {
      const stack = stackIn();
      return bind(stack, create(stack)).majorVersion;
    };
    expect(majorOf((stack) => MigrationDatabase.fromCluster(ownedCluster(stack), options(stack)))).toBe('16');
    expect(majorOf((stack) => MigrationDatabase.fromInstance(ownedInstance(stack), options(stack)))).toBe('15');
    const unversioned = DatabaseClusterEngine.AURORA_POSTGRESQL;
    expect(majorOf((stack) => MigrationDatabase.fromCluster(importedCluster(stack, CLUSTER_HOST, unversioned), options(stack)))).toBeUndefined();
    expect(majorOf((stack) => MigrationDatabase.fromInstance(importedInstance(stack), options(stack)))).toBeUndefined();
  });

  test.each(['18', '12', '9.6', 'seventeen'])("refuses the major '%s'", (majorVersion) => {
    expect(() => external(stackIn(), { majorVersion })).toThrow(`majorVersion: got '${majorVersion}', allowed: a PostgreSQL major that DMS 3.6.1 reads: `);
  });

  test('refuses a major that the construct knows to be too old', () => {
    const stack = stackIn();
    const instance = ownedInstance(stack, DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_12 }));
    expect(() => bind(stack, MigrationDatabase.fromInstance(instance, options(stack)))).toThrow("got '12', allowed: a PostgreSQL major that DMS 3.6.1 reads: ");
  });

  test.each(['', 'p'.repeat(64)])("refuses the database name '%s'", (databaseName) => {
    expect(() => external(stackIn(), { databaseName })).toThrow(`databaseName: got '${databaseName}', allowed: a name of 1 to 63 characters`);
  });

  test.each<[string, (stack: Stack) => ISecret]>([
    ['by name', (stack) => Secret.fromSecretNameV2(stack, 'Managed', 'rds!db-0123')],
    ['by ARN', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:rds!cluster-0123-AbCdEf')],
    ['by the attribute of an instance', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', new CfnDBInstance(stack, 'Other').attrMasterUserSecretSecretArn)],
    ['by the attribute of a cluster', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', new CfnDBCluster(stack, 'Other').attrMasterUserSecretSecretArn)],
  ])('refuses a secret that RDS manages, known %s', (_case, secret) => {
    const stack = stackIn();
    expect(() => external(stack, { secret: secret(stack) })).toThrow(MANAGED_SECRET);
  });

  test.each<[string, (stack: Stack) => ISecret]>([
    ['by name', (stack) => Secret.fromSecretNameV2(stack, 'Own', 'payments/rds!not-managed')],
    ['by ARN', (stack) => Secret.fromSecretCompleteArn(stack, 'Own', SECRET_ARN)],
    ['by a token', (stack) => Secret.fromSecretCompleteArn(stack, 'Own', Lazy.string({ produce: () => SECRET_ARN }))],
  ])('takes a secret of the user\'s own, known %s', (_case, secret) => {
    const stack = stackIn();
    const own = secret(stack);
    expect(external(stack, { secret: own }).migrationSecret).toBe(own);
  });
});
