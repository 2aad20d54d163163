import { App, Aspects, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { suppressionsOf } from '../../projenrc/suppressions';
import { EncryptionAspect, MigrationStage, Protection } from '../../src/core';
import { KEY_PREFIXES, MigrationBuckets, type MigrationBucketsProps } from '../../src/storage';
import { idsOf, onlyIdOf, propertiesOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { annotationsOf, FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

const OWN = ['Checkpoints', 'Rollback', 'DmsLogs', 'Evidence'];

const bucketOf = (template: Template, part: string) => onlyIdOf(template, 'AWS::S3::Bucket', part);
const rulesOf = (template: Template, part: string) => (
  (propertiesOf(template, bucketOf(template, part)).LifecycleConfiguration as { Rules: unknown[] }).Rules.slice(1)
);
const keyOf = (template: Template, part: string) => (
  /"KMSMasterKeyID":(\{[^}]+\}|"[^"]+")/.exec(JSON.stringify(propertiesOf(template, bucketOf(template, part))))?.[1]
);
/** Who is copied where, by their constructs. */
const copies = ({ replications }: MigrationBuckets) => Object.fromEntries(replications.map(({ sourceBucket, destinationBucket }) => (
  [sourceBucket.node.path, destinationBucket.node.path]
)));

function bucketsIn(stack: Stack, props?: MigrationBucketsProps) {
  const buckets = new MigrationBuckets(stack, 'Storage', props);
  return { stack, buckets, template: Template.fromStack(stack) };
}

describe('buckets with every default', () => {
  const { stack, buckets, template } = bucketsIn(stackIn(IRELAND));

  test('@default MigrationBucketsProps.source: in the scope of the migration\'s buckets', () => {
    expect(buckets.sourceTransactionLogs!.node.path).toBe('Payments/Storage/Source/TransactionLogs');
  });

  test('@default MigrationBucketsProps.target: in the scope of the migration\'s buckets', () => {
    expect(buckets.targetTransactionLogs.node.path).toBe('Payments/Storage/Target/TransactionLogs');
  });

  test('@default StorageSideOptions.scope: the scope of the migration\'s buckets', () => {
    expect(Stack.of(buckets.sourceTransactionLogs!)).toBe(stack);
    template.resourceCountIs('AWS::S3::Bucket', 8);
  });

  test('@default MigrationBucketsProps.encryptionKey: a new key', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    expect(stack.resolve(buckets.encryptionKey.keyArn)).toEqual({ 'Fn::GetAtt': [onlyIdOf(template, 'AWS::KMS::Key'), 'Arn'] });
  });

  test('@default StorageSideOptions.encryptionKey: the migration\'s in the migration\'s stack', () => {
    const key = JSON.stringify(stack.resolve(buckets.encryptionKey.keyArn));
    for (const part of [...OWN, 'SourceTransactionLogs', 'TargetTransactionLogs', 'Archive']) expect(keyOf(template, part)).toBe(key);
  });

  test('@default StorageSideOptions.accessLogsBucket: a new one, one for the stack, to which all others log', () => {
    const logs = bucketOf(template, 'AccessLogs');
    expect(stack.resolve(buckets.accessLogsBucket.bucketName)).toEqual({ Ref: logs });
    const destinations = idsOf(template, 'AWS::S3::Bucket').filter((id) => id !== logs)
      .map((id) => propertiesOf(template, id).LoggingConfiguration as { DestinationBucketName: unknown; LogFilePrefix: string });
    expect(destinations).toHaveLength(7);
    expect(new Set(destinations.map(({ LogFilePrefix }) => LogFilePrefix)).size).toBe(7);
    for (const { DestinationBucketName } of destinations) expect(DestinationBucketName).toEqual({ Ref: logs });
    expect(propertiesOf(template, logs)).not.toHaveProperty('LoggingConfiguration');
  });

  test('@default StorageOptions.evidenceRetention: governance for 365 days, in the archive too', () => {
    expect(propertiesOf(template, bucketOf(template, 'Evidence'))).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } },
    });
    // A copy brings its lock with it; what is copied without one must not get one.
    expect(propertiesOf(template, bucketOf(template, 'Archive'))).toMatchObject({ ObjectLockEnabled: true });
    expect(propertiesOf(template, bucketOf(template, 'Archive'))).not.toHaveProperty('ObjectLockConfiguration');
  });

  test('@default MigrationBucketsProps.protection: production, which keeps everything', () => {
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('exist twice: the source\'s logs at the target, everything else in the archive', () => {
    expect(copies(buckets)).toEqual({
      'Payments/Storage/Source/TransactionLogs': 'Payments/Storage/Target/TransactionLogs',
      'Payments/Storage/Target/TransactionLogs': 'Payments/Storage/Target/Archive',
      ...Object.fromEntries(OWN.map((id) => [`Payments/Storage/${id}`, 'Payments/Storage/Target/Archive'])),
    });
    const configured = idsOf(template, 'AWS::S3::Bucket').filter((id) => 'ReplicationConfiguration' in propertiesOf(template, id));
    expect(configured).toHaveLength(6);
  });

  test('age as they should', () => {
    const toInfrequentAccess = { Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }], Status: 'Enabled' };
    const previous = (NoncurrentDays: number) => ({ NoncurrentVersionExpiration: { NoncurrentDays } });
    const dmsLogs = { ExpirationInDays: 30, ...previous(1), Status: 'Enabled' };
    expect(rulesOf(template, 'Checkpoints')).toEqual([{ ...toInfrequentAccess, ...previous(30) }]);
    expect(rulesOf(template, 'Rollback')).toEqual([{ ...previous(90), Status: 'Enabled' }]);
    expect(rulesOf(template, 'DmsLogs')).toEqual([dmsLogs]);
    expect(rulesOf(template, 'Evidence')).toEqual([toInfrequentAccess]);
    expect(rulesOf(template, 'SourceTransactionLogs')).toEqual([{ ...toInfrequentAccess, ...previous(90) }]);
    expect(rulesOf(template, 'TargetTransactionLogs')).toEqual(rulesOf(template, 'SourceTransactionLogs'));
    expect(rulesOf(template, 'Archive')).toEqual([{ ...toInfrequentAccess, ...previous(90) }, { ...dmsLogs, Prefix: 'dms-logs/' }]);
  });

  test.each(Object.entries(KEY_PREFIXES))('refuse other keys in %s than those under %s', (name, prefix) => {
    const { bucketName } = buckets[name as keyof typeof KEY_PREFIXES];
    const policies = idsOf(template, 'AWS::S3::BucketPolicy').map((id) => propertiesOf(template, id));
    const { PolicyDocument } = policies.find((policy) => JSON.stringify(policy.Bucket) === JSON.stringify(stack.resolve(bucketName)))!;
    const objects = (keys: string) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.any(String) as string, 'Arn'] }, `/${keys}*`]] });
    expect((PolicyDocument as { Statement: unknown[] }).Statement).toContainEqual({
      Sid: 'OtherKeys',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      NotResource: [objects(prefix), objects('batch-replication/')],
    });
  });

  test('have one role for each destination', () => {
    template.resourceCountIs('AWS::IAM::Role', 2);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 4);
    template.resourceCountIs('AWS::S3::BucketPolicy', 8);
  });

  test('leave nothing to scanners but nine findings that cannot be mended', () => {
    expect(findings(stack)).toEqual([]);
    expect(suppressionsOf(stack)).toHaveLength(9);
  });

  test('have no fixed names', () => {
    for (const id of idsOf(template, 'AWS::S3::Bucket')) expect(propertiesOf(template, id)).not.toHaveProperty('BucketName');
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('a target in another Region', () => {
  const app = new App();
  const ireland = new Stack(app, 'Ireland', { env: IRELAND, crossRegionReferences: true });
  const frankfurt = new Stack(app, 'Frankfurt', { env: FRANKFURT, crossRegionReferences: true });
  // Two migrations, which have everything in common but the path.
  const both = ['One', 'Other'].map((id) => new MigrationBuckets(ireland, id, { target: { scope: frankfurt } }));
  const [here, there] = [ireland, frankfurt].map((stack) => Template.fromStack(stack));

  test('synthesises without a warning, two side by side', () => {
    expect([...annotationsOf(ireland), ...annotationsOf(frankfurt)]).toEqual([]);
    expect(idsOf(here, 'AWS::S3::Bucket')).toHaveLength(12);
    expect(idsOf(there, 'AWS::S3::Bucket')).toHaveLength(6);
  });

  test('holds its logs, the archive, and access logs of its own', () => {
    for (const { targetTransactionLogs, archive } of both) {
      expect([targetTransactionLogs, archive].map((bucket) => Stack.of(bucket))).toEqual([frankfurt, frankfurt]);
    }
    expect(idsOf(there, 'AWS::S3::Bucket', 'AccessLogs')).toHaveLength(2);
  });

  test('@default StorageSideOptions.encryptionKey: a new one in another stack', () => {
    expect(idsOf(there, 'AWS::KMS::Key')).toHaveLength(2);
  });

  test('is referred to and refers to nothing', () => {
    expect(ireland.dependencies).toEqual([frankfurt]);
    expect(frankfurt.dependencies).toEqual([]);
  });

  test('leaves nothing to scanners', () => {
    expect(findings(app)).toEqual([]);
  });
});

describe('sides in other stacks', () => {
  const stacksOf = (...ids: string[]) => {
    const app = new App();
    return ids.map((id) => new Stack(app, id, { crossRegionReferences: true, env: id === 'Source' ? FRANKFURT : IRELAND }));
  };

  test('may both be elsewhere', () => {
    const [own, source, target] = stacksOf('Own', 'Source', 'Target');
    const buckets = new MigrationBuckets(own, 'Storage', { source: { scope: source }, target: { scope: target } });
    expect(Stack.of(buckets.sourceTransactionLogs!)).toBe(source);
    expect(Stack.of(buckets.archive)).toBe(target);
    expect(annotationsOf(own)).toEqual([]);
    expect([own.dependencies, source.dependencies, target.dependencies]).toEqual([[target], [target], []]);
  });

  test('copy the target\'s logs to a source that is made first, with a warning', () => {
    const [own, source] = stacksOf('Own', 'Source');
    const buckets = new MigrationBuckets(own, 'Storage', { source: { scope: source } });
    expect(Stack.of(buckets.archive)).toBe(source);
    expect(copies(buckets)[buckets.targetTransactionLogs.node.path]).toBe(buckets.sourceTransactionLogs!.node.path);
    expect(copies(buckets)[buckets.sourceTransactionLogs!.node.path]).toBe(buckets.archive.node.path);
    expect(annotationsOf(own)).toEqual([expect.stringContaining('cdk-payment-migration:storage.sourceNotCopied')]);
    expect([own.dependencies, source.dependencies]).toEqual([[source], []]);
  });

  test('take a nested stack for a part of the stack around it', () => {
    const [own, source] = stacksOf('Own', 'Source');
    const buckets = new MigrationBuckets(new NestedStack(own, 'Nested'), 'Storage', { source: { scope: source }, target: { scope: own } });
    expect(Stack.of(buckets.archive)).toBe(source);
    expect(annotationsOf(own)).toEqual([expect.stringContaining('storage.sourceNotCopied')]);
  });

  test('use what they are given', () => {
    const stack = stackIn();
    const [own, source, target] = ['Own', 'SourceKey', 'TargetKey'].map((id) => new Key(stack, id));
    const { template } = bucketsIn(stack, {
      encryptionKey: own,
      source: { encryptionKey: source, accessLogsBucket: Bucket.fromBucketName(stack, 'Logs', 'logs-of-all') },
      target: { encryptionKey: target },
    });
    const arn = ({ keyArn }: Key) => JSON.stringify(stack.resolve(keyArn));
    expect(['Checkpoints', 'SourceTransactionLogs', 'TargetTransactionLogs', 'Archive'].map((part) => keyOf(template, part)))
      .toEqual([own, source, target, target].map(arn));
    expect(propertiesOf(template, bucketOf(template, 'SourceTransactionLogs')).LoggingConfiguration).toMatchObject({ DestinationBucketName: 'logs-of-all' });
  });
});

describe('ephemeral buckets', () => {
  const { stack, template } = bucketsIn(stackIn(), { protection: Protection.ephemeral() });

  test('keep nothing, lock nothing, and are emptied', () => {
    for (const [id, { DeletionPolicy }] of Object.entries(template.findResources('AWS::S3::Bucket') as Record<string, { DeletionPolicy: string }>)) {
      expect([id, DeletionPolicy]).toEqual([id, 'Delete']);
      expect(propertiesOf(template, id)).not.toHaveProperty('ObjectLockEnabled');
    }
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 8);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('leave nothing to scanners', () => {
    expect(findings(stack)).toEqual([]);
  });

  test('cannot lock evidence', () => {
    expect(() => bucketsIn(stackIn(), { protection: Protection.ephemeral(), evidenceRetention: ObjectLockRetention.compliance(Duration.days(1)) }))
      .toThrow('evidenceRetention: got \'COMPLIANCE under Protection.ephemeral()\', allowed: none there: what is locked cannot go with the stack');
  });
});

test('evidence may be locked for all, and for longer', () => {
  const { template } = bucketsIn(stackIn(), { evidenceRetention: ObjectLockRetention.compliance(Duration.days(2555)) });
  expect(propertiesOf(template, bucketOf(template, 'Evidence')).ObjectLockConfiguration).toMatchObject({
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 2555 } },
  });
});

test.each([Protection.production(), Protection.ephemeral()])('nothing is unencrypted in the eyes of the aspect', (protection) => {
  const stack = stackIn();
  Aspects.of(stack).add(new EncryptionAspect());
  new MigrationBuckets(stack, 'Storage', { protection });
  expect(annotationsOf(stack)).toEqual([]);
});

describe('under MigrationStage.RETIRED', () => {
  const { buckets, template } = bucketsIn(stackIn(IRELAND), { stage: MigrationStage.RETIRED });
  const migrating = bucketsIn(stackIn(IRELAND));

  test('have no bucket of the source', () => {
    expect(buckets.sourceTransactionLogs).toBeUndefined();
    template.resourceCountIs('AWS::S3::Bucket', 7);
  });

  test('keep every other logical id', () => {
    const allIdsOf = (of: Template) => Object.keys((of.toJSON() as { Resources: object }).Resources);
    const before = allIdsOf(migrating.template);
    const after = allIdsOf(template);
    expect(after.filter((id) => !before.includes(id))).toEqual([]);
    expect(before.filter((id) => !after.includes(id)).filter((id) => !/^Storage(Source|TargetTransactionLogsReplicationTarget)/.test(id))).toEqual([]);
  });

  test('@default MigrationBucketsProps.stage: migrating, with a bucket of the source', () => {
    expect(migrating.buckets.sourceTransactionLogs).toBeDefined();
  });
});
