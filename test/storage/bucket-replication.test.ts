import { App, Aws, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, CfnBucket, type BucketProps } from 'aws-cdk-lib/aws-s3';
import { suppressionsOf } from '../../projenrc/suppressions';
import { Protection } from '../../src/core';
import { BatchReplicationRole, BucketReplication, type BucketReplicationProps } from '../../src/storage';
import { idsOf, onlyIdOf, propertiesOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { annotationsOf, FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const objectsOf = (id: string, keys = '*') => ({ 'Fn::Join': ['', [arnOf(id), `/${keys}`]] });
const bucketOf = (template: Template, part: string) => onlyIdOf(template, 'AWS::S3::Bucket', part);
const keyOf = (template: Template, bucket: string) => {
  const { BucketEncryption: encryption } = propertiesOf(template, bucket) as {
    BucketEncryption: { ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { KMSMasterKeyID?: unknown } }[] };
  };
  return encryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID;
};
const ruleOf = (template: Template, bucket: string) => {
  const { ReplicationConfiguration: configuration } = propertiesOf(template, bucket) as {
    ReplicationConfiguration: { Role: unknown; Rules: { Destination: Record<string, unknown> }[] };
  };
  expect(configuration.Rules).toHaveLength(1);
  return { role: configuration.Role, rule: configuration.Rules[0] };
};
/** What the policy of a bucket allows a principal. */
const allowedBy = (template: Template, bucket: string, principal: unknown): Statement[] => (
  idsOf(template, 'AWS::S3::BucketPolicy').map((id) => propertiesOf(template, id) as { Bucket: { Ref?: string }; PolicyDocument: { Statement: Statement[] } })
    .filter((policy) => policy.Bucket.Ref === bucket)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal) === JSON.stringify({ AWS: principal }))
);
/** What the policies of a role allow. */
const allowedTo = (template: Template, role: unknown): Statement[] => (
  idsOf(template, 'AWS::IAM::ManagedPolicy').map((id) => propertiesOf(template, id) as { Roles: unknown[]; PolicyDocument: { Statement: Statement[] } })
    .filter(({ Roles }) => JSON.stringify(Roles) === JSON.stringify([role]))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
);

function replicationIn(stack: Stack, props?: BucketReplicationProps) {
  const replication = new BucketReplication(stack, 'Replication', props);
  return { stack, replication, template: Template.fromStack(stack) };
}

function ownBucket(stack: Stack, id: string, props: BucketProps = {}): Bucket {
  return new Bucket(stack, id, { versioned: true, encryption: BucketEncryption.KMS, ...props });
}

describe('a replication with every default', () => {
  const { stack, replication, template } = replicationIn(stackIn(IRELAND));
  const [source, destination, logs] = ['SourceBucket', 'DestinationBucket', 'AccessLogs'].map((part) => bucketOf(template, part));
  const role = onlyIdOf(template, 'AWS::IAM::Role');

  test('@default BucketReplicationProps.sourceBucket: a new bucket', () => {
    expect(stack.resolve(replication.sourceBucket.bucketName)).toEqual({ Ref: source });
  });

  test('@default BucketReplicationProps.destinationBucket: a new bucket', () => {
    expect(stack.resolve(replication.destinationBucket.bucketName)).toEqual({ Ref: destination });
  });

  test('@default BucketReplicationProps.destinationScope: the scope of the replication itself', () => {
    expect(replication.destinationBucket.node.scope).toBe(replication);
  });

  test('@default BucketReplicationProps.sourceEncryptionKey: a new key that rotates', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(keyOf(template, source)).toEqual(arnOf(onlyIdOf(template, 'AWS::KMS::Key')));
  });

  test('@default BucketReplicationProps.destinationEncryptionKey: the source\'s in the same stack', () => {
    expect(keyOf(template, destination)).toEqual(keyOf(template, source));
  });

  test('@default BucketReplicationProps.sourceAccessLogsBucket: a new bucket that S3 of this account may log to', () => {
    expect(propertiesOf(template, source).LoggingConfiguration).toMatchObject({ DestinationBucketName: { Ref: logs } });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: logs },
      PolicyDocument: {
        Statement: Match.arrayWith([{
          Effect: 'Allow',
          Action: 's3:PutObject',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Resource: objectsOf(logs),
          Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } },
        }]),
      },
    });
    expect(keyOf(template, logs)).toBeUndefined();
    expect(propertiesOf(template, logs)).not.toHaveProperty('AccessControl');
  });

  test('@default BucketReplicationProps.destinationAccessLogsBucket: the source\'s in the same stack, under a prefix of its own', () => {
    const [one, other] = [source, destination].map((id) => propertiesOf(template, id).LoggingConfiguration as Record<string, unknown>);
    expect(other.DestinationBucketName).toEqual({ Ref: logs });
    expect(other.LogFilePrefix).not.toBe(one.LogFilePrefix);
  });

  test('@default BucketReplicationProps.lifecycleRules: infrequent access after 30 days, previous versions for 90 days, on both', () => {
    for (const id of [source, destination]) {
      expect(propertiesOf(template, id).LifecycleConfiguration).toEqual({
        Rules: [
          { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
          {
            Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }],
            NoncurrentVersionExpiration: { NoncurrentDays: 90 },
            Status: 'Enabled',
          },
        ],
      });
    }
  });

  test('@default BucketReplicationProps.protection: production, which keeps buckets and keys', () => {
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('copies everything within 15 minutes, delete markers too, and encrypts it anew', () => {
    expect(ruleOf(template, source)).toEqual({
      role: arnOf(role),
      rule: {
        Id: replication.ruleId,
        Priority: 1,
        Status: 'Enabled',
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Enabled' },
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: {
          Bucket: arnOf(destination),
          EncryptionConfiguration: { ReplicaKmsKeyID: keyOf(template, destination) },
          ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
          Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
        },
      },
    });
  });

  test('is private, versioned, reached by TLS 1.2 or newer alone, and owned by its account', () => {
    template.allResourcesProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    });
    const denied = (Condition: unknown) => Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition });
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          denied({ Bool: { 'aws:SecureTransport': 'false' } }),
          denied({ NumericLessThan: { 's3:TlsVersion': 1.2 } }),
        ]),
      },
    });
  });

  test('reads and writes by the buckets\' own policies', () => {
    const actions = (bucket: string) => allowedBy(template, bucket, arnOf(role)).map(({ Action, Resource }) => [Action, Resource]);
    expect(actions(destination)).toEqual([[['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], objectsOf(destination)]]);
    expect(actions(source)).toEqual([
      [['s3:GetReplicationConfiguration', 's3:ListBucket'], arnOf(source)],
      [expect.arrayContaining(['s3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging']), objectsOf(source)],
    ]);
  });

  test('uses no more than the one key, by S3 alone', () => {
    const condition = { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.eu-west-1.', { Ref: 'AWS::URLSuffix' }]] } } };
    const key = keyOf(template, source);
    expect(allowedTo(template, { Ref: role })).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key, Condition: condition },
      { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: key, Condition: condition },
    ]);
  });

  test('has a source that is made after all that it copies with', () => {
    template.hasResource('AWS::S3::Bucket', {
      Properties: { ReplicationConfiguration: Match.anyValue() },
      DependsOn: Match.arrayWith([onlyIdOf(template, 'AWS::S3::BucketPolicy', 'DestinationBucket'), ...idsOf(template, 'AWS::IAM::ManagedPolicy').sort()]),
    });
  });

  test('leaves nothing to scanners but nine findings that cannot be mended', () => {
    expect(findings(stack)).toEqual([]);
    expect(suppressionsOf(stack)).toHaveLength(9);
  });
});

describe('a replication into another Region', () => {
  const app = new App();
  const ireland = new Stack(app, 'Ireland', { env: IRELAND, crossRegionReferences: true });
  const frankfurt = new Stack(app, 'Frankfurt', { env: FRANKFURT, crossRegionReferences: true });
  const replications = ['One', 'Other'].map((id) => new BucketReplication(ireland, id, { destinationScope: frankfurt }));
  const [here, there] = [ireland, frankfurt].map((stack) => Template.fromStack(stack));

  test('synthesises without a warning, several side by side', () => {
    expect([...annotationsOf(ireland), ...annotationsOf(frankfurt)]).toEqual([]);
    expect(idsOf(there, 'AWS::S3::Bucket', 'DestinationBucket')).toHaveLength(2);
  });

  test('has the role beside the destination, where both policies can name it', () => {
    expect(idsOf(here, 'AWS::IAM::Role').filter((id) => !id.startsWith('Custom'))).toEqual([]);
    expect(idsOf(there, 'AWS::IAM::Role', 'ReplicationTarget')).toHaveLength(2);
    expect(ireland.dependencies).toEqual([frankfurt]);
    expect(frankfurt.dependencies).toEqual([]);
    expect(JSON.stringify(propertiesOf(there, idsOf(there, 'AWS::KMS::Key')[0]).KeyPolicy)).not.toContain('ReplicationTarget');
  });

  test('@default BucketReplicationProps.destinationEncryptionKey: a new one in another stack', () => {
    for (const id of idsOf(there, 'AWS::S3::Bucket', 'DestinationBucket')) expect(idsOf(there, 'AWS::KMS::Key').map(arnOf)).toContainEqual(keyOf(there, id));
  });

  test('@default BucketReplicationProps.destinationAccessLogsBucket: a new one in another stack', () => {
    expect(idsOf(there, 'AWS::S3::Bucket', 'DestinationAccessLogs')).toHaveLength(2);
  });

  test('lets S3 use each key in its own Region', () => {
    const services = [here, there].map((template) => new Set(
      idsOf(template, 'AWS::IAM::ManagedPolicy').map((id) => /s3\.[a-z0-9-]+\./.exec(JSON.stringify(propertiesOf(template, id)))?.[0]),
    ));
    expect(services).toEqual([new Set(['s3.eu-west-1.']), new Set(['s3.eu-central-1.'])]);
  });

  test('has metrics where S3 publishes them', () => {
    const [replication] = replications;
    const metrics: [Metric, string, string, string][] = [
      [replication.metricReplicationLatency(), 'ReplicationLatency', 'Maximum', 'eu-central-1'],
      [replication.metricBytesPending(), 'BytesPendingReplication', 'Maximum', 'eu-central-1'],
      [replication.metricOperationsPending(), 'OperationsPendingReplication', 'Maximum', 'eu-central-1'],
      [replication.metricOperationsFailed(), 'OperationsFailedReplication', 'Sum', 'eu-west-1'],
    ];
    for (const [metric, metricName, statistic, region] of metrics) {
      expect(metric).toMatchObject({ namespace: 'AWS/S3', metricName, statistic, region, period: Duration.minutes(1) });
      expect(metric.dimensions).toEqual({
        SourceBucket: replication.sourceBucket.bucketName,
        DestinationBucket: replication.destinationBucket.bucketName,
        RuleId: replication.ruleId,
      });
    }
  });

  test('leaves nothing to scanners', () => {
    expect(findings(app)).toEqual([]);
  });
});

describe('a replication in an agnostic environment', () => {
  const app = new App();
  const [one, other] = ['One', 'Other'].map((id) => new Stack(app, id));
  const replication = new BucketReplication(one, 'Replication', { destinationScope: other });
  const alone = new BucketReplication(one, 'Alone');
  new Alarm(one, 'Alarm', { metric: alone.metricReplicationLatency({ period: Duration.minutes(5) }), threshold: 900, evaluationPeriods: 2 });

  test('has no fixed names, and works over two stacks', () => {
    for (const stack of [one, other]) {
      const template = Template.fromStack(stack);
      for (const type of ['AWS::S3::Bucket', 'AWS::IAM::Role']) {
        for (const id of idsOf(template, type)) {
          expect(propertiesOf(template, id)).not.toHaveProperty(type === 'AWS::S3::Bucket' ? 'BucketName' : 'RoleName');
        }
      }
    }
    expect(replication.role.node.path).toContain('Other/');
  });

  test('has metrics that alarms take', () => {
    Template.fromStack(one).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ReplicationLatency',
      Period: 300,
      Dimensions: Match.arrayWith([{ Name: 'RuleId', Value: alone.ruleId }]),
    });
  });
});

describe('an ephemeral replication', () => {
  const { stack, template } = replicationIn(stackIn(IRELAND), { protection: Protection.ephemeral() });

  test('keeps nothing', () => {
    const kept = Object.entries(template.toJSON().Resources as Record<string, { DeletionPolicy?: string; UpdateReplacePolicy?: string }>)
      .filter(([, resource]) => [resource.DeletionPolicy, resource.UpdateReplacePolicy].some((policy) => policy !== undefined && policy !== 'Delete'));
    expect(kept).toEqual([]);
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 3);
  });

  test('empties the destination when the source, which copies into it, is gone', () => {
    const { DependsOn } = template.findResources('AWS::S3::Bucket')[bucketOf(template, 'SourceBucket')] as { DependsOn: string[] };
    expect(DependsOn).toContain(onlyIdOf(template, 'Custom::S3AutoDeleteObjects', 'DestinationBucket'));
  });

  test('has no function that could make a log group which stays', () => {
    const role = onlyIdOf(template, 'AWS::IAM::Role', 'AutoDelete');
    expect(propertiesOf(template, role)).toEqual({ AssumeRolePolicyDocument: expect.anything() as unknown });
    expect(allowedTo(template, { Ref: role })).toEqual([]);
  });

  test('leaves nothing to scanners', () => {
    expect(findings(stack)).toEqual([]);
  });
});

describe('keys, logs and rules that are given', () => {
  const stack = stackIn(IRELAND);
  const [one, other] = ['One', 'Other'].map((id) => new Key(stack, id));
  const logs = Bucket.fromBucketName(stack, 'Logs', 'logs-of-all');
  const { template } = replicationIn(stack, {
    sourceEncryptionKey: one,
    destinationEncryptionKey: other,
    sourceAccessLogsBucket: logs,
    lifecycleRules: [{ expiration: Duration.days(400) }],
  });
  const [source, destination] = ['SourceBucket', 'DestinationBucket'].map((part) => bucketOf(template, part));

  test('are used', () => {
    expect([source, destination].map((id) => keyOf(template, id))).toEqual([one, other].map(({ keyArn }) => stack.resolve(keyArn) as unknown));
    template.resourceCountIs('AWS::KMS::Key', 2);
    for (const id of [source, destination]) {
      expect(propertiesOf(template, id)).toMatchObject({
        LoggingConfiguration: { DestinationBucketName: 'logs-of-all' },
        LifecycleConfiguration: { Rules: [{}, { ExpirationInDays: 400 }] },
      });
    }
  });

  test('let the role decrypt with the one and encrypt with the other', () => {
    const role = { Ref: onlyIdOf(template, 'AWS::IAM::Role') };
    expect(allowedTo(template, role).map(({ Action, Resource }) => [Action, Resource])).toEqual(expect.arrayContaining([
      ['kms:Decrypt', stack.resolve(one.keyArn)],
      [['kms:Encrypt', 'kms:GenerateDataKey'], stack.resolve(other.keyArn)],
    ]));
  });
});

describe('buckets that are there', () => {
  test('of this app are connected, and nothing else is made', () => {
    const stack = stackIn(IRELAND);
    const { template } = replicationIn(stack, { sourceBucket: ownBucket(stack, 'Mine'), destinationBucket: ownBucket(stack, 'Copy') });
    expect(ruleOf(template, bucketOf(template, 'Mine')).rule.Destination.Bucket).toEqual(arnOf(bucketOf(template, 'Copy')));
    template.resourceCountIs('AWS::S3::Bucket', 2);
  });

  test('have one role and one policy for one destination, however many are copied into it', () => {
    const stack = stackIn(IRELAND);
    const encryptionKey = new Key(stack, 'Key');
    const destinationBucket = ownBucket(stack, 'Copy', { encryptionKey });
    const replications = ['One', 'Two', 'Three'].map((id) => (
      new BucketReplication(stack, id, { sourceBucket: ownBucket(stack, `${id}Bucket`, { encryptionKey }), destinationBucket })
    ));
    expect(new Set(replications.map(({ role }) => role)).size).toBe(1);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Role', 1);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 2);
  });

  test('may be copied into a bucket that was imported, by the role\'s own policy', () => {
    const stack = stackIn(IRELAND);
    const { template } = replicationIn(stack, {
      destinationBucket: Bucket.fromBucketAttributes(stack, 'Imported', {
        bucketName: 'copies', region: 'eu-central-1', encryptionKey: Key.fromKeyArn(stack, 'ImportedKey', KEY_ARN.replace('eu-west-1', 'eu-central-1')),
      }),
    });
    const role = { Ref: onlyIdOf(template, 'AWS::IAM::Role') };
    expect(allowedTo(template, role)).toContainEqual(expect.objectContaining({
      Action: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::copies/*']] },
    }));
    expect(JSON.stringify(allowedTo(template, role))).toContain('s3.eu-central-1.');
    expect(findings(stack)).toEqual([]);
  });

  test('may have names that only the deployment knows', () => {
    const stack = stackIn();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    const { template, replication } = replicationIn(stack, {
      destinationBucket: Bucket.fromBucketAttributes(stack, 'Imported', { bucketName: name, encryptionKey: Key.fromKeyArn(stack, 'ImportedKey', KEY_ARN) }),
    });
    expect(ruleOf(template, bucketOf(template, 'SourceBucket')).rule.Destination.Bucket)
      .toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { Ref: 'Name' }]] });
    expect(stack.resolve(replication.metricReplicationLatency().dimensions)).toMatchObject({ DestinationBucket: { Ref: 'Name' } });
    expect(findings(stack)).toEqual([]);
  });

  test('may be without keys on both sides', () => {
    const stack = stackIn();
    const plain = { encryption: BucketEncryption.S3_MANAGED };
    const { template } = replicationIn(stack, { sourceBucket: ownBucket(stack, 'Mine', plain), destinationBucket: ownBucket(stack, 'Copy', plain) });
    const { rule } = ruleOf(template, bucketOf(template, 'Mine'));
    expect(rule).not.toHaveProperty('SourceSelectionCriteria');
    expect(rule.Destination).not.toHaveProperty('EncryptionConfiguration');
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });
});

describe('input that cannot work', () => {
  const attempt = (props: (stack: Stack) => BucketReplicationProps) => () => {
    const stack = stackIn(IRELAND);
    new BucketReplication(stack, 'Replication', props(stack));
  };

  test('is a source or destination without versions', () => {
    expect(attempt((stack) => ({ sourceBucket: ownBucket(stack, 'Mine', { versioned: false }) })))
      .toThrow('sourceBucket: got \'Payments/Mine without versions\', allowed: a versioned bucket');
    expect(attempt((stack) => ({ destinationBucket: ownBucket(stack, 'Copy', { versioned: false }) })))
      .toThrow('destinationBucket: got \'Payments/Copy without versions\', allowed: a versioned bucket');
  });

  test('is a source that is imported', () => {
    expect(attempt((stack) => ({ sourceBucket: Bucket.fromBucketName(stack, 'Theirs', 'theirs') as Bucket })))
      .toThrow('sourceBucket: got \'an imported bucket\', allowed: a bucket of this app');
  });

  test('is a source that is copied elsewhere already', () => {
    expect(attempt((stack) => {
      const sourceBucket = ownBucket(stack, 'Mine');
      (sourceBucket.node.defaultChild as CfnBucket).replicationConfiguration = { role: 'arn:aws:iam::111111111111:role/other', rules: [] };
      return { sourceBucket };
    })).toThrow('sourceBucket: got \'Payments/Mine, which has replication rules\', allowed: one whose replication nothing else configures');
  });

  test('is one bucket as both', () => {
    expect(attempt((stack) => {
      const bucket = ownBucket(stack, 'Mine');
      return { sourceBucket: bucket, destinationBucket: bucket };
    })).toThrow('sourceBucket: got \'Payments/Mine, the destination itself\', allowed: another bucket than destinationBucket');
  });

  test('is a destination in another account', () => {
    expect(attempt((stack) => ({
      destinationBucket: Bucket.fromBucketAttributes(stack, 'Theirs', { bucketName: 'theirs', account: '222222222222', encryptionKey: new Key(stack, 'Key') }),
    }))).toThrow('destinationBucket: got \'one of the account 222222222222 beside 111111111111\', allowed: both buckets in one account');
  });

  test('is a destination whose key is not known', () => {
    expect(attempt((stack) => ({ destinationBucket: Bucket.fromBucketName(stack, 'Theirs', 'theirs') })))
      .toThrow('destinationBucket: got \'Payments/Theirs, whose encryptionKey is not known\', allowed: one with a KMS key');
  });

  test('is a destination that cannot keep the locks of the source', () => {
    expect(attempt((stack) => ({ sourceBucket: ownBucket(stack, 'Mine', { objectLockEnabled: true }) })))
      .toThrow('destinationBucket: got \'Payments/Replication/DestinationBucket without object lock\', allowed: one with object lock');
  });

  test.each<[string, (stack: Stack) => BucketReplicationProps]>([
    ['sourceEncryptionKey', (stack) => ({ sourceBucket: ownBucket(stack, 'Mine'), sourceEncryptionKey: new Key(stack, 'Key') })],
    ['sourceAccessLogsBucket', (stack) => ({ sourceBucket: ownBucket(stack, 'Mine'), sourceAccessLogsBucket: ownBucket(stack, 'Logs') })],
    ['destinationScope', (stack) => ({ destinationBucket: ownBucket(stack, 'Copy'), destinationScope: stack })],
    ['destinationEncryptionKey', (stack) => ({ destinationBucket: ownBucket(stack, 'Copy'), destinationEncryptionKey: new Key(stack, 'Key') })],
    ['destinationAccessLogsBucket', (stack) => ({ destinationBucket: ownBucket(stack, 'Copy'), destinationAccessLogsBucket: ownBucket(stack, 'Logs') })],
  ])('is %s beside a bucket that is there', (prop, props) => {
    const bucket = prop.startsWith('source') ? 'sourceBucket' : 'destinationBucket';
    expect(attempt(props)).toThrow(`${prop}: got 'a value beside ${bucket}', allowed: none, since ${bucket} is there already`);
  });
});

describe('a role for what was there before', () => {
  const stack = stackIn(IRELAND);
  const replication = new BucketReplication(stack, 'Replication');
  const { role } = new BatchReplicationRole(stack, 'Batch', { replication });
  const template = Template.fromStack(stack);
  const source = bucketOf(template, 'SourceBucket');
  const id = onlyIdOf(template, 'AWS::IAM::Role', 'Batch');

  test('belongs to S3 Batch Operations', () => {
    expect(stack.resolve(role.roleArn)).toEqual(arnOf(id));
    expect(propertiesOf(template, id)).toMatchObject({
      AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'batchoperations.s3.amazonaws.com' } }] },
    });
  });

  test('may start the copying of each object, list them, and write its report', () => {
    expect(allowedBy(template, source, arnOf(id)).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration'], arnOf(source)],
      ['s3:InitiateReplication', objectsOf(source)],
      ['s3:PutObject', objectsOf(source, 'batch-replication/*')],
    ]);
    expect(allowedTo(template, { Ref: id })).toMatchObject([{ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: keyOf(template, source) }]);
  });

  test('needs no policy for a source without a key', () => {
    const plain = stackIn();
    const sourceBucket = ownBucket(plain, 'Mine', { encryption: BucketEncryption.S3_MANAGED });
    new BatchReplicationRole(plain, 'Batch', { replication: new BucketReplication(plain, 'Replication', { sourceBucket }) });
    expect(idsOf(Template.fromStack(plain), 'AWS::IAM::ManagedPolicy', 'Batch')).toEqual([]);
  });

  test('leaves nothing to scanners', () => {
    expect(findings(stack)).toEqual([]);
  });

  test('stands in the source\'s stack', () => {
    const app = new App();
    const elsewhere = new BucketReplication(new Stack(app, 'Payments'), 'Replication');
    expect(() => new BatchReplicationRole(new Stack(app, 'Other'), 'Batch', { replication: elsewhere })).toThrow('replication: got \'Payments/Replication with its source in another stack\'');
  });
});

test('accounts that only the deployment knows are not judged', () => {
  const stack = stackIn(IRELAND);
  expect(() => new BucketReplication(stack, 'Replication', {
    destinationBucket: Bucket.fromBucketAttributes(stack, 'Imported', {
      bucketName: 'copies', account: Aws.ACCOUNT_ID, encryptionKey: Key.fromKeyArn(stack, 'ImportedKey', KEY_ARN),
    }),
  })).not.toThrow();
});
