import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AuroraPostgresEngineVersion, DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Protection } from '../../src/core';
import { MigrationDatabase, type AuroraPostgresOptions } from '../../src/database';
import { bindIn, onlyResourceOf, resourcesOf, writtenOut } from '../support/database-templates';
import { stackIn } from '../support/synthesis';

const CLUSTER = 'AWS::RDS::DBCluster';
const INSTANCE = 'AWS::RDS::DBInstance';
const SECRET = 'AWS::SecretsManager::Secret';
const ATTACHMENT = 'AWS::SecretsManager::SecretTargetAttachment';

describe('an Aurora cluster under production', () => {
  const stack = stackIn();
  const config = bindIn(stack, MigrationDatabase.auroraPostgres());
  const template = Template.fromStack(stack);
  const cluster = onlyResourceOf(template, CLUSTER);
  const instances = resourcesOf(template, INSTANCE);
  const key = { 'Fn::GetAtt': [onlyResourceOf(template, 'AWS::KMS::Key').logicalId, 'Arn'] };
  const logs = onlyResourceOf(template, 'AWS::Logs::LogGroup');

  test('@default AuroraPostgresOptions.version: the newest 17 that this release knows', () => {
    const minors = Object.getOwnPropertyNames(AuroraPostgresEngineVersion).map((name) => Number(/^VER_17_(\d+)$/.exec(name)?.[1] ?? 0));
    expect(cluster.Properties).toMatchObject({ Engine: 'aurora-postgresql', EngineVersion: `17.${Math.max(...minors)}` });
    expect(config.majorVersion).toBe('17');
  });

  test('@default AuroraPostgresOptions.readers: 1 under production', () => {
    expect(instances.map(({ logicalId }) => /Writer|Reader\d/.exec(logicalId)?.[0])).toEqual(['Writer', 'Reader1']);
  });

  test('@default ProvisionedDatabaseOptions.instanceType: r6g.large', () => {
    expect(instances.map(({ Properties }) => Properties.DBInstanceClass)).toEqual(['db.r6g.large', 'db.r6g.large']);
  });

  test('@default ProvisionedDatabaseOptions.databaseName: payments', () => {
    expect(cluster.Properties.DatabaseName).toBe('payments');
    expect(config.databaseName).toBe('payments');
  });

  test('@default ProvisionedDatabaseOptions.port: 5432', () => {
    expect(cluster.Properties.Port).toBe(5432);
  });

  test('@default ProvisionedDatabaseOptions.backupRetention: 7 days', () => {
    expect(cluster.Properties.BackupRetentionPeriod).toBe(7);
  });

  test('@default ProvisionedDatabaseOptions.preferredMaintenanceWindow: AWS picks one', () => {
    expect(cluster.Properties).not.toHaveProperty('PreferredMaintenanceWindow');
    template.allResourcesProperties(INSTANCE, { PreferredMaintenanceWindow: Match.absent() });
  });

  test('@default ProvisionedDatabaseOptions.parameters: those that the migration needs', () => {
    template.hasResource('AWS::RDS::DBClusterParameterGroup', {
      Properties: {
        Family: 'aurora-postgresql17',
        Parameters: Match.objectEquals({
          'rds.logical_replication': '1',
          'rds.force_ssl': '1',
          'max_replication_slots': Match.anyValue(),
          'max_wal_senders': Match.anyValue(),
          'max_logical_replication_workers': Match.anyValue(),
          'max_worker_processes': Match.anyValue(),
          'wal_sender_timeout': Match.anyValue(),
        }),
      },
    });
    expect(cluster.Properties.DBClusterParameterGroupName).toEqual({ Ref: onlyResourceOf(template, 'AWS::RDS::DBClusterParameterGroup').logicalId });
  });

  test('encrypts everything with one customer managed key, which rotates', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(cluster.Properties).toMatchObject({ StorageEncrypted: true, KmsKeyId: key, PerformanceInsightsKmsKeyId: key });
    template.allResourcesProperties(INSTANCE, { PerformanceInsightsKMSKeyId: key });
    template.allResourcesProperties(SECRET, { KmsKeyId: key });
    expect(logs.Properties.KmsKeyId).toEqual(key);
  });

  test('has logins by IAM, tags on snapshots and Insights', () => {
    expect(cluster.Properties).toMatchObject({
      EnableIAMDatabaseAuthentication: true,
      CopyTagsToSnapshot: true,
      DatabaseInsightsMode: 'standard',
      PerformanceInsightsEnabled: true,
    });
  });

  test('stands in the database subnets, is not public, and reaches nobody', () => {
    template.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'] });
    template.allResourcesProperties(INSTANCE, { PubliclyAccessible: false });
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    // What the CDK writes for no way out: AWS takes an empty list for a way out to everywhere.
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] });
  });

  test('has Insights, a certificate of the lasting authority and enhanced monitoring each minute on every instance', () => {
    const role = onlyResourceOf(template, 'AWS::IAM::Role', 'MonitoringRole');
    template.allResourcesProperties(INSTANCE, {
      EnablePerformanceInsights: true,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      AutoMinorVersionUpgrade: true,
      MonitoringInterval: 60,
      MonitoringRoleArn: { 'Fn::GetAtt': [role.logicalId, 'Arn'] },
    });
    expect(writtenOut((role.Properties.ManagedPolicyArns as unknown[])[0]))
      .toBe('arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole');
  });

  test('exports its log to a group that is made before it', () => {
    const identifier = writtenOut(cluster.Properties.DBClusterIdentifier);
    expect(cluster.Properties.EnableCloudwatchLogsExports).toEqual(['postgresql']);
    expect(writtenOut(logs.Properties.LogGroupName)).toBe(`/aws/rds/cluster/${identifier}/postgresql`);
    expect(cluster.DependsOn).toContain(logs.logicalId);
  });

  test('@default ProvisionedDatabaseOptions.logRetention: a year', () => {
    expect(logs.Properties.RetentionInDays).toBe(365);
  });

  test('has an identifier that is readable, and another one in each stack', () => {
    const identifier = cluster.Properties.DBClusterIdentifier;
    expect(writtenOut(identifier)).toMatch(/^payments-database-[0-9a-f]{8}-51af3dc0$/);
    expect(writtenOut(identifier, '0c1d2e3f-da77-11e4-872e-1234567b36f7')).toMatch(/-0c1d2e3f$/);
  });

  test('does not let a reader wait for the writer of the same class', () => {
    for (const instance of instances) expect(instance.DependsOn).toBeUndefined();
  });

  test('promotes readers after the writer', () => {
    expect(instances.map(({ Properties }) => Properties.PromotionTier)).toEqual([0, 2]);
  });

  test('is protected from deletion, and leaves a snapshot and its backups', () => {
    expect(cluster).toMatchObject({ DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Snapshot' });
    expect(cluster.Properties).toMatchObject({ DeletionProtection: true, DeleteAutomatedBackups: false });
    // An instance of Aurora holds no data.
    template.allResources(INSTANCE, { DeletionPolicy: 'Delete' });
  });

  test('leaves its key, its logins and its logs', () => {
    for (const type of ['AWS::KMS::Key', SECRET, 'AWS::Logs::LogGroup']) template.allResources(type, { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default ProvisionedDatabaseOptions.adminSecret: a secret for the login postgres that RDS makes and keeps, encrypted with the key', () => {
    const { logicalId: keyId } = onlyResourceOf(template, 'AWS::KMS::Key');
    expect(cluster.Properties).toMatchObject({
      MasterUsername: 'postgres',
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } },
    });
    expect(cluster.Properties).not.toHaveProperty('MasterUserPassword');
    expect(stack.resolve(config.adminSecret?.secretArn)).toEqual({ 'Fn::GetAtt': [cluster.logicalId, 'MasterUserSecret.SecretArn'] });
  });

  test('has a login of its own for the migration', () => {
    expect(onlyResourceOf(template, SECRET, 'MigrationSecret').Properties.GenerateSecretString)
      .toMatchObject({ SecretStringTemplate: '{"username":"payment_migration","dbname":"payments"}' });
  });

  test.each([...';.:+', ...'/@" \''])('generates passwords without %j, which DMS or RDS refuses', (character) => {
    for (const { Properties } of resourcesOf(template, SECRET)) {
      expect((Properties.GenerateSecretString as { ExcludeCharacters: string }).ExcludeCharacters).toContain(character);
    }
  });

  test('hands out a login for the migration that knows host and port', () => {
    const attachment = onlyResourceOf(template, ATTACHMENT);
    expect(attachment.Properties).toEqual({
      SecretId: { Ref: onlyResourceOf(template, SECRET).logicalId },
      TargetId: { Ref: cluster.logicalId },
      TargetType: 'AWS::RDS::DBCluster',
    });
    expect(stack.resolve(config.migrationSecret.secretArn)).toEqual({ Ref: attachment.logicalId });
  });

  test('@default ProvisionedDatabaseOptions.rotationInterval: passwords do not change', () => {
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
  });

  test('describes itself', () => {
    expect(config.cluster).toBeInstanceOf(DatabaseCluster);
    expect(config.connections).toBe(config.cluster?.connections);
    expect(stack.resolve(config.endpoint.hostname)).toEqual({ 'Fn::GetAtt': [cluster.logicalId, 'Endpoint.Address'] });
  });
});

describe('an Aurora cluster under ephemeral', () => {
  const stack = stackIn();
  bindIn(stack, MigrationDatabase.auroraPostgres(), { protection: Protection.ephemeral() });
  const template = Template.fromStack(stack);

  test('@default AuroraPostgresOptions.readers: 0 under ephemeral', () => {
    expect(onlyResourceOf(template, INSTANCE).logicalId).toContain('Writer');
  });

  test('goes with its stack', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/"(Retain|RetainExceptOnCreate|Snapshot)"/);
    template.hasResourceProperties(CLUSTER, { DeletionProtection: false, DeleteAutomatedBackups: true });
  });
});

describe('an Aurora cluster with every option', () => {
  const stack = stackIn();
  const adminSecret = new Secret(stack, 'OwnAdmin');
  const config = bindIn(stack, MigrationDatabase.auroraPostgres({
    version: AuroraPostgresEngineVersion.VER_16_6,
    instanceType: new InstanceType('r7g.xlarge'),
    readers: 2,
    readerInstanceType: new InstanceType('r7g.large'),
    databaseName: 'ledger',
    port: 6432,
    adminSecret,
    rotationInterval: Duration.days(30),
    backupRetention: Duration.days(35),
    logRetention: RetentionDays.TEN_YEARS,
    preferredMaintenanceWindow: 'Sun:03:00-Sun:04:00',
    parameters: { max_replication_slots: '40', log_min_duration_statement: '500' },
  }));
  const template = Template.fromStack(stack);
  const cluster = onlyResourceOf(template, CLUSTER);

  test('takes them', () => {
    expect(cluster.Properties).toMatchObject({
      EngineVersion: '16.6', DatabaseName: 'ledger', Port: 6432, BackupRetentionPeriod: 35, PreferredMaintenanceWindow: 'Sun:03:00-Sun:04:00',
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 3653 });
    expect(config).toMatchObject({ majorVersion: '16', databaseName: 'ledger' });
  });

  test('merges parameters with those that the migration needs', () => {
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: { 'rds.logical_replication': '1', 'max_replication_slots': '40', 'log_min_duration_statement': '500' },
    });
  });

  test('lets readers of another class wait: the first instance becomes the writer', () => {
    const writer = onlyResourceOf(template, INSTANCE, 'Writer');
    const readers = resourcesOf(template, INSTANCE, 'Reader');
    expect(writer.Properties.DBInstanceClass).toBe('db.r7g.xlarge');
    expect(readers.map(({ Properties }) => Properties.DBInstanceClass)).toEqual(['db.r7g.large', 'db.r7g.large']);
    for (const { DependsOn } of readers) expect(DependsOn).toContain(writer.logicalId);
  });

  test('takes the admin login from a secret that exists, and tells it host and port', () => {
    const { logicalId } = onlyResourceOf(template, SECRET, 'OwnAdmin');
    expect(writtenOut(cluster.Properties.MasterUsername)).toBe(`{{resolve:secretsmanager:<${logicalId}>:SecretString:username::}}`);
    expect(writtenOut(cluster.Properties.MasterUserPassword)).toBe(`{{resolve:secretsmanager:<${logicalId}>:SecretString:password::}}`);
    expect(resourcesOf(template, SECRET, 'DatabaseAdminSecret')).toEqual([]);
    expect(onlyResourceOf(template, ATTACHMENT, 'OwnAdmin').Properties).toMatchObject({ SecretId: { Ref: logicalId }, TargetId: { Ref: cluster.logicalId } });
  });

  test.each(['Admin', 'Migration'])('changes the password of the %s login at the interval, not at once, with the same characters left out', (login) => {
    const { Properties } = onlyResourceOf(template, 'AWS::SecretsManager::RotationSchedule', `${login}Rotation`);
    expect(Properties).toMatchObject({
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: false,
      HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser', VpcSubnetIds: 'subnet-0bbbbbbbbbbbbbbb1,subnet-0bbbbbbbbbbbbbbb2' },
    });
    const migration = onlyResourceOf(template, SECRET, 'MigrationSecret').Properties.GenerateSecretString as { ExcludeCharacters: string };
    expect((Properties.HostedRotationLambda as { ExcludeCharacters: string }).ExcludeCharacters).toBe(migration.ExcludeCharacters);
  });

  test.each(['Admin', 'Migration'])('lets the rotation of the %s login reach the port', (login) => {
    const rotation = onlyResourceOf(template, 'AWS::EC2::SecurityGroup', `${login}Rotation`);
    const port = { 'Fn::GetAtt': [cluster.logicalId, 'Endpoint.Port'] };
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseSecurityGroup'), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [rotation.logicalId, 'GroupId'] },
      FromPort: port,
      ToPort: port,
    });
  });
});

test('@default AuroraPostgresOptions.readerInstanceType: the writer\'s', () => {
  const stack = stackIn();
  bindIn(stack, MigrationDatabase.auroraPostgres({ instanceType: new InstanceType('r8g.xlarge'), readers: 3 }));
  const instances = resourcesOf(Template.fromStack(stack), INSTANCE);
  expect(instances.map(({ Properties }) => Properties.DBInstanceClass)).toEqual(Array(4).fill('db.r8g.xlarge'));
});

describe('refuses', () => {
  test.each<[string, AuroraPostgresOptions, string]>([
    ['16 readers', { readers: 16 }, 'readers: got 16, allowed: a whole number from 0 to 15'],
    ['half a reader', { readers: 0.5 }, 'readers: got 0.5, allowed: a whole number from 0 to 15'],
    ['a major without DMS', { version: AuroraPostgresEngineVersion.of('12.19', '12') }, "version: got '12', allowed: a PostgreSQL major that DMS 3.6.1 reads: "],
    ['a writer that Aurora has not', { instanceType: new InstanceType('m5.large') }, "instanceType: got 'm5.large', allowed: the families that Aurora PostgreSQL runs on: "],
    ['a reader that Aurora has not', { readerInstanceType: new InstanceType('m5.large') }, "readerInstanceType: got 'm5.large', allowed: "],
  ])('%s', (_, options, message) => {
    expect(() => bindIn(stackIn(), MigrationDatabase.auroraPostgres(options))).toThrow(message);
  });
});
