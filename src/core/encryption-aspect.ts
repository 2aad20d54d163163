import { Annotations, CfnResource, Stage, type IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a resource that is not declared as encrypted leads to. */
export enum EncryptionSeverity {
  /** The synthesis fails and lists every such resource. It cannot be acknowledged. */
  ERROR = 'ERROR',
  /** The synthesis succeeds with a warning for each, which can be acknowledged as `cdk-payment-migration:core.unencrypted`. */
  WARNING = 'WARNING',
}

/** How the check for encryption reports. */
export interface EncryptionAspectProps {
  /**
   * What a resource that is not declared as encrypted leads to.
   *
   * @default EncryptionSeverity.ERROR
   */
  readonly severity?: EncryptionSeverity;
}

/**
 * Checks that everything that stores data at rest is declared as encrypted, in a whole app or in a part of it.
 *
 * It reads S3 buckets, databases of RDS, DocumentDB, Neptune and Redshift, EBS volumes (also those that an EC2 instance, a launch template
 * or a launch configuration lists), EFS file systems, SNS topics, SQS queues and CloudWatch log groups, and nothing else.
 *
 * What is absent counts as unencrypted, also where AWS would encrypt with a key of its own: an
 * [S3 bucket](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html) (SSE-S3), an
 * [SQS queue](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html) that declares neither
 * `KmsMasterKeyId` nor `SqsManagedSseEnabled` (SSE-SQS), a
 * [Redshift cluster](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-redshift-cluster.html), and a
 * [log group](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html). A default of AWS shows in no
 * template and may change; what is declared can be reviewed and audited. A log group and a topic need a KMS key.
 *
 * What takes its encryption from elsewhere (a member of a cluster, a replica, a database restored from a snapshot, a copied volume) may
 * leave it out; whether the source is encrypted cannot be seen here. A value that is known only at deployment, such as a parameter, is not judged.
 *
 * Resources are judged as they will stand in the template, after all aspects and with overrides, unless the app skips validation
 * (`skipValidation`). The CDK does not carry an aspect into a `Stage`: errors found in the stages of an app are reported by the app,
 * but warnings need the aspect on each stage. What AWS creates without a resource of its own in the template, such as the log group
 * that a Lambda function makes on its first call, cannot be seen.
 *
 * Added to an app with `Aspects.of(app).add(new EncryptionAspect())`.
 */
export class EncryptionAspect implements IAspect {
  private readonly severity: EncryptionSeverity;
  private readonly visited = new WeakSet<IConstruct>();

  public constructor(props: EncryptionAspectProps = {}) {
    this.severity = props.severity ?? EncryptionSeverity.ERROR;
  }

  /** Has the construct checked at the end of the synthesis; called by the CDK. */
  public visit(node: IConstruct): void {
    if (this.visited.has(node)) return;
    this.visited.add(node);
    // Not at once: aspects may still follow, and reading a cached `Lazy` too early would freeze its value.
    node.node.addValidation({ validate: () => this.judge(node) });
  }

  private judge(node: IConstruct): string[] {
    const messages = findings(node);
    if (this.severity === EncryptionSeverity.WARNING) {
      for (const message of messages) Annotations.of(node).addWarningV2('cdk-payment-migration:core.unencrypted', message);
      return [];
    }
    for (const message of messages) Annotations.of(node).addError(message);
    return [...messages, ...findingsInStages(node)];
  }
}

type Properties = Readonly<Record<string, unknown>>;

interface Finding {
  readonly property: string;
  readonly got: unknown;
  readonly allowed: string;
}

type Rule = (properties: Properties) => Finding[];

/** What each type has to declare. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['AWS::S3::Bucket', declared('BucketEncryption', 'a bucket encryption')],
  ['AWS::SNS::Topic', declared('KmsMasterKeyId', 'a KMS key')],
  ['AWS::Logs::LogGroup', declared('KmsKeyId', 'the ARN of a KMS key')],
  ['AWS::SQS::Queue', keyOr('KmsMasterKeyId', 'SqsManagedSseEnabled')],
  ['AWS::EFS::FileSystem', enabled('Encrypted')],
  ['AWS::EC2::Volume', enabled('Encrypted', ['SourceVolumeId'])],
  ['AWS::EC2::Instance', volumesEncrypted()],
  ['AWS::EC2::LaunchTemplate', volumesEncrypted('LaunchTemplateData')],
  ['AWS::AutoScaling::LaunchConfiguration', volumesEncrypted()],
  ['AWS::RDS::DBInstance', enabled('StorageEncrypted', [
    'DBClusterIdentifier',
    'DBSnapshotIdentifier',
    'DBClusterSnapshotIdentifier',
    'SourceDBInstanceIdentifier',
    'SourceDbiResourceId',
    'SourceDBInstanceAutomatedBackupsArn',
    'SourceDBClusterIdentifier',
  ])],
  ['AWS::RDS::DBCluster', enabled('StorageEncrypted', [
    'SnapshotIdentifier',
    'SourceDBClusterIdentifier',
    'SourceDbClusterResourceId',
    'ReplicationSourceIdentifier',
  ])],
  ['AWS::RDS::GlobalCluster', enabled('StorageEncrypted', ['SourceDBClusterIdentifier'])],
  ['AWS::DocDB::DBCluster', enabled('StorageEncrypted', ['SnapshotIdentifier', 'SourceDBClusterIdentifier'])],
  ['AWS::DocDB::GlobalCluster', enabled('StorageEncrypted', ['SourceDBClusterIdentifier'])],
  ['AWS::Neptune::DBCluster', enabled('StorageEncrypted', ['SnapshotIdentifier', 'SourceDBClusterIdentifier'])],
  ['AWS::Redshift::Cluster', enabled('Encrypted', ['SnapshotIdentifier'])],
]);

/** The property has to name something: a key, or a configuration. */
function declared(property: string, allowed: string): Rule {
  return (properties) => isNothing(properties[property]) ? [{ property, got: properties[property], allowed }] : [];
}

/** The property has to be true; it may be absent, but not false, where one of the sources decides. */
function enabled(property: string, sources: readonly string[] = []): Rule {
  const allowed = sources.length > 0 ? `true, or undefined with ${sources.join(' or ')}` : 'true';
  return (properties) => {
    const got = properties[property];
    const inherited = isAbsent(got) && sources.some((source) => !isNothing(properties[source]));
    return inherited || mayBeTrue(got) ? [] : [{ property, got, allowed }];
  };
}

/** Either the key is named or the encryption with a key of AWS is switched on. */
function keyOr(key: string, property: string): Rule {
  return (properties) => isNothing(properties[key]) && !mayBeTrue(properties[property])
    ? [{ property, got: properties[property], allowed: `true, or a KMS key as ${key}` }]
    : [];
}

/** Each EBS volume in the list of block devices, which may lie one level down, has to be encrypted. */
function volumesEncrypted(parent?: string): Rule {
  // A launch template takes no encryption for a volume from a snapshot:
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html
  const listedVolume = enabled('Encrypted', ['SnapshotId']);
  return (properties) => {
    const list = (parent ? asProperties(properties[parent]) : properties).BlockDeviceMappings;
    if (!Array.isArray(list)) return [];
    return list.flatMap((mapping, index) => {
      const volume = asProperties(mapping).Ebs;
      if (isAbsent(volume) || isIntrinsic(volume)) return [];
      const path = [...parent ? [parent] : [], 'BlockDeviceMappings', index, 'Ebs'].join('.');
      return listedVolume(asProperties(volume)).map((finding) => ({ ...finding, property: `${path}.${finding.property}` }));
    });
  };
}

/** Aspects of an app do not reach its stages, whose metadata is already written when the app is judged. */
function findingsInStages(parent: IConstruct): string[] {
  return parent.node.children.filter((child) => Stage.isStage(child)).flatMap((stage) => stage.node.findAll())
    .flatMap((node) => findings(node).map((message) => `[${node.node.path}] ${message}`));
}

function findings(node: IConstruct): string[] {
  if (!CfnResource.isCfnResource(node)) return [];
  const rule = RULES.get(node.cfnResourceType);
  if (!rule) return [];
  return templateProperties(node).flatMap(rule).map(({ property, got, allowed }) =>
    `${node.cfnResourceType} is not encrypted: ${property} got ${JSON.stringify(got)}, allowed: ${allowed}`);
}

/** The properties as the template will have them, overrides included; none for a resource that is left out of it. */
function templateProperties(resource: CfnResource): Properties[] {
  // The CDK's public members do not tell overrides: only what every resource renders itself to does.
  const { Resources: rendered = {} } = resource.stack.resolve(resource._toCloudFormation()) as {
    readonly Resources?: Readonly<Record<string, { readonly Properties?: Properties }>>;
  };
  return Object.values(rendered).map(({ Properties: properties = {} }) => properties);
}

/** Any object in the place of a boolean is an intrinsic function, which only the deployment resolves. */
function mayBeTrue(value: unknown): boolean {
  return value === true || value === 'true' || (typeof value === 'object' && !isNothing(value));
}

function isNothing(value: unknown): boolean {
  if (isAbsent(value)) return true;
  return typeof value === 'object' ? Object.values(value as Properties).every(isNothing) : value === '' || value === false;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || asProperties(value).Ref === 'AWS::NoValue';
}

function isIntrinsic(value: unknown): boolean {
  return Object.keys(asProperties(value)).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}

function asProperties(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? value as Properties : {};
}
