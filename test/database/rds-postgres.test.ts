import { Duration, Lazy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DatabaseInstance, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Protection } from '../../src/core';
import { MigrationDatabase, type RdsPostgresOptions } from '../../src/database';
import { bindIn, onlyResourceOf, resourcesOf, writtenOut } from '../support/database-templates';
import { stackIn } from '../support/synthesis';

const INSTANCE = 'AWS::RDS::DBInstance';
const SECRET = 'AWS::SecretsManager::Secret';
const ATTACHMENT = 'AWS::SecretsManager::SecretTargetAttachment';

describe('an RDS instance under production', () => {
  const stack = stackIn();
  const config = bindIn(stack, MigrationDatabase.rdsPostgres());
  const template = Template.fromStack(stack);
  const instance = onlyResourceOf(template, INSTANCE);
  const key = { 'Fn::GetAtt': [onlyResourceOf(template, 'AWS::KMS::Key').logicalId, 'Arn'] };
  const logs = resourcesOf(template, 'AWS::Logs::LogGroup');

  test('@default RdsPostgresOptions.version: the newest 17 that this release knows', () => {
    const minors = Object.getOwnPropertyNames(PostgresEngineVersion).map((name) => Number(/^VER_17_(\d+)$/.exec(name)?.[1] ?? 0));
    expect(instance.Properties).toMatchObject({ Engine: 'postgres', EngineVersion: `17.${Math.max(...minors)}` });
    expect(config.majorVersion).toBe('17');
  });

  test('@default RdsPostgresOptions.storage: 100 GiB of gp3', () => {
    expect(instance.Properties).toMatchObject({ AllocatedStorage: '100', StorageType: 'gp3' });
  });

  test('@default RdsPostgresOptions.maxStorage: ten times as much', () => {
    expect(instance.Properties.MaxAllocatedStorage).toBe(1000);
  });

  test('@default ProvisionedDatabaseOptions.instanceType: r6g.large', () => {
    expect(instance.Properties.DBInstanceClass).toBe('db.r6g.large');
  });

  test('@default ProvisionedDatabaseOptions.databaseName: payments', () => {
    expect(instance.Properties.DBName).toBe('payments');
    expect(config.databaseName).toBe('payments');
  });

  test('@default ProvisionedDatabaseOptions.port: 5432', () => {
    expect(instance.Properties.Port).toBe('5432');
  });

  test('@default ProvisionedDatabaseOptions.backupRetention: 7 days', () => {
    expect(instance.Properties.BackupRetentionPeriod).toBe(7);
  });

  test('@default ProvisionedDatabaseOptions.preferredMaintenanceWindow: AWS picks one', () => {
    expect(instance.Properties).not.toHaveProperty('PreferredMaintenanceWindow');
  });

  test('@default ProvisionedDatabaseOptions.parameters: those that the migration needs', () => {
    template.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Family: 'postgres17',
      Parameters: Match.objectEquals({
        'rds.logical_replication': '1',
        'rds.force_ssl': '1',
        'max_replication_slots': Match.anyValue(),
        'max_wal_senders': Match.anyValue(),
        'max_logical_replication_workers': Match.anyValue(),
        'max_worker_processes': Match.anyValue(),
        'wal_sender_timeout': Match.anyValue(),
      }),
    });
    expect(instance.Properties.DBParameterGroupName).toEqual({ Ref: onlyResourceOf(template, 'AWS::RDS::DBParameterGroup').logicalId });
  });

  test('has a standby in another zone', () => {
    expect(instance.Properties.MultiAZ).toBe(true);
  });

  test('encrypts everything with one customer managed key, which rotates', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(instance.Properties).toMatchObject({ StorageEncrypted: true, KmsKeyId: key, PerformanceInsightsKMSKeyId: key });
    template.allResourcesProperties(SECRET, { KmsKeyId: key });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
  });

  test('stands in the database subnets, is not public, and reaches nobody', () => {
    template.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'] });
    expect(instance.Properties.PubliclyAccessible).toBe(false);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    // What the CDK writes for no way out: AWS takes an empty list for a way out to everywhere.
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] });
  });

  test('has logins by IAM, Insights, a certificate of the lasting authority and enhanced monitoring each minute', () => {
    const role = onlyResourceOf(template, 'AWS::IAM::Role', 'MonitoringRole');
    expect(instance.Properties).toMatchObject({
      EnableIAMDatabaseAuthentication: true,
      CopyTagsToSnapshot: true,
      DatabaseInsightsMode: 'standard',
      EnablePerformanceInsights: true,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      AutoMinorVersionUpgrade: true,
      MonitoringInterval: 60,
      MonitoringRoleArn: { 'Fn::GetAtt': [role.logicalId, 'Arn'] },
    });
  });

  test('exports its logs, that of upgrades too, to groups that are made before it', () => {
    const identifier = writtenOut(instance.Properties.DBInstanceIdentifier);
    expect(instance.Properties.EnableCloudwatchLogsExports).toEqual(['postgresql', 'upgrade']);
    expect(logs.map(({ Properties }) => writtenOut(Properties.LogGroupName)))
      .toEqual([`/aws/rds/instance/${identifier}/postgresql`, `/aws/rds/instance/${identifier}/upgrade`]);
    expect(instance.DependsOn).toEqual(expect.arrayContaining(logs.map(({ logicalId }) => logicalId)));
  });

  test('@default ProvisionedDatabaseOptions.logRetention: a year', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('is protected from deletion, and leaves a snapshot and its backups', () => {
    expect(instance).toMatchObject({ DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Snapshot' });
    expect(instance.Properties).toMatchObject({ DeletionProtection: true, DeleteAutomatedBackups: false });
  });

  test('leaves its key, its logins and its logs', () => {
    for (const type of ['AWS::KMS::Key', SECRET, 'AWS::Logs::LogGroup']) template.allResources(type, { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default ProvisionedDatabaseOptions.adminSecret: a secret for the login postgres that RDS makes and keeps, encrypted with the key', () => {
    const { logicalId: keyId } = onlyResourceOf(template, 'AWS::KMS::Key');
    expect(instance.Properties).toMatchObject({
      MasterUsername: 'postgres',
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } },
    });
    expect(instance.Properties).not.toHaveProperty('MasterUserPassword');
    expect(stack.resolve(config.adminSecret?.secretArn)).toEqual({ 'Fn::GetAtt': [instance.logicalId, 'MasterUserSecret.SecretArn'] });
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
      TargetId: { Ref: instance.logicalId },
      TargetType: 'AWS::RDS::DBInstance',
    });
    expect(stack.resolve(config.migrationSecret.secretArn)).toEqual({ Ref: attachment.logicalId });
  });

  test('@default ProvisionedDatabaseOptions.rotationInterval: passwords do not change', () => {
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
  });

  test('describes itself', () => {
    expect(config.instance).toBeInstanceOf(DatabaseInstance);
    expect(config.connections).toBe(config.instance?.connections);
    expect(stack.resolve(config.endpoint.hostname)).toEqual({ 'Fn::GetAtt': [instance.logicalId, 'Endpoint.Address'] });
  });
});

describe('an RDS instance under ephemeral', () => {
  const stack = stackIn();
  bindIn(stack, MigrationDatabase.rdsPostgres(), { protection: Protection.ephemeral() });
  const template = Template.fromStack(stack);

  test('stands in one zone', () => {
    template.hasResourceProperties(INSTANCE, { MultiAZ: false });
  });

  test('goes with its stack', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/"(Retain|RetainExceptOnCreate|Snapshot)"/);
    template.hasResourceProperties(INSTANCE, { DeletionProtection: false, DeleteAutomatedBackups: true });
  });
});

describe('an RDS instance with every option', () => {
  const stack = stackIn();
  const config = bindIn(stack, MigrationDatabase.rdsPostgres({
    version: PostgresEngineVersion.VER_16_6,
    instanceType: new InstanceType('m7g.xlarge'),
    storage: Size.gibibytes(500),
    maxStorage: Size.tebibytes(2),
    databaseName: 'ledger',
    port: 6432,
    adminSecret: new Secret(stack, 'OwnAdmin'),
    rotationInterval: Duration.days(30),
    backupRetention: Duration.days(35),
    logRetention: RetentionDays.TEN_YEARS,
    preferredMaintenanceWindow: 'Sun:03:00-Sun:04:00',
    parameters: { max_replication_slots: '40', log_min_duration_statement: '500' },
  }));
  const template = Template.fromStack(stack);
  const instance = onlyResourceOf(template, INSTANCE);

  test('takes them', () => {
    expect(instance.Properties).toMatchObject({
      EngineVersion: '16.6',
      DBInstanceClass: 'db.m7g.xlarge',
      AllocatedStorage: '500',
      MaxAllocatedStorage: 2048,
      DBName: 'ledger',
      Port: '6432',
      BackupRetentionPeriod: 35,
      PreferredMaintenanceWindow: 'Sun:03:00-Sun:04:00',
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 3653 });
    expect(config).toMatchObject({ majorVersion: '16', databaseName: 'ledger' });
  });

  test('merges parameters with those that the migration needs', () => {
    template.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: { 'rds.logical_replication': '1', 'max_replication_slots': '40', 'log_min_duration_statement': '500' },
    });
  });

  test('takes the admin login from a secret that exists, and tells it host and port', () => {
    const { logicalId } = onlyResourceOf(template, SECRET, 'OwnAdmin');
    expect(writtenOut(instance.Properties.MasterUsername)).toBe(`{{resolve:secretsmanager:<${logicalId}>:SecretString:username::}}`);
    expect(resourcesOf(template, SECRET, 'DatabaseAdminSecret')).toEqual([]);
    expect(onlyResourceOf(template, ATTACHMENT, 'OwnAdmin').Properties).toMatchObject({ SecretId: { Ref: logicalId }, TargetId: { Ref: instance.logicalId } });
  });

  test.each(['Admin', 'Migration'])('changes the password of the %s login at the interval, not at once, with the same characters left out', (login) => {
    const { Properties } = onlyResourceOf(template, 'AWS::SecretsManager::RotationSchedule', `${login}Rotation`);
    const migration = onlyResourceOf(template, SECRET, 'MigrationSecret').Properties.GenerateSecretString as { ExcludeCharacters: string };
    expect(Properties).toMatchObject({
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: false,
      HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser', ExcludeCharacters: migration.ExcludeCharacters },
    });
  });

  test.each(['Admin', 'Migration'])('lets the rotation of the %s login reach the port', (login) => {
    const rotation = onlyResourceOf(template, 'AWS::EC2::SecurityGroup', `${login}Rotation`);
    const port = { 'Fn::GetAtt': [instance.logicalId, 'Endpoint.Port'] };
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseSecurityGroup'), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [rotation.logicalId, 'GroupId'] },
      FromPort: port,
      ToPort: port,
    });
  });
});

describe('storage', () => {
  function sizes(options: RdsPostgresOptions): unknown {
    const stack = stackIn();
    const { instance } = bindIn(stack, MigrationDatabase.rdsPostgres(options));
    const { allocatedStorage, maxAllocatedStorage } = instance!.node.defaultChild as unknown as Record<string, unknown>;
    return stack.resolve({ allocatedStorage, maxAllocatedStorage });
  }

  test.each([[20, 200], [1000, 10_000], [10_000, 65_536]])('of %d GiB grows to %d', (storage, maxStorage) => {
    expect(sizes({ storage: Size.gibibytes(storage) })).toEqual({ allocatedStorage: String(storage), maxAllocatedStorage: maxStorage });
  });

  test('that is a token does not grow by itself, and is not judged', () => {
    expect(sizes({ storage: Size.gibibytes(Lazy.number({ produce: () => 7 })) })).toEqual({ allocatedStorage: 7 });
    expect(sizes({ maxStorage: Size.gibibytes(Lazy.number({ produce: () => 7 })) })).toEqual({ allocatedStorage: '100', maxAllocatedStorage: 7 });
  });

  test.each<[string, RdsPostgresOptions, string]>([
    ['too little', { storage: Size.gibibytes(19) }, 'storage: got 19, allowed: a whole number from 20 to 65536 GiB'],
    ['too much', { storage: Size.tebibytes(65) }, 'storage: got 66560, allowed: a whole number from 20 to 65536 GiB'],
    ['a maximum below it', { maxStorage: Size.gibibytes(99) }, 'maxStorage: got 99, allowed: a whole number from '],
    ['a maximum above what RDS has', { maxStorage: Size.tebibytes(65) }, 'maxStorage: got 66560, allowed: a whole number from '],
  ])('refuses %s', (_, options, message) => {
    expect(() => sizes(options)).toThrow(message);
  });
});

test.each<[string, RdsPostgresOptions, string]>([
  ['a major without DMS', { version: PostgresEngineVersion.of('12.19', '12') }, "version: got '12', allowed: a PostgreSQL major that DMS 3.6.1 reads: "],
  ['a class that RDS has not', { instanceType: new InstanceType('c7g.large') }, "instanceType: got 'c7g.large', allowed: the families that RDS for PostgreSQL runs on: "],
])('refuses %s', (_, options, message) => {
  expect(() => bindIn(stackIn(), MigrationDatabase.rdsPostgres(options))).toThrow(message);
});
