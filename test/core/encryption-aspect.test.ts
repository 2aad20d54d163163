import { Annotations, App, Aspects, Aws, CfnResource, Fn, Lazy, Stack, Stage } from 'aws-cdk-lib';
import { CfnLaunchConfiguration } from 'aws-cdk-lib/aws-autoscaling';
import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { FileSystem } from 'aws-cdk-lib/aws-efs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnDBCluster as CfnNeptuneCluster } from 'aws-cdk-lib/aws-neptune';
import * as rds from 'aws-cdk-lib/aws-rds';
import { CfnCluster as CfnRedshiftCluster } from 'aws-cdk-lib/aws-redshift';
import { Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { EncryptionAspect, EncryptionSeverity } from '../../src/core/encryption-aspect';

type Build = (stack: Stack) => unknown;
type Raw = Record<string, unknown>;

/** What the aspect says about a stack, without the resources' paths. */
function judge(build: Build): string[] {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  build(stack);
  Aspects.of(stack).add(new EncryptionAspect({ severity: EncryptionSeverity.WARNING }));
  return app.synth().getStackByName('Stack').messages
    .flatMap(({ entry }) => /^(.*) \[ack: cdk-payment-migration:core\.unencrypted\]$/.exec(String(entry.data))?.[1] ?? []);
}

const raw = (type: string, properties: Raw): Build => (stack) => new CfnResource(stack, 'Resource', { type, properties });
const IMPORTED = Fn.importValue('Value');
const ifElse = (yes: unknown, no: unknown) => Fn.conditionIf('Condition', yes, no);
const vpc = (stack: Stack) => new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, restrictDefaultSecurityGroup: false });

/** Types that are encrypted by one switch, and where it may be absent because another property decides. */
const SWITCHES: [type: string, property: string, sources: string[]][] = [
  ['AWS::EFS::FileSystem', 'Encrypted', []],
  ['AWS::EC2::Volume', 'Encrypted', ['SourceVolumeId']],
  ['AWS::RDS::DBInstance', 'StorageEncrypted', [
    'DBClusterIdentifier', 'DBSnapshotIdentifier', 'DBClusterSnapshotIdentifier', 'SourceDBInstanceIdentifier',
    'SourceDbiResourceId', 'SourceDBInstanceAutomatedBackupsArn', 'SourceDBClusterIdentifier',
  ]],
  ['AWS::RDS::DBCluster', 'StorageEncrypted', ['SnapshotIdentifier', 'SourceDBClusterIdentifier', 'SourceDbClusterResourceId', 'ReplicationSourceIdentifier']],
  ['AWS::RDS::GlobalCluster', 'StorageEncrypted', ['SourceDBClusterIdentifier']],
  ['AWS::DocDB::DBCluster', 'StorageEncrypted', ['SnapshotIdentifier', 'SourceDBClusterIdentifier']],
  ['AWS::DocDB::GlobalCluster', 'StorageEncrypted', ['SourceDBClusterIdentifier']],
  ['AWS::Neptune::DBCluster', 'StorageEncrypted', ['SnapshotIdentifier', 'SourceDBClusterIdentifier']],
  ['AWS::Redshift::Cluster', 'Encrypted', ['SnapshotIdentifier']],
];

describe.each(SWITCHES)('%s', (type, property, sources) => {
  const allowed = sources.length ? `true, or undefined with ${sources.join(' or ')}` : 'true';

  test.each<[string, Raw, string]>([
    ['absent', {}, 'undefined'],
    ['false', { [property]: false }, 'false'],
    ["'false'", { [property]: 'false' }, '"false"'],
    ['no value', { [property]: Aws.NO_VALUE }, '{"Ref":"AWS::NoValue"}'],
  ])('is found where the switch is %s', (_, properties, got) => {
    expect(judge(raw(type, properties))).toEqual([`${type} is not encrypted: ${property} got ${got}, allowed: ${allowed}`]);
  });

  test('passes where the switch is on, or not known before the deployment', () => {
    for (const on of [true, 'true', Lazy.any({ produce: () => true }), ifElse(true, false)]) expect(judge(raw(type, { [property]: on }))).toEqual([]);
  });

  for (const source of sources) {
    test(`may leave it to ${source}`, () => {
      for (const value of ['source', IMPORTED]) expect(judge(raw(type, { [source]: value }))).toEqual([]);
      for (const value of ['', Aws.NO_VALUE]) expect(judge(raw(type, { [source]: value }))).toHaveLength(1);
      expect(judge(raw(type, { [source]: 'source', [property]: false }))).toHaveLength(1);
    });
  }
});

describe.each<[type: string, property: string, value: unknown, allowed: string]>([
  ['AWS::S3::Bucket', 'BucketEncryption', { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] }, 'a bucket encryption'],
  ['AWS::SNS::Topic', 'KmsMasterKeyId', 'alias/aws/sns', 'a KMS key'],
  ['AWS::Logs::LogGroup', 'KmsKeyId', 'arn:aws:kms:eu-west-1:111111111111:key/1', 'the ARN of a KMS key'],
])('%s', (type, property, value, allowed) => {
  test.each<[string, Raw, string]>([
    ['absent', {}, 'undefined'],
    ['empty', { [property]: '' }, '""'],
    ['no value', { [property]: Aws.NO_VALUE }, '{"Ref":"AWS::NoValue"}'],
    ['false', { [property]: false }, 'false'],
  ])('is found where the property is %s', (_, properties, got) => {
    expect(judge(raw(type, properties))).toEqual([`${type} is not encrypted: ${property} got ${got}, allowed: ${allowed}`]);
  });

  test('passes where the property is there or not known before the deployment', () => {
    for (const present of [value, IMPORTED, ifElse(value, Aws.NO_VALUE)]) expect(judge(raw(type, { [property]: present }))).toEqual([]);
  });
});

describe('AWS::SQS::Queue', () => {
  test.each<[Raw, string]>([
    [{}, 'undefined'], [{ KmsMasterKeyId: '' }, 'undefined'], [{ SqsManagedSseEnabled: false }, 'false'],
  ])('%j is found', (properties, got) => {
    expect(judge(raw('AWS::SQS::Queue', properties)))
      .toEqual([`AWS::SQS::Queue is not encrypted: SqsManagedSseEnabled got ${got}, allowed: true, or a KMS key as KmsMasterKeyId`]);
  });

  test.each<[string, Raw]>([
    ['the key of SQS', { SqsManagedSseEnabled: true }],
    ['a switch from the deployment', { SqsManagedSseEnabled: ifElse(true, false) }],
    ['a key', { KmsMasterKeyId: 'alias/aws/sqs' }],
    ['a key instead of the key of SQS', { KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: false }],
    ['a key from the deployment', { KmsMasterKeyId: IMPORTED }],
  ])('passes with %s', (_, properties) => expect(judge(raw('AWS::SQS::Queue', properties))).toEqual([]));
});

describe.each([
  ['AWS::EC2::Instance', ''],
  ['AWS::EC2::LaunchTemplate', 'LaunchTemplateData.'],
  ['AWS::AutoScaling::LaunchConfiguration', ''],
])('%s', (type, parent) => {
  const withDevices = (BlockDeviceMappings: unknown) => raw(type, parent ? { LaunchTemplateData: { BlockDeviceMappings } } : { BlockDeviceMappings });

  test('is found for each listed volume that is not encrypted', () => {
    expect(judge(withDevices([{ Ebs: { VolumeSize: 8, Encrypted: true } }, { Ebs: { VolumeSize: 8 } }, { Ebs: { Encrypted: false } }]))).toEqual([
      `${type} is not encrypted: ${parent}BlockDeviceMappings.1.Ebs.Encrypted got undefined, allowed: true, or undefined with SnapshotId`,
      `${type} is not encrypted: ${parent}BlockDeviceMappings.2.Ebs.Encrypted got false, allowed: true, or undefined with SnapshotId`,
    ]);
  });

  test.each<[string, unknown]>([
    ['no list', undefined],
    ['a list from the deployment', ifElse([], [])],
    ['a device from the deployment', [ifElse({}, {})]],
    ['a volume from the deployment', [{ Ebs: ifElse({}, {}) }]],
    ['a device without EBS', [{ VirtualName: 'ephemeral0' }]],
    ['a volume from a snapshot', [{ Ebs: { SnapshotId: 'snap-1' } }]],
  ])('passes with %s', (_, devices) => expect(judge(withDevices(devices))).toEqual([]));
});

describe('typed constructs', () => {
  const postgres = rds.DatabaseInstanceEngine.POSTGRES;
  const aurora = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_4 });
  const writer = rds.ClusterInstance.serverlessV2('Writer');
  const instanceType = new ec2.InstanceType('t4g.medium');
  const documents = { masterUser: { username: 'user' }, instanceType };
  const redshift = { clusterType: 'single-node', dbName: 'db', masterUsername: 'admin', nodeType: 'ra3.large' };
  const l1Devices = (encrypted: boolean) => ({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { encrypted } }] });
  const l2Devices = (volume: ec2.BlockDeviceVolume) => ({ blockDevices: [{ deviceName: '/dev/xvda', volume }] });
  const encryption = { serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms' } }] };

  test.each<[string, (stack: Stack, encrypted: boolean) => unknown]>([
    ['Bucket', (stack, encrypted) => new Bucket(stack, 'It', { encryption: encrypted ? BucketEncryption.S3_MANAGED : undefined })],
    ['CfnBucket', (stack, encrypted) => new CfnBucket(stack, 'It', { bucketEncryption: encrypted ? encryption : undefined })],
    ['Topic', (stack, encrypted) => new Topic(stack, 'It', { masterKey: encrypted ? new Key(stack, 'Key') : undefined })],
    ['Queue', (stack, encrypted) => new Queue(stack, 'It', { encryption: encrypted ? QueueEncryption.SQS_MANAGED : undefined })],
    ['Queue with a key', (stack, encrypted) => new Queue(stack, 'It', { encryptionMasterKey: encrypted ? new Key(stack, 'Key') : undefined })],
    ['LogGroup', (stack, encrypted) => new LogGroup(stack, 'It', { encryptionKey: encrypted ? new Key(stack, 'Key') : undefined })],
    ['FileSystem', (stack, encrypted) => new FileSystem(stack, 'It', { vpc: vpc(stack), encrypted })],
    ['CfnVolume', (stack, encrypted) => new ec2.CfnVolume(stack, 'It', { availabilityZone: 'a', encrypted })],
    ['CfnInstance', (stack, encrypted) => new ec2.CfnInstance(stack, 'It', l1Devices(encrypted))],
    ['LaunchTemplate', (stack, encrypted) => new ec2.LaunchTemplate(stack, 'It', l2Devices(ec2.BlockDeviceVolume.ebs(8, { encrypted })))],
    ['CfnLaunchConfiguration', (stack, encrypted) => new CfnLaunchConfiguration(stack, 'It', { imageId: 'a', instanceType: 'b', ...l1Devices(encrypted) })],
    ['DatabaseInstance', (stack, storageEncrypted) => new rds.DatabaseInstance(stack, 'It', { engine: postgres, vpc: vpc(stack), storageEncrypted })],
    ['DatabaseCluster', (stack, storageEncrypted) => new rds.DatabaseCluster(stack, 'It', { engine: aurora, writer, vpc: vpc(stack), storageEncrypted })],
    ['CfnGlobalCluster', (stack, storageEncrypted) => new rds.CfnGlobalCluster(stack, 'It', { storageEncrypted })],
    ['docdb.DatabaseCluster', (stack, storageEncrypted) => new docdb.DatabaseCluster(stack, 'It', { ...documents, vpc: vpc(stack), storageEncrypted })],
    ['docdb.CfnGlobalCluster', (stack, storageEncrypted) => new docdb.CfnGlobalCluster(stack, 'It', { globalClusterIdentifier: 'it', storageEncrypted })],
    ['neptune.CfnDBCluster', (stack, storageEncrypted) => new CfnNeptuneCluster(stack, 'It', { storageEncrypted })],
    ['redshift.CfnCluster', (stack, encrypted) => new CfnRedshiftCluster(stack, 'It', { ...redshift, encrypted })],
  ])('%s', (_, build) => {
    expect([false, true].map((encrypted) => judge((stack) => build(stack, encrypted)).length)).toEqual([1, 0]);
  });

  const source = { instanceIdentifier: 'it', instanceEndpointAddress: 'it', port: 5432, securityGroups: [], engine: postgres };
  test.each<[string, Build]>([
    ['DatabaseInstanceReadReplica', (stack) => new rds.DatabaseInstanceReadReplica(stack, 'It', {
      sourceDatabaseInstance: rds.DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Source', source), instanceType, vpc: vpc(stack),
    })],
    ['DatabaseInstanceFromSnapshot', (stack) => new rds.DatabaseInstanceFromSnapshot(stack, 'It', { engine: postgres, vpc: vpc(stack), snapshotIdentifier: 'it' })],
    ['DatabaseClusterFromSnapshot', (stack) => new rds.DatabaseClusterFromSnapshot(stack, 'It', { engine: aurora, writer, vpc: vpc(stack), snapshotIdentifier: 'it' })],
    ['LaunchTemplate with a snapshot', (stack) => new ec2.LaunchTemplate(stack, 'It', l2Devices(ec2.BlockDeviceVolume.ebsFromSnapshot('snap-1')))],
    ['CfnDBInstance of a cluster', (stack) => new rds.CfnDBInstance(stack, 'It', { dbClusterIdentifier: 'it' })],
    ['CfnDBInstance of a cluster snapshot', (stack) => new rds.CfnDBInstance(stack, 'It', { dbClusterSnapshotIdentifier: 'it' })],
    ['CfnDBInstance that replicates a cluster', (stack) => new rds.CfnDBInstance(stack, 'It', { sourceDbClusterIdentifier: 'it' })],
    ['CfnDBInstance of a moment', (stack) => new rds.CfnDBInstance(stack, 'It', { sourceDbiResourceId: 'it' })],
    ['CfnDBInstance of backups', (stack) => new rds.CfnDBInstance(stack, 'It', { sourceDbInstanceAutomatedBackupsArn: 'it' })],
    ['CfnDBCluster that replicates', (stack) => new rds.CfnDBCluster(stack, 'It', { replicationSourceIdentifier: 'it' })],
    ['CfnDBCluster of a moment', (stack) => new rds.CfnDBCluster(stack, 'It', { sourceDbClusterIdentifier: 'it' })],
    ['CfnDBCluster of a deleted one', (stack) => new rds.CfnDBCluster(stack, 'It', { sourceDbClusterResourceId: 'it' })],
  ])('%s need not say it', (_, build) => expect(judge(build)).toEqual([]));
});

describe('what the template will say', () => {
  test('counts, with overrides', () => {
    const volume = (encrypted: boolean): Build => (stack) => new ec2.CfnVolume(stack, 'It', { availabilityZone: 'a', encrypted: !encrypted })
      .addPropertyOverride('Encrypted', encrypted);
    expect([judge(volume(true)).length, judge(volume(false)).length]).toEqual([0, 1]);
    expect(judge((stack) => new rds.CfnDBCluster(stack, 'It', { storageEncrypted: true }).addPropertyDeletionOverride('StorageEncrypted'))).not.toEqual([]);
    expect(judge((stack) => new CfnBucket(stack, 'It').addPropertyOverride('BucketEncryption', { ServerSideEncryptionConfiguration: [] })))
      .toEqual(['AWS::S3::Bucket is not encrypted: BucketEncryption got {"ServerSideEncryptionConfiguration":[]}, allowed: a bucket encryption']);
  });

  test('counts, also where an aspect changes it later', () => {
    expect(judge((stack) => Aspects.of(new ec2.CfnVolume(stack, 'It', { availabilityZone: 'a' })).add({
      visit: (node: IConstruct) => (node as ec2.CfnVolume).addPropertyOverride('Encrypted', true),
    }, { priority: 1000 }))).toEqual([]);
  });

  test('counts, so what it leaves out does not', () => {
    class LeftOut extends CfnResource { protected shouldSynthesize = () => false; }
    expect(judge((stack) => new LeftOut(stack, 'It', { type: 'AWS::S3::Bucket' }))).toEqual([]);
  });

  test('is not of interest for other types', () => expect(judge(raw('AWS::DynamoDB::Table', {}))).toEqual([]));
});

describe('an app', () => {
  function synth(severity: EncryptionSeverity | undefined, build: (app: App) => void) {
    const app = new App();
    build(app);
    Aspects.of(app).add(new EncryptionAspect(severity && { severity }));
    return () => app.synth();
  }
  const dirty = (scope: IConstruct) => new Bucket(new Stack(scope, 'Stack'), 'Bucket');
  const message = 'AWS::S3::Bucket is not encrypted: BucketEncryption got undefined, allowed: a bucket encryption';

  test.each(Object.values(EncryptionSeverity))('that is clean passes with %s', (severity) => {
    expect(synth(severity, (app) => new ec2.CfnVolume(new Stack(app, 'Stack'), 'It', { availabilityZone: 'a', encrypted: true }))).not.toThrow();
  });

  test('@default EncryptionAspectProps.severity is an error', () => {
    expect(synth(undefined, dirty)).toThrow(`[Stack/Bucket/Resource] ${message}`);
  });

  test('fails with an error on each resource, each time it is synthesised', () => {
    let bucket: IConstruct | undefined;
    const failing = synth(EncryptionSeverity.ERROR, (app) => { bucket = dirty(app).node.defaultChild; });
    for (const _ of [1, 2]) expect(failing).toThrow(new Error(`Validation failed with the following errors:\n  [Stack/Bucket/Resource] ${message}`));
    expect(bucket?.node.metadata.filter(({ type }) => type === 'aws:cdk:error').map(({ data }) => data)).toEqual([message]);
  });

  test('warns where it is to warn, unless that is acknowledged', () => {
    const ack = 'cdk-payment-migration:core.unencrypted';
    const warnings = (build: (app: App) => void) => synth(EncryptionSeverity.WARNING, build)().stacks[0].messages;
    expect(warnings(dirty)).toMatchObject([{ level: 'warning', id: '/Stack/Bucket/Resource', entry: { data: `${message} [ack: ${ack}]` } }]);
    expect(warnings((app) => Annotations.of(dirty(app)).acknowledgeWarning(ack))).toEqual([]);
  });

  test('fails for what is in its stages, and those in stages', () => {
    expect(synth(EncryptionSeverity.ERROR, (app) => dirty(new Stage(new Stage(app, 'Outer'), 'Inner'))))
      .toThrow(`[Outer/Inner/Stack/Bucket/Resource] ${message}`);
    expect(synth(EncryptionSeverity.WARNING, (app) => dirty(new Stage(app, 'Stage')))).not.toThrow();
  });
});
