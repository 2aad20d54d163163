import { PhysicalName, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IDependable } from 'constructs';
import { acknowledge, invalidInput } from '../core';

const ID = 'ReplicationTarget';

/**
 * Everything that may be copied into one bucket is copied by one role, which stands beside that bucket, not beside the sources.
 *
 * A policy that names a role is refused while the role is not there ("invalid principals"), and a source is made after its
 * destination: so a role beside the source could not be named by the destination. Beside the destination it is there for both.
 *
 * The buckets' own policies let it read and write, so that no policy of the role needs a wildcard. Keys are named one by one in
 * policies of the role; a key's policy has to leave that to IAM, as those of the CDK's keys do.
 */
export class ReplicationTarget extends Construct {
  /** The one of this bucket. */
  public static of(bucket: IBucket, encryptionKey?: IKey): ReplicationTarget {
    const known = bucket.node.tryFindChild(ID);
    return known instanceof ReplicationTarget ? known : new ReplicationTarget(bucket, encryptionKey);
  }

  public readonly role: Role;
  /** What has to be there before anything is copied, and to stay until nothing is copied any more: permissions, and what empties the bucket. */
  public readonly prerequisites: IDependable[] = [];
  private readonly readers: { readonly stack: Stack; readonly key: IKey; readonly policy: ManagedPolicy }[] = [];

  private constructor(bucket: IBucket, encryptionKey?: IKey) {
    super(asConstruct(bucket), ID);
    this.role = new Role(this, 'Role', {
      roleName: PhysicalName.GENERATE_IF_NEEDED,
      assumedBy: new ServicePrincipal('s3.amazonaws.com'),
      description: `Copies objects into ${bucket.node.path}`.slice(0, 1000),
    });
    this.letWriteTo(bucket);
    if (encryptionKey) {
      this.prerequisites.push(new ManagedPolicy(this, 'EncryptionPolicy', {
        roles: [this.role],
        statements: [this.keyStatement(encryptionKey, ['kms:Encrypt', 'kms:GenerateDataKey'], bucket)],
      }));
    }
    const emptied = bucket.node.tryFindChild('AutoDeleteObjectsCustomResource');
    if (emptied) this.prerequisites.push(emptied);
  }

  /** Lets the role read what is in a source, which has to be made after the target and after what lets the role decrypt. */
  public letReadFrom(source: Bucket): void {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    source.addToResourcePolicy(new PolicyStatement({
      principals: [this.role],
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [source.bucketArn],
    }));
    source.addToResourcePolicy(new PolicyStatement({
      principals: [this.role],
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: [source.arnForObjects('*')],
    }));
    if (source.encryptionKey) source.node.defaultChild!.node.addDependency(this.letDecrypt(source, source.encryptionKey));
  }

  private letWriteTo(bucket: IBucket): void {
    const actions = ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'];
    const resources = [bucket.arnForObjects('*')];
    const { statementAdded, policyDependable } = bucket.addToResourcePolicy(new PolicyStatement({ principals: [this.role], actions, resources }));
    if (policyDependable) this.prerequisites.push(policyDependable);
    if (statementAdded) return;
    const policy = new ManagedPolicy(this, 'Policy', { roles: [this.role], statements: [new PolicyStatement({ actions, resources })] });
    acknowledge(policy, [`AwsSolutions-IAM5[Resource::${flattened(Stack.of(this).resolve(resources[0]))}]`],
      'All objects of the one bucket that the copies are for, whose own policy is not in this app');
    this.prerequisites.push(policy);
  }

  /** One policy for all sources of a stack that have one key. */
  private letDecrypt(source: Bucket, key: IKey): ManagedPolicy {
    const stack = Stack.of(source);
    const known = this.readers.find((reader) => reader.stack === stack && reader.key === key);
    if (known) return known.policy;
    const policy = new ManagedPolicy(source, 'DecryptionPolicy', {
      roles: [this.role],
      statements: [this.keyStatement(key, ['kms:Decrypt'], source)],
    });
    this.readers.push({ stack, key, policy });
    return policy;
  }

  private keyStatement(key: IKey, actions: string[], { env }: IBucket): PolicyStatement {
    return new PolicyStatement({
      actions,
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `s3.${env.region}.${Stack.of(this).urlSuffix}` } },
    });
  }
}

/** An imported bucket is a construct too, which its interface does not say. */
function asConstruct(bucket: IBucket): Construct {
  if (!Construct.isConstruct(bucket)) throw invalidInput('destinationBucket', bucket, 'a bucket of the CDK');
  return bucket;
}

/** A resolved ARN as cdk-nag prints it. */
function flattened(arn: unknown): string {
  if (typeof arn === 'string') return arn;
  const { 'Ref': ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = arn as {
    readonly 'Ref'?: string;
    readonly 'Fn::Join'?: [string, unknown[]];
    readonly 'Fn::GetAtt'?: [string, string];
  };
  if (join) return join[1].map(flattened).join(join[0]);
  return `<${ref ?? attribute?.join('.')}>`;
}
