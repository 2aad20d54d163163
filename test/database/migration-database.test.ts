import { Aws, CfnParameter, Duration, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnDBCluster, CfnDBInstance, Endpoint } from 'aws-cdk-lib/aws-rds';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  MigrationDatabase,
  type MigrationDatabaseBindOptions,
  type MigrationDatabaseConfig,
  type ProvisionedDatabaseOptions,
} from '../../src/database';
import { MigrationNetwork } from '../../src/network';
import { bindIn, onlyResourceOf, resourcesOf, writtenOut } from '../support/database-templates';
import { importedSecret, importedVpc, stackIn } from '../support/synthesis';

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments-admin-AbCdEf';

describe.each([
  ['auroraPostgres', MigrationDatabase.auroraPostgres, 'AWS::RDS::DBCluster', 'DBClusterIdentifier'],
  ['rdsPostgres', MigrationDatabase.rdsPostgres, 'AWS::RDS::DBInstance', 'DBInstanceIdentifier'],
] as const)('%s', (_name, create, type, identifierProperty) => {
  const make = (options: ProvisionedDatabaseOptions = {}): MigrationDatabase => create(options);

  function identifierOf(stack: Stack, scope: Construct, identifier?: string): string {
    make().bind(scope, { network: MigrationNetwork.fromVpc(stack, 'Network', importedVpc(stack)), identifier });
    return writtenOut(onlyResourceOf(Template.fromStack(stack), type).Properties[identifierProperty]);
  }

  describe('bound with nothing but a network', () => {
    const stack = stackIn();
    const config = bindIn(stack, make());
    const template = Template.fromStack(stack);

    test('@default MigrationDatabaseBindOptions.encryptionKey: a new customer managed key that CloudWatch Logs may use', () => {
      const { KeyPolicy } = onlyResourceOf(template, 'AWS::KMS::Key').Properties as { KeyPolicy: { Statement: { Principal: { Service?: unknown } }[] } };
      const services = KeyPolicy.Statement.flatMap(({ Principal }) => (Principal.Service ? [writtenOut(Principal.Service)] : []));
      expect(services).toEqual(['logs.<AWS::Region>.amazonaws.com']);
    });

    test('@default MigrationDatabaseBindOptions.protection: production', () => {
      const database = onlyResourceOf(template, type);
      expect(database.DeletionPolicy).toBe('Snapshot');
      expect(database.Properties.DeletionProtection).toBe(true);
    });

    test('@default MigrationDatabaseBindOptions.identifier: made from the path', () => {
      expect(writtenOut(onlyResourceOf(template, type).Properties[identifierProperty])).toMatch(/^payments-database-[0-9a-f]{8}-51af3dc0$/);
    });

    test('@default MigrationDatabaseConfig.cluster and @default MigrationDatabaseConfig.instance: undefined where it is the other', () => {
      const [present, absent] = type === 'AWS::RDS::DBCluster' ? [config.cluster, config.instance] : [config.instance, config.cluster];
      expect(present).toBeDefined();
      expect(absent).toBeUndefined();
    });
  });

  describe('bound with a key and an identifier', () => {
    const stack = stackIn();
    const encryptionKey = new Key(stack, 'OwnKey');
    bindIn(stack, make(), { encryptionKey, identifier: 'blue-source' });
    const template = Template.fromStack(stack);

    test('uses that key and makes none', () => {
      template.resourceCountIs('AWS::KMS::Key', 1);
      const keys = ['AWS::Logs::LogGroup', 'AWS::SecretsManager::Secret', type].flatMap((each) => resourcesOf(template, each)).map(({ Properties }) => Properties.KmsKeyId);
      expect(keys).toEqual(Array(keys.length).fill(stack.resolve(encryptionKey.keyArn)));
    });

    test('has that identifier, with the part of the stack that tells two of them apart', () => {
      const identifier = onlyResourceOf(template, type).Properties[identifierProperty];
      expect(writtenOut(identifier)).toBe('blue-source-51af3dc0');
      expect(writtenOut(identifier, '0c1d2e3f-da77-11e4-872e-1234567b36f7')).toBe('blue-source-0c1d2e3f');
    });
  });

  test('has an identifier that RDS takes, however long its path is', () => {
    const stack = stackIn();
    const identifier = identifierOf(stack, new Construct(new Construct(stack, 'A_b.C'.repeat(20)), 'Deeper'.repeat(20)));
    expect(identifier).toMatch(/^[a-z](-?[a-z0-9])*$/);
    expect(identifier.length).toBeLessThanOrEqual(63);
  });

  test('two in one stack have two identifiers', () => {
    const stack = stackIn();
    const network = MigrationNetwork.fromVpc(stack, 'Network', importedVpc(stack));
    for (const id of ['Blue', 'Green']) make().bind(new Construct(stack, id), { network });
    const identifiers = resourcesOf(Template.fromStack(stack), type, type === 'AWS::RDS::DBCluster' ? '' : 'Instance').map(({ Properties }) => writtenOut(Properties[identifierProperty]));
    expect(new Set(identifiers).size).toBe(2);
  });

  test.each<[string, (stack: Stack) => ISecret, string]>([
    ['imported', (stack) => Secret.fromSecretCompleteArn(stack, 'Admin', SECRET_ARN), SECRET_ARN],
    ['given as a token', (stack) => Secret.fromSecretCompleteArn(stack, 'Admin', new CfnParameter(stack, 'AdminArn').valueAsString), '<AdminArn>'],
  ])('takes an admin secret that is %s, and tells it host and port', (_case, adminSecret, arn) => {
    const stack = stackIn();
    const config = bindIn(stack, make({ adminSecret: adminSecret(stack) }));
    const template = Template.fromStack(stack);
    expect(writtenOut(onlyResourceOf(template, type).Properties.MasterUsername)).toBe(`{{resolve:secretsmanager:${arn}:SecretString:username::}}`);
    const attached = resourcesOf(template, 'AWS::SecretsManager::SecretTargetAttachment').filter(({ Properties }) => writtenOut(Properties.SecretId) === arn);
    expect(attached.map(({ Properties }) => Properties.TargetType)).toEqual([type]);
    expect(stack.resolve(config.adminSecret?.secretArn)).toEqual({ Ref: attached[0].logicalId });
  });

  test.each<[string, (stack: Stack) => ISecret]>([
    ['by name', (stack) => Secret.fromSecretNameV2(stack, 'Managed', 'rds!cluster-0123')],
    ['by ARN', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:rds!db-0123-AbCdEf')],
    ['by the attribute of a cluster', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', new CfnDBCluster(stack, 'Other').attrMasterUserSecretSecretArn)],
    ['by the attribute of an instance', (stack) => Secret.fromSecretCompleteArn(stack, 'Managed', new CfnDBInstance(stack, 'Other').attrMasterUserSecretSecretArn)],
  ])('refuses an admin secret that RDS manages, known %s', (_case, adminSecret) => {
    const stack = stackIn();
    expect(() => bindIn(stack, make({ adminSecret: adminSecret(stack) }))).toThrow(
      "adminSecret: got 'a secret that RDS manages', allowed: a secret of your own, since DMS cannot read one that RDS manages",
    );
  });

  test.each<[string, ProvisionedDatabaseOptions, string]>([
    ['a name with a hyphen', { databaseName: 'my-payments' }, "databaseName: got 'my-payments', allowed: a letter, then at most 62 letters, digits and underscores"],
    ['no name', { databaseName: '' }, "databaseName: got '', allowed: a letter, then at most 62 letters, digits and underscores"],
    ['a name that is too long', { databaseName: 'p'.repeat(64) }, `databaseName: got '${'p'.repeat(64)}', allowed: `],
    ['a low port', { port: 1149 }, 'port: got 1149, allowed: a whole number from 1150 to 65535'],
    ['a high port', { port: 65536 }, 'port: got 65536, allowed: a whole number from 1150 to 65535'],
    ['backups of less than a week', { backupRetention: Duration.days(6) }, 'backupRetention: got 6, allowed: a whole number from 7 to 35 days'],
    ['backups of more than RDS keeps', { backupRetention: Duration.days(36) }, 'backupRetention: got 36, allowed: a whole number from 7 to 35 days'],
    ['no logical replication', { parameters: { 'rds.logical_replication': '0' } }, "parameters.rds.logical_replication: got '0', allowed: '1'"],
    ['connections without TLS', { parameters: { 'rds.force_ssl': '0' } }, "parameters.rds.force_ssl: got '0', allowed: '1'"],
  ])('refuses %s', (_case, options, message) => {
    expect(() => bindIn(stackIn(), make(options))).toThrow(message);
  });

  test('leaves tokens to the deployment', () => {
    const stack = stackIn();
    bindIn(stack, make({
      databaseName: Fn.importValue('Name'),
      port: Token.asNumber(Fn.importValue('Port')),
      backupRetention: Duration.days(Lazy.number({ produce: () => 1 })),
    }));
    expect(onlyResourceOf(Template.fromStack(stack), type).Properties).toMatchObject({
      [type === 'AWS::RDS::DBCluster' ? 'DatabaseName' : 'DBName']: { 'Fn::ImportValue': 'Name' },
      BackupRetentionPeriod: 1,
    });
  });

  test('@default MigrationDatabaseBindOptions.network: none, and a database that is made cannot do without', () => {
    expect(() => make().bind(stackIn(), {})).toThrow('network: got undefined, allowed: the network that the database stands in');
  });
});

test('@default MigrationDatabaseBindOptions.network: none, and a database that exists can do without', () => {
  const stack = stackIn();
  const database = MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret: importedSecret(stack) });
  const scope = new Construct(stack, 'Database');
  expect(database.bind(scope, {}).endpoint.hostname).toBe('db.example.com');
  expect(scope.node.children).toEqual([]);
});

describe('a database that a user writes', () => {
  /** What stands on EC2, behind a name of its own. */
  class SelfManaged extends MigrationDatabase {
    public seen?: MigrationDatabaseBindOptions;

    public bind(scope: Construct, options: MigrationDatabaseBindOptions): MigrationDatabaseConfig {
      this.seen = options;
      return {
        endpoint: new Endpoint(`postgres.${Aws.REGION}.internal`, 5433),
        databaseName: 'payments',
        migrationSecret: new Secret(scope, 'Login', { encryptionKey: options.encryptionKey }),
      };
    }
  }

  /** What the library makes, with an alteration. */
  class Larger extends MigrationDatabase {
    public bind(scope: Construct, options: MigrationDatabaseBindOptions): MigrationDatabaseConfig {
      const config = MigrationDatabase.rdsPostgres().bind(scope, options);
      (config.instance!.node.defaultChild as CfnDBInstance).allocatedStorage = '500';
      return config;
    }
  }

  test('is told everything, and says what the migration needs to know', () => {
    const stack = stackIn();
    const database: MigrationDatabase = new SelfManaged();
    const config = bindIn(stack, database, { identifier: 'blue-source' });
    expect((database as SelfManaged).seen).toMatchObject({ identifier: 'blue-source', network: stack.node.findChild('Network') });
    expect(stack.resolve(config.endpoint.socketAddress)).toEqual({ 'Fn::Join': ['', ['postgres.', { Ref: 'AWS::Region' }, '.internal:5433']] });
    expect(resourcesOf(Template.fromStack(stack), 'AWS::SecretsManager::Secret').map(({ logicalId }) => logicalId)).toEqual([expect.stringMatching(/^DatabaseLogin/)]);
  });

  test('may build on one of the library', () => {
    const stack = stackIn();
    expect(bindIn(stack, new Larger()).majorVersion).toBe('17');
    expect(onlyResourceOf(Template.fromStack(stack), 'AWS::RDS::DBInstance').Properties).toMatchObject({ AllocatedStorage: '500', StorageEncrypted: true });
  });
});
