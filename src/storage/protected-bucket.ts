import { CfnResource, Duration, Names, PhysicalName, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  ObjectOwnership,
  type IBucket,
  type LifecycleRule,
  type ObjectLockRetention,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, type Protection } from '../core';

/** Of the packs that judge buckets, those that ask for a customer managed key and for replication. */
export const PACKS_ABOUT_BUCKETS = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

export interface ProtectedBucketProps {
  readonly protection: Protection;
  readonly lifecycleRules: LifecycleRule[];
  /** Without a key, S3's own keys encrypt. */
  readonly encryptionKey?: IKey;
  /** Where S3 logs who reaches the bucket. */
  readonly accessLogsBucket?: IBucket;
  /** Whether objects may be locked: only in production, where nobody asks for what cannot be deleted to be deleted. */
  readonly objectLockEnabled?: boolean;
  readonly objectLockDefaultRetention?: ObjectLockRetention;
}

/** A private, versioned, encrypted bucket that TLS 1.2 or newer alone reaches. */
export function protectedBucket(scope: Construct, id: string, props: ProtectedBucketProps): Bucket {
  const { protection, encryptionKey } = props;
  // CloudFormation deletes no bucket that holds anything.
  const autoDeleteObjects = protection.removalPolicy === RemovalPolicy.DESTROY;
  const bucket = new Bucket(scope, id, {
    // Only where another Region refers to it: such a name is taken for good while the bucket is kept.
    bucketName: PhysicalName.GENERATE_IF_NEEDED,
    encryption: encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    encryptionKey,
    bucketKeyEnabled: encryptionKey && true,
    versioned: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    objectLockEnabled: props.objectLockEnabled,
    objectLockDefaultRetention: props.objectLockDefaultRetention,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }, ...props.lifecycleRules],
    removalPolicy: protection.removalPolicy,
    autoDeleteObjects,
  });
  if (autoDeleteObjects) leaveNoLog(Stack.of(bucket));
  if (props.accessLogsBucket) {
    cfnBucketOf(bucket).loggingConfiguration = {
      destinationBucketName: props.accessLogsBucket.bucketName,
      logFilePrefix: `s3/${Names.uniqueResourceName(bucket, { maxLength: 100 })}/`,
    };
  }
  return bucket;
}

/** A bucket that is no source of replication, which three packs ask of every one. */
export function acknowledgeNoReplication(bucket: Bucket, reason: string): void {
  acknowledge(bucket, PACKS_ABOUT_BUCKETS.map((pack) => `${pack}-S3BucketReplicationEnabled`), reason);
}

/**
 * The CDK's function that empties buckets makes a log group on its first call, which no stack owns and no deletion reaches.
 * What it fails to do is told to CloudFormation, so it needs none: its role keeps nothing but what the buckets' policies give it.
 */
function leaveNoLog(stack: Stack): void {
  const role = stack.node.tryFindChild('Custom::S3AutoDeleteObjectsCustomResourceProvider')?.node.tryFindChild('Role');
  if (role && CfnResource.isCfnResource(role)) role.addPropertyDeletionOverride('ManagedPolicyArns');
}

export function cfnBucketOf(bucket: Bucket): CfnBucket {
  const resource = bucket.node.defaultChild;
  if (!resource || !CfnBucket.isCfnBucket(resource)) throw new Error(`${bucket.node.path} is no single bucket`);
  return resource;
}
