import { Aspects, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { bindIn, discoveryIn, externalSide, networkIn } from './support/endpoints';
import { EncryptionAspect, encryptionKey, Protection } from '../../src/core';
import { TrafficEndpoint, WriterDiscovery, WriterDiscoveryParameter, type WriterDiscoveryBindOptions } from '../../src/service';
import { idsOf, onlyIdOf, propertiesOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { annotationsOf, importedSecret, importedVpc, IRELAND, stackIn } from '../support/synthesis';

const LOGIN = { PGUSER: 'username', PGPASSWORD: 'password' };

describe('both hosts', () => {
  const stack = stackIn();
  const discovery = discoveryIn(stack);

  test('are told in the variables of libpq', () => {
    expect(discovery.environment).toEqual({
      PGHOST: 'old.example.com,new.example.com',
      PGPORT: '5432',
      PGDATABASE: 'payments',
      PGTARGETSESSIONATTRS: 'read-write',
      PGSSLMODE: 'verify-full',
      PGCONNECT_TIMEOUT: '3',
    });
    expect(discovery.secretEnvironment).toEqual(LOGIN);
  });

  test('make nothing', () => {
    expect(stack.node.findChild('Discovery').node.children).toEqual([]);
  });

  test('@default WriterDiscoveryConfig.record: none', () => {
    expect(discovery.record).toBeUndefined();
  });

  test('may listen on two ports', () => {
    const other = stackIn();
    const { environment } = discoveryIn(other, undefined, { target: externalSide(other, 'Target', 'new.example.com', 6432) });
    expect(environment.PGPORT).toBe('5432,6432');
  });

  test('have one database name', () => {
    const other = stackIn();
    expect(() => discoveryIn(other, undefined, { target: externalSide(other, 'Target', 'new.example.com', 5432, 'ledger') }))
      .toThrow('databaseName: got \'payments and ledger\', allowed: one name on both sides');
  });

  test('@default WriterDiscoveryBindOptions.source: none, and then the target alone is told', () => {
    const other = stackIn();
    const { environment, sides } = WriterDiscovery.multiHost().bind(other, {
      target: externalSide(other, 'Target', 'new.example.com'), applicationSecret: importedSecret(other), identifier: 'suffix',
    });
    expect(environment.PGHOST).toBe('new.example.com');
    expect(Object.keys(sides)).toEqual(['target']);
  });

  test('@default MultiHostOptions.rootCertificatePath: not told', () => {
    expect(discovery.environment).not.toHaveProperty('PGSSLROOTCERT');
    const told = discoveryIn(stackIn(), WriterDiscovery.multiHost({ rootCertificatePath: '/etc/ssl/rds.pem' }));
    expect(told.environment.PGSSLROOTCERT).toBe('/etc/ssl/rds.pem');
    expect(() => discoveryIn(stackIn(), WriterDiscovery.multiHost({ rootCertificatePath: 'rds.pem' }))).toThrow('rootCertificatePath: got \'rds.pem\', allowed: an absolute path');
  });

  test('@default DiscoverySide.network: none, for a database outside of every VPC', () => {
    expect(discovery.sides.source.network).toBeUndefined();
  });
});

test('nothing is told, and both databases are reached all the same', () => {
  const { environment, secretEnvironment, sides } = discoveryIn(stackIn(), WriterDiscovery.none());
  expect([environment, secretEnvironment]).toEqual([{}, {}]);
  expect(Object.keys(sides)).toEqual(['source', 'target']);
});

test('users may write their own', () => {
  class OwnDiscovery extends WriterDiscovery {
    public bind(_: Construct, { source, target, applicationSecret }: WriterDiscoveryBindOptions) {
      const url = `jdbc:postgresql://${source!.database.endpoint.hostname},${target.database.endpoint.hostname}/payments`;
      return { environment: { JDBC_URL: url }, secretEnvironment: { DB_PASSWORD: 'password' }, applicationSecret, sides: { target } };
    }
  }
  const stack = stackIn();
  bindIn(stack, TrafficEndpoint.fargate(), { discovery: discoveryIn(stack, new OwnDiscovery()) });
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition'))).toContain('jdbc:postgresql://old.example.com,new.example.com/payments');
});

/** One side in a VPC, the other elsewhere. */
function recordIn(stack: Stack, options: Partial<WriterDiscoveryBindOptions> = {}, discovery = WriterDiscovery.privateDnsRecord()) {
  const source = { ...externalSide(stack, 'Source', 'old.example.com'), network: networkIn(stack, 'SourceNetwork') };
  return discoveryIn(stack, discovery, {
    source,
    applicationSecret: importedSecret(stack, 'Login'),
    encryptionKey: 'encryptionKey' in options ? undefined : encryptionKey(stack, 'Key', 'all', Protection.production()),
    ...options,
  });
}

describe('a private record', () => {
  const stack = stackIn(IRELAND);
  const discovery = recordIn(stack);
  Aspects.of(stack).add(new EncryptionAspect());
  const template = Template.fromStack(stack);

  test('is told, with the checks that a name other than the server\'s allows', () => {
    expect(discovery.environment).toMatchObject({
      PGHOST: 'writer.suffix.payment-migration.internal', PGPORT: '5432', PGSSLMODE: 'verify-ca', PGTARGETSESSIONATTRS: 'read-write',
    });
    expect(discovery.secretEnvironment).toEqual(LOGIN);
  });

  test('is known to whoever moves it', () => {
    expect(discovery.record).toMatchObject({ recordName: 'writer.suffix.payment-migration.internal', ttlSeconds: 5 });
    expect(stack.resolve(discovery.record!.hostedZone.hostedZoneId)).toEqual({ Ref: onlyIdOf(template, 'AWS::Route53::HostedZone') });
  });

  test('@default PrivateDnsRecordOptions.zoneName: of the identifier', () => {
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::Route53::HostedZone')).Name).toBe('suffix.payment-migration.internal.');
    const other = stackIn();
    recordIn(other, {}, WriterDiscovery.privateDnsRecord({ zoneName: 'ledger.internal' }));
    expect(propertiesOf(Template.fromStack(other), onlyIdOf(Template.fromStack(other), 'AWS::Route53::HostedZone')).Name).toBe('ledger.internal.');
  });

  test('is no record of CloudFormation\'s, which would set it back', () => {
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    template.hasResourceProperties('Custom::PaymentMigrationWriterRecord', {
      RecordName: 'writer.suffix.payment-migration.internal', InitialHost: 'old.example.com', Ttl: '5',
    });
  });

  test('is made by a function that may touch no other', () => {
    const { PolicyDocument } = propertiesOf(template, onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'RecordHandlerPolicy'));
    const { Statement } = PolicyDocument as { Statement: { Action: unknown; Condition?: Record<string, Record<string, unknown>> }[] };
    expect(Statement.find(({ Action }) => Action === 'route53:ChangeResourceRecordSets')!.Condition!['ForAllValues:StringEquals']).toEqual({
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['writer.suffix.payment-migration.internal'],
      'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME'],
      'route53:ChangeResourceRecordSetsActions': ['CREATE', 'DELETE'],
    });
  });

  test('@default WriterDiscoveryBindOptions.protection: production, under which zone and record stay', () => {
    const kept = (type: string) => Object.values(template.findResources(type)).map(({ DeletionPolicy }) => DeletionPolicy as string);
    expect([...kept('AWS::Route53::HostedZone'), ...kept('Custom::PaymentMigrationWriterRecord')]).toEqual(['RetainExceptOnCreate', 'RetainExceptOnCreate']);
    const other = stackIn();
    recordIn(other, { protection: Protection.ephemeral() });
    expect(JSON.stringify(Template.fromStack(other).findResources('AWS::Route53::HostedZone'))).not.toContain('Retain');
  });

  test('@default WriterDiscoveryBindOptions.encryptionKey: a new one', () => {
    const other = stackIn();
    recordIn(other, { encryptionKey: undefined });
    expect(idsOf(Template.fromStack(other), 'AWS::KMS::Key')).toHaveLength(1);
  });

  test('leaves nothing to scanners, and nothing unencrypted', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('a private record is refused', () => {
  test('where a host is an address', () => {
    const stack = stackIn();
    expect(() => recordIn(stack, { target: externalSide(stack, 'Target', '192.0.2.10') })).toThrow('target.database: got \'192.0.2.10\', allowed: a host name');
  });

  test('where the sides have two ports', () => {
    const stack = stackIn();
    expect(() => recordIn(stack, { target: externalSide(stack, 'Target', 'new.example.com', 6432) })).toThrow('port: got \'5432 and 6432\', allowed: one port on both sides');
  });

  test('where no side has a network', () => {
    const stack = stackIn();
    expect(() => recordIn(stack, { source: externalSide(stack, 'Outside', 'old.example.com') })).toThrow('network: got undefined, allowed: the network of at least one side');
  });

  test('where its zone is no domain name', () => {
    expect(() => recordIn(stackIn(), {}, WriterDiscovery.privateDnsRecord({ zoneName: 'internal zone' }))).toThrow('zoneName: got \'internal zone\'');
  });
});

test('one VPC of both sides is named once', () => {
  const stack = stackIn(IRELAND);
  const network = networkIn(stack, 'Shared', importedVpc(stack));
  recordIn(stack, { source: { ...externalSide(stack, 'One', 'old.example.com'), network }, target: { ...externalSide(stack, 'Other', 'new.example.com'), network } });
  const template = Template.fromStack(stack);
  expect(propertiesOf(template, onlyIdOf(template, 'AWS::Route53::HostedZone')).VPCs).toEqual([{ VPCId: 'vpc-0123456789abcdef0', VPCRegion: 'eu-west-1' }]);
});

describe('a parameter for services elsewhere', () => {
  const stack = stackIn(IRELAND);
  const applicationSecret = new Secret(stack, 'Login', { encryptionKey: new Key(stack, 'LoginKey') });
  const discovery = discoveryIn(stack, undefined, { applicationSecret });
  new WriterDiscoveryParameter(stack, 'Parameter', { discovery, parameterName: '/migration/suffix/database/writer-discovery' });
  const template = Template.fromStack(stack);

  test('says what a service\'s environment says, and names the secret', () => {
    const { Name, Value } = propertiesOf(template, onlyIdOf(template, 'AWS::SSM::Parameter'));
    expect(Name).toBe('/migration/suffix/database/writer-discovery');
    const parts = (Value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
    const text = parts.map((part) => (typeof part === 'string' ? part : 'SECRET')).join('');
    expect(JSON.parse(text)).toEqual({
      version: 1,
      hosts: [{ host: 'old.example.com', port: 5432 }, { host: 'new.example.com', port: 5432 }],
      environment: discovery.environment,
      secretArn: 'SECRET',
      secretEnvironment: LOGIN,
    });
    expect(parts.filter((part) => typeof part !== 'string')).toEqual([{ Ref: onlyIdOf(template, 'AWS::SecretsManager::Secret') }]);
  });

  test('has a path', () => {
    expect(() => new WriterDiscoveryParameter(stack, 'Other', { discovery, parameterName: 'no path' })).toThrow('parameterName: got \'no path\', allowed: a path such as');
  });
});
