import { Duration, Names, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StorageClass, type Bucket, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AccessLogs } from './access-logs';
import { REPLICATION_RULE_ID } from './contract';
import { acknowledgeNoReplication, cfnBucketOf, protectedBucket } from './protected-bucket';
import { checkDestination, checkSource } from './replication-checks';
import { replicationMetric } from './replication-metrics';
import { ReplicationTarget } from './replication-target';
import { encryptionKey, invalidInput, Protection } from '../core';

/** Properties of `BucketReplication`. */
export interface BucketReplicationProps {
  /**
   * What is copied: a versioned bucket of this app, whose replication nothing else configures.
   *
   * @default - a new bucket
   */
  readonly sourceBucket?: Bucket;

  /**
   * What receives the copies: a versioned bucket of the account, in any Region.
   *
   * One that was imported has to be imported with its key where it has one, and the key has to leave its use to IAM.
   *
   * @default - a new bucket in `destinationScope`
   */
  readonly destinationBucket?: IBucket;

  /**
   * Where the new destination bucket is made: a stack in any Region of the account. The source's stack refers to it, never the other way round.
   *
   * @default - the scope of the replication itself
   */
  readonly destinationScope?: Construct;

  /**
   * Encrypts the new source bucket.
   *
   * @default - a new key
   */
  readonly sourceEncryptionKey?: IKey;

  /**
   * Encrypts the new destination bucket.
   *
   * @default - the source's key where both are made in one stack, else a new key
   */
  readonly destinationEncryptionKey?: IKey;

  /**
   * Where S3 logs who reaches the new source bucket: a bucket of the source's Region that S3 may log to, encrypted with SSE-S3.
   *
   * @default - a new bucket
   */
  readonly sourceAccessLogsBucket?: IBucket;

  /**
   * Where S3 logs who reaches the new destination bucket: a bucket of the destination's Region that S3 may log to, encrypted with SSE-S3.
   *
   * @default - the source's where both are made in one stack, else a new bucket
   */
  readonly destinationAccessLogsBucket?: IBucket;

  /**
   * How the new buckets' objects age. S3 does not replicate what it does by such rules, so both buckets have them.
   *
   * @default - to infrequent access after 30 days; previous versions expire after 90 days
   */
  readonly lifecycleRules?: LifecycleRule[];

  /**
   * What happens to the new buckets and keys when they are deleted.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

/**
 * Copies every object of a bucket into another one, in another Region as a rule.
 *
 * With replication time control: S3 undertakes to copy 99.99 % of new objects within 15 minutes, and tells by metrics how far it is. Delete markers are
 * copied; what is encrypted with KMS is encrypted anew with the destination's key.
 *
 * S3 copies only what is written from now on: for what is there already, see `BatchReplicationRole`. It never copies the deletion of a
 * version, what lifecycle rules do, objects that are copies themselves, and objects in Glacier Flexible Retrieval or Deep Archive
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html).
 *
 * In two Regions, both stacks need `crossRegionReferences`. The metrics of the backlog are then in another Region than the source, and an alarm on
 * them has to stand there; `metricOperationsFailed()` is where the source is.
 */
export class BucketReplication extends Construct {
  /** What is copied. */
  public readonly sourceBucket: IBucket;
  /** What receives the copies. */
  public readonly destinationBucket: IBucket;
  /** Copies; one for all sources of a destination. */
  public readonly role: IRole;
  /** The id of the rule, as the metrics have it. */
  public readonly ruleId = REPLICATION_RULE_ID;

  constructor(scope: Construct, id: string, props: BucketReplicationProps = {}) {
    super(scope, id);
    const protection = props.protection ?? Protection.production();
    const source = this.source(props, protection);
    const destination = this.destination(props, protection, source);
    checkSource('sourceBucket', source, destination);
    checkDestination('destinationBucket', source, destination);
    this.sourceBucket = source;
    this.destinationBucket = destination;

    const key = destination.encryptionKey;
    const target = ReplicationTarget.of(destination, key);
    this.role = target.role;
    target.letReadFrom(source);
    const resource = cfnBucketOf(source);
    resource.node.addDependency(...target.prerequisites);
    resource.replicationConfiguration = {
      role: this.role.roleArn,
      rules: [{
        id: this.ruleId,
        priority: 1,
        status: 'Enabled',
        filter: { prefix: '' },
        deleteMarkerReplication: { status: 'Enabled' },
        sourceSelectionCriteria: key && { sseKmsEncryptedObjects: { status: 'Enabled' } },
        destination: {
          bucket: destination.bucketArn,
          encryptionConfiguration: key && { replicaKmsKeyId: key.keyArn },
          // Fifteen minutes is the only value that S3 knows.
          replicationTime: { status: 'Enabled', time: { minutes: 15 } },
          metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
        },
      }],
    };
  }

  /** How long the destination is behind: seconds, in the destination's Region. */
  public metricReplicationLatency(options: MetricOptions = {}): Metric {
    return replicationMetric(this, 'ReplicationLatency', this.destinationBucket, { statistic: 'Maximum', ...options });
  }

  /** How much is still to be copied: bytes, in the destination's Region. */
  public metricBytesPending(options: MetricOptions = {}): Metric {
    return replicationMetric(this, 'BytesPendingReplication', this.destinationBucket, { statistic: 'Maximum', ...options });
  }

  /** How many operations are still to be copied; in the destination's Region. */
  public metricOperationsPending(options: MetricOptions = {}): Metric {
    return replicationMetric(this, 'OperationsPendingReplication', this.destinationBucket, { statistic: 'Maximum', ...options });
  }

  /** How many operations could not be copied; in the source's Region. */
  public metricOperationsFailed(options: MetricOptions = {}): Metric {
    return replicationMetric(this, 'OperationsFailedReplication', this.sourceBucket, { statistic: 'Sum', ...options });
  }

  private source(props: BucketReplicationProps, protection: Protection): Bucket {
    const { sourceBucket, sourceEncryptionKey, sourceAccessLogsBucket } = props;
    if (!sourceBucket) {
      return protectedBucket(this, 'SourceBucket', {
        protection,
        encryptionKey: sourceEncryptionKey ?? encryptionKey(this, 'SourceEncryptionKey', `Source bucket of ${this.node.path}`, protection),
        accessLogsBucket: sourceAccessLogsBucket ?? new AccessLogs(this, 'SourceAccessLogs', { protection }).bucket,
        lifecycleRules: lifecycleOf(props),
      });
    }
    refuse('sourceBucket', { sourceEncryptionKey, sourceAccessLogsBucket });
    return sourceBucket;
  }

  private destination(props: BucketReplicationProps, protection: Protection, source: Bucket): IBucket {
    const { destinationBucket, destinationScope, destinationEncryptionKey, destinationAccessLogsBucket } = props;
    if (destinationBucket) {
      refuse('destinationBucket', { destinationScope, destinationEncryptionKey, destinationAccessLogsBucket });
      return destinationBucket;
    }
    // Another scope may be home to the destinations of several replications.
    const scope = destinationScope ? new Construct(destinationScope, Names.uniqueResourceName(this, { maxLength: 100 })) : this;
    const together = Stack.of(scope) === Stack.of(source);
    const shared = together ? source.encryptionKey : undefined;
    const sharedLogs = together && !props.sourceBucket ? this.accessLogsOf(props) : undefined;
    const bucket = protectedBucket(scope, 'DestinationBucket', {
      protection,
      encryptionKey: destinationEncryptionKey ?? shared
        ?? encryptionKey(scope, 'DestinationEncryptionKey', `Destination bucket of ${this.node.path}`, protection),
      accessLogsBucket: destinationAccessLogsBucket ?? sharedLogs ?? new AccessLogs(scope, 'DestinationAccessLogs', { protection }).bucket,
      lifecycleRules: lifecycleOf(props),
    });
    acknowledgeNoReplication(bucket, 'It receives copies, and S3 copies no copy any further: a rule of its own would never apply');
    return bucket;
  }

  private accessLogsOf({ sourceAccessLogsBucket }: BucketReplicationProps): IBucket | undefined {
    const made = this.node.tryFindChild('SourceAccessLogs');
    return sourceAccessLogsBucket ?? (made instanceof AccessLogs ? made.bucket : undefined);
  }
}

function lifecycleOf({ lifecycleRules }: BucketReplicationProps): LifecycleRule[] {
  return lifecycleRules ?? [{
    transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(30) }],
    noncurrentVersionExpiration: Duration.days(90),
  }];
}

/** Options of a new bucket say nothing of one that is there. */
function refuse(prop: string, options: Record<string, unknown>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given) throw invalidInput(given, `a value beside ${prop}`, `none, since ${prop} is there already`);
}
