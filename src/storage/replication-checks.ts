import { Stack } from 'aws-cdk-lib';
import { Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { cfnBucketOf } from './protected-bucket';
import { invalidInput, knownToDiffer } from '../core';

/** A source has to have versions, and its replication has to be free to be configured. */
export function checkSource(prop: string, source: Bucket, destination: IBucket): void {
  // jsii lets other languages pass what only looks like it: an imported bucket has no resource to configure.
  if (!(source instanceof Bucket)) throw invalidInput(prop, 'an imported bucket', 'a bucket of this app: who owns an imported one configures its replication');
  checkVersions(prop, source);
  if (cfnBucketOf(source).replicationConfiguration !== undefined) {
    throw invalidInput(prop, `${source.node.path}, which has replication rules`, 'one whose replication nothing else configures');
  }
  if (source === destination) throw invalidInput(prop, `${source.node.path}, the destination itself`, 'another bucket than destinationBucket');
}

/** A destination has to have versions, be in the same account, and have a key that copies can be encrypted with. */
export function checkDestination(prop: string, source: Bucket, destination: IBucket): void {
  checkVersions(prop, destination);
  if (knownToDiffer(source.env.account, destination.env.account)) {
    throw invalidInput(prop, `one of the account ${destination.env.account} beside ${source.env.account}`, 'both buckets in one account');
  }
  if (source.encryptionKey && !destination.encryptionKey) {
    throw invalidInput(prop, `${destination.node.path}, whose encryptionKey is not known`, 'one with a KMS key, since what the source holds is encrypted with one');
  }
  const locked = (bucket: IBucket) => configurationOf(bucket)?.objectLockEnabled === true;
  if (locked(source) && configurationOf(destination) && !locked(destination)) {
    throw invalidInput(prop, `${destination.node.path} without object lock`, 'one with object lock, since the source has it');
  }
}

function checkVersions(prop: string, bucket: IBucket): void {
  const configuration = configurationOf(bucket);
  if (!configuration) return;
  const versioning = Stack.of(bucket).resolve(configuration.versioningConfiguration) as { readonly status?: string } | undefined;
  if (versioning?.status !== 'Enabled') throw invalidInput(prop, `${bucket.node.path} without versions`, 'a versioned bucket');
}

/** Nothing is known of an imported bucket. */
function configurationOf(bucket: IBucket): CfnBucket | undefined {
  const { defaultChild } = bucket.node;
  return defaultChild && CfnBucket.isCfnBucket(defaultChild) ? defaultChild : undefined;
}
