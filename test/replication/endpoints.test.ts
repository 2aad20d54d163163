import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { replicationIn } from './support/templates';
import { rdsAuthoritiesSource } from '../../projenrc/rds-authorities';
import { RDS_AUTHORITIES } from '../../src/core/rds-authorities';
import { MigrationDatabase, type MigrationDatabaseConfig } from '../../src/database';
import { LogicalDecodingPlugin, type DatabaseReplicationProps, type ReplicationEndpointOptions } from '../../src/replication';
import { externalSide } from '../support/cutover-templates';
import { onlyResourceOf, resourcesOf } from '../support/database-templates';
import { annotationsOf, importedSecret, IRELAND, stackIn } from '../support/synthesis';

type Properties = Readonly<Record<string, unknown>>;
interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const ENDPOINTS = ['blue-source', 'blue-source-cdc', 'blue-source-in', 'blue-target', 'blue-target-cdc'];

function templateOf(props: Partial<DatabaseReplicationProps> | ((stack: Stack) => Partial<DatabaseReplicationProps>) = {}, env = IRELAND): Template {
  const stack = stackIn(env);
  replicationIn(stack, typeof props === 'function' ? props(stack) : props);
  return Template.fromStack(stack);
}

function endpointsOf(template: Template): Record<string, Properties> {
  return Object.fromEntries(resourcesOf(template, 'AWS::DMS::Endpoint').map(({ Properties: found }) => [found.ResourceIdentifier as string, found]));
}

function reading(options: ReplicationEndpointOptions = {}): Properties {
  return endpointsOf(templateOf({ sourceEndpoint: options }))['blue-source'];
}
const settingsOf = (endpoint: Properties) => endpoint.PostgreSqlSettings as Properties;

function instanceIn(stack: Stack, id: string): MigrationDatabaseConfig {
  const instance = DatabaseInstance.fromDatabaseInstanceAttributes(stack, id, {
    instanceIdentifier: id, instanceEndpointAddress: `${id}.example.com`, port: 5432, securityGroups: [],
  });
  const database = MigrationDatabase.fromInstance(instance, { databaseName: 'payments', secret: importedSecret(stack, `${id}Secret`) });
  return database.bind(new Construct(stack, `${id}Database`), {});
}

describe('by default', () => {
  const template = templateOf();
  const endpoints = endpointsOf(template);

  test('there are five: what is read from a slot of ours has one to itself', () => {
    expect(Object.keys(endpoints).sort()).toEqual(ENDPOINTS);
    expect(Object.entries(endpoints).map(([name, { EndpointType }]) => `${name} ${EndpointType as string}`).sort()).toEqual([
      'blue-source source', 'blue-source-cdc source', 'blue-source-in target', 'blue-target target', 'blue-target-cdc source',
    ]);
  });

  test('none has a login in it but a secret, and each is encrypted with the key', () => {
    for (const endpoint of Object.values(endpoints)) {
      expect(Object.keys(endpoint).filter((key) => ['Password', 'Username', 'ServerName', 'Port'].includes(key))).toEqual([]);
      expect(settingsOf(endpoint)).toMatchObject({ SecretsManagerSecretId: expect.anything(), SecretsManagerAccessRoleArn: expect.anything() });
      expect(endpoint.KmsKeyId).toEqual({ 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] });
    }
  });

  test('all verify the server by RDS\'s authorities of the Region, in one certificate', () => {
    const certificate = onlyResourceOf(template, 'AWS::DMS::Certificate');
    expect(certificate.Properties.CertificatePem).toBe(RDS_AUTHORITIES['eu-west-1']);
    for (const endpoint of Object.values(endpoints)) expect(endpoint).toMatchObject({ SslMode: 'verify-full', CertificateArn: { Ref: certificate.logicalId } });
  });

  test('booleans stay booleans on every end', () => {
    expect(Object.values(endpoints).map((endpoint) => settingsOf(endpoint).MapBooleanAsBoolean)).toEqual(Array(5).fill(true));
  });

  test('what is read says no slot: the run time does', () => {
    for (const name of ['blue-source', 'blue-source-cdc', 'blue-target-cdc']) {
      expect(settingsOf(endpoints[name])).toMatchObject({ CaptureDdls: false, FailTasksOnLobTruncation: true, HeartbeatEnable: true });
      expect(settingsOf(endpoints[name])).not.toHaveProperty('SlotName');
    }
  });

  test('what is written to skips triggers and foreign keys', () => {
    for (const name of ['blue-source-in', 'blue-target']) expect(settingsOf(endpoints[name]).AfterConnectScript).toBe("SET session_replication_role='replica'");
  });

  test('DMS reads the logins by the Region\'s own principal, for this account, and nothing else', () => {
    const { AssumeRolePolicyDocument } = onlyResourceOf(template, 'AWS::IAM::Role', 'EndpointsAccess').Properties;
    expect(AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { Service: 'dms.eu-west-1.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } } }],
    });
    const { PolicyDocument } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', 'EndpointsAccess').Properties;
    const { Statement: statements } = PolicyDocument as { readonly Statement: Statement[] };
    expect(statements.map(({ Resource }) => /secret:(.*?)"/.exec(JSON.stringify(Resource))?.[1])).toEqual(['payments/source-login-??????', 'payments/target-login-??????']);
  });
});

test('in an agnostic environment the template knows every Region\'s authorities, and the principal is the Region\'s', () => {
  const template = templateOf({}, {});
  expect(onlyResourceOf(template, 'AWS::DMS::Certificate').Properties.CertificatePem).toEqual({ 'Fn::FindInMap': [expect.any(String), { Ref: 'AWS::Region' }, 'Pem'] });
  expect(Object.keys(Object.values(template.toJSON().Mappings as Record<string, object>)[0])).toEqual(Object.keys(RDS_AUTHORITIES));
  expect(JSON.stringify(onlyResourceOf(template, 'AWS::IAM::Role', 'EndpointsAccess').Properties)).toContain('["dms.",{"Ref":"AWS::Region"},".amazonaws.com"]');
});

test('the authorities are those of the package that they are made from', () => {
  expect(readFileSync(join(__dirname, '../../src/core/rds-authorities.ts'), 'utf8')).toBe(rdsAuthoritiesSource());
});

test('an Aurora cluster is one to DMS too', () => {
  const template = templateOf((stack) => {
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier: 'c', clusterEndpointAddress: 'c.example.com', port: 5432 });
    return { source: MigrationDatabase.fromCluster(cluster, { databaseName: 'payments', secret: importedSecret(stack) }).bind(new Construct(stack, 'Database'), {}) };
  });
  const engines = Object.entries(endpointsOf(template)).map(([name, { EngineName }]) => `${name} ${EngineName as string}`).sort();
  expect(engines).toEqual(['blue-source aurora-postgresql', 'blue-source-cdc aurora-postgresql', 'blue-source-in aurora-postgresql', 'blue-target postgres', 'blue-target-cdc postgres']);
});

test('a login under a key of its own: the key may be used for that, through Secrets Manager alone', () => {
  const template = templateOf((stack) => ({
    source: { ...instanceIn(stack, 'own'), migrationSecret: new Secret(stack, 'Login', { encryptionKey: new Key(stack, 'LoginKey') }) },
  }));
  const { PolicyDocument } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', 'EndpointsAccess').Properties;
  expect((PolicyDocument as { readonly Statement: Statement[] }).Statement).toContainEqual(expect.objectContaining({
    Action: ['kms:Decrypt', 'kms:DescribeKey'],
    Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
  }));
  expect(JSON.stringify(onlyResourceOf(template, 'AWS::KMS::Key', 'LoginKey'))).not.toContain('EndpointsAccessRole');
});

describe('options', () => {
  const byDefault = reading();

  test('@default ReplicationEndpointOptions.certificateAuthority: RDS\'s, or none elsewhere', () => {
    const stack = stackIn(IRELAND);
    replicationIn(stack, { source: externalSide(stack, 'db.example.com').database });
    const source = endpointsOf(Template.fromStack(stack))['blue-source'];
    expect([source.SslMode, source.CertificateArn]).toEqual(['require', undefined]);
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('does not verify who answers: give sourceEndpoint.certificateAuthority')]);
  });

  test('a server elsewhere is verified by its own authority', () => {
    const template = templateOf((stack) => ({ source: externalSide(stack, 'db.example.com').database, sourceEndpoint: { certificateAuthority: PEM } }));
    expect(resourcesOf(template, 'AWS::DMS::Certificate').map(({ Properties: { CertificatePem } }) => CertificatePem)).toEqual([PEM, RDS_AUTHORITIES['eu-west-1']]);
    expect(endpointsOf(template)['blue-source'].SslMode).toBe('verify-full');
  });

  test('@default ReplicationEndpointOptions.decodingPlugin: test_decoding, and its slots are the task\'s to say', () => {
    expect(settingsOf(byDefault).PluginName).toBe('test_decoding');
    const stack = stackIn(IRELAND);
    const { tasks } = replicationIn(stack, { sourceEndpoint: { decodingPlugin: LogicalDecodingPlugin.PGLOGICAL } });
    expect(tasks.map(({ slotPlugin }) => slotPlugin)).toEqual(['pglogical_output', 'pglogical_output', 'test_decoding']);
    expect(settingsOf(endpointsOf(Template.fromStack(stack))['blue-source-cdc']).PluginName).toBe('pglogical');
  });

  test('@default ReplicationEndpointOptions.executeTimeout: 5 minutes', () => {
    expect([byDefault, reading({ executeTimeout: Duration.hours(1) })].map((endpoint) => settingsOf(endpoint).ExecuteTimeout)).toEqual([300, 3600]);
  });

  test('@default ReplicationEndpointOptions.heartbeatInterval: 1 minute', () => {
    const slower = reading({ heartbeatInterval: Duration.minutes(5) });
    expect([byDefault, slower].map((endpoint) => settingsOf(endpoint).HeartbeatFrequency)).toEqual([1, 5]);
  });

  test('@default ReplicationEndpointOptions.heartbeatSchema: the migration\'s own', () => {
    expect([byDefault, reading({ heartbeatSchema: 'dms' })].map((endpoint) => settingsOf(endpoint).HeartbeatSchema)).toEqual(['payment_migration', 'dms']);
  });

  test('@default ReplicationEndpointOptions.extraConnectionAttributes: none', () => {
    expect(byDefault).not.toHaveProperty('ExtraConnectionAttributes');
    expect(reading({ extraConnectionAttributes: { mapJsonbAsClob: 'true', trimSpaceInChar: 'false' } }).ExtraConnectionAttributes).toBe('mapJsonbAsClob=true;trimSpaceInChar=false');
  });

  test.each<[string, ReplicationEndpointOptions, string]>([
    ['no certificate', { certificateAuthority: 'rds-ca' }, "sourceEndpoint.certificateAuthority: got 'rds-ca', allowed: certificates as PEM"],
    ['a part of a second', { executeTimeout: Duration.millis(1500) }, 'sourceEndpoint.executeTimeout: got 1.5, allowed: a whole number from 1 to 86400 seconds'],
    ['a time that is not known', { executeTimeout: Duration.seconds(Lazy.number({ produce: () => 1 })) }, "executeTimeout: got 'a token'"],
    ['a slow heart', { heartbeatInterval: Duration.hours(2) }, 'heartbeatInterval: got 120, allowed: a whole number from 1 to 60 minutes'],
    ['a schema', { heartbeatSchema: 'a"b' }, "heartbeatSchema: got 'a\"b'"],
    ['an attribute that is settled', { extraConnectionAttributes: { SlotName: 'x' } }, "extraConnectionAttributes: got 'SlotName', allowed: attributes other than"],
    ['a password', { extraConnectionAttributes: { password: 'x' } }, "got 'password'"],
    ['two attributes in one', { extraConnectionAttributes: { a: 'b;password=c' } }, "extraConnectionAttributes.a: got 'b;password=c', allowed: a value without a semicolon"],
    ['a name with more in it', { extraConnectionAttributes: { 'a=b;c': 'd' } }, "got 'a=b;c', allowed: names of letters and digits"],
  ])('%s', (_, options, message) => {
    expect(() => reading(options)).toThrow(message);
  });

  test('a Region whose authorities are not known', () => {
    expect(() => templateOf({}, { ...IRELAND, region: 'xx-new-1' }))
      .toThrow("sourceEndpoint.certificateAuthority: got undefined, allowed: the PEM of RDS's authorities in xx-new-1");
  });
});
