import { Annotations, Duration, Names, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ObjectLockRetention, StorageClass, type Bucket, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AccessLogs } from './access-logs';
import { BucketReplication } from './bucket-replication';
import { BATCH_REPORT_PREFIX, KEY_PREFIXES } from './contract';
import { acknowledgeNoReplication, protectedBucket } from './protected-bucket';
import { encryptionKey, invalidInput, MigrationStage, Protection } from '../core';

/** What a side of a migration says of its buckets. */
export interface StorageSideOptions {
  /**
   * Where the side's buckets are made: a stack in any Region of the account.
   *
   * @default - the scope of the migration's buckets
   */
  readonly scope?: Construct;

  /**
   * Encrypts the side's buckets.
   *
   * @default - the migration's key where the side is in the migration's stack, else a new key
   */
  readonly encryptionKey?: IKey;

  /**
   * Where S3 logs who reaches the side's buckets: a bucket of the side's Region that S3 may log to, encrypted with SSE-S3.
   *
   * @default - a new bucket, one for each stack
   */
  readonly accessLogsBucket?: IBucket;
}

/** What a caller may say about the buckets of a migration. */
export interface StorageOptions {
  /**
   * How long nobody can delete or change what is kept as evidence; not under `Protection.ephemeral()`, which locks nothing.
   *
   * With `ObjectLockRetention.compliance()` nobody can delete it earlier, not even the account's root user.
   *
   * @default ObjectLockRetention.governance(Duration.days(365))
   */
  readonly evidenceRetention?: ObjectLockRetention;
}

/** Properties of `MigrationBuckets`. */
export interface MigrationBucketsProps extends StorageOptions {
  /**
   * What the system moves from.
   *
   * @default - in the scope of the migration's buckets
   */
  readonly source?: StorageSideOptions;

  /**
   * What the system moves to.
   *
   * @default - in the scope of the migration's buckets
   */
  readonly target?: StorageSideOptions;

  /**
   * Encrypts the buckets that belong to the migration itself.
   *
   * @default - a new key
   */
  readonly encryptionKey?: IKey;

  /**
   * How far the migration is: the source has no bucket under `MigrationStage.RETIRED`.
   *
   * @default MigrationStage.MIGRATING
   */
  readonly stage?: MigrationStage;

  /**
   * What happens to the buckets when they are deleted. Under `Protection.ephemeral()` a function of the CDK empties them first, without
   * a log, which would stay behind.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

/** One side, as it stands. */
interface Side {
  readonly scope: Construct;
  readonly encryptionKey: IKey;
  readonly accessLogsBucket: IBucket;
}

const toInfrequentAccess = { transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(30) }] };
const previousVersions = (days: number): LifecycleRule => ({ noncurrentVersionExpiration: Duration.days(days) });
const DMS_LOGS_KEPT: LifecycleRule = { expiration: Duration.days(30), noncurrentVersionExpiration: Duration.days(1) };

/**
 * The buckets of a migration.
 *
 * Transaction logs have a bucket on each side. The migration itself has buckets for checkpoints, for what a way back needs, for logs of DMS and for
 * evidence; keys in them begin with `checkpoints/`, `rollback/`, `dms-logs/` and `evidence/`, and others are refused.
 *
 * Every object exists twice: the source's transaction logs are copied to the target's bucket; what is written to any other bucket is copied to the
 * archive, which is made beside the target's. Nobody writes to the archive but S3. `BucketReplication` says what is not copied.
 *
 * The buckets refer to the target's stack, never the other way round. Where only the target is in their own stack, the source's stack is made
 * first and cannot wait for them: then the target's transaction logs are copied to the source, where the archive is too, and a warning says so.
 */
export class MigrationBuckets extends Construct {
  /** Transaction logs of the source; undefined under `MigrationStage.RETIRED`. */
  public readonly sourceTransactionLogs?: IBucket;
  /** Transaction logs of the target. */
  public readonly targetTransactionLogs: IBucket;
  /** How far the migration is: in infrequent access after 30 days, previous versions for 30 days. */
  public readonly checkpoints: IBucket;
  /** What a way back needs: previous versions for 90 days. */
  public readonly rollback: IBucket;
  /** Logs and assessments of DMS: for 30 days. */
  public readonly dmsLogs: IBucket;
  /** What happened, and who approved it: locked. */
  public readonly evidence: IBucket;
  /** Copies of what the other buckets hold. */
  public readonly archive: IBucket;
  /** Where S3 logs who reaches the migration's own buckets; load balancers of the same Region may log there too. */
  public readonly accessLogsBucket: IBucket;
  /** Who copies what where. */
  public readonly replications: BucketReplication[] = [];
  /** Encrypts the buckets that belong to the migration itself. */
  public readonly encryptionKey: IKey;

  private readonly protection: Protection;
  private readonly accessLogs = new Map<Stack, IBucket>();

  constructor(scope: Construct, id: string, props: MigrationBucketsProps = {}) {
    super(scope, id);
    this.protection = props.protection ?? Protection.production();
    const retention = this.retentionOf(props);
    this.encryptionKey = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Buckets of ${this.node.path}`, this.protection);

    const home: Side = { scope: this, encryptionKey: this.encryptionKey, accessLogsBucket: this.accessLogsIn(this) };
    this.accessLogsBucket = home.accessLogsBucket;
    const source = props.stage === MigrationStage.RETIRED ? undefined : this.side('Source', props.source);
    const target = this.side('Target', props.target);
    const reversed = source !== undefined && this.targetIsMadeAfter(source, target);
    const [first, last] = reversed ? [target, source] : [source, target];
    const archive = this.createArchive(last);
    this.archive = archive;
    const logs = (side: Side) => this.bucket(side, 'TransactionLogs', [{ ...toInfrequentAccess, ...previousVersions(90) }]);
    const copied = logs(last);
    this.replicate(last.scope, 'TransactionLogsReplication', copied, archive);
    const original = first && logs(first);
    if (original) this.replicate(first.scope, 'TransactionLogsReplication', original, copied);
    this.sourceTransactionLogs = reversed ? copied : original;
    this.targetTransactionLogs = reversed && original ? original : copied;

    const own = (name: keyof typeof KEY_PREFIXES, bucketId: string, rule: LifecycleRule, lock?: ObjectLockRetention) => {
      const bucket = this.bucket(home, bucketId, [rule], lock);
      refuseOtherKeys(bucket, KEY_PREFIXES[name]);
      this.replicate(this, `${bucketId}Replication`, bucket, archive);
      return bucket;
    };
    this.checkpoints = own('checkpoints', 'Checkpoints', { ...toInfrequentAccess, ...previousVersions(30) });
    this.rollback = own('rollback', 'Rollback', previousVersions(90));
    this.dmsLogs = own('dmsLogs', 'DmsLogs', DMS_LOGS_KEPT);
    this.evidence = own('evidence', 'Evidence', toInfrequentAccess, retention);
  }

  private retentionOf({ evidenceRetention }: MigrationBucketsProps): ObjectLockRetention | undefined {
    if (this.keepsData()) return evidenceRetention ?? ObjectLockRetention.governance(Duration.days(365));
    if (evidenceRetention) {
      throw invalidInput('evidenceRetention', `${evidenceRetention.mode} under Protection.ephemeral()`, 'none there: what is locked cannot go with the stack');
    }
    return undefined;
  }

  private side(id: string, options: StorageSideOptions = {}): Side {
    // Another scope may be home to sides of several migrations.
    const scope = options.scope ? new Construct(options.scope, `${Names.uniqueResourceName(this, { maxLength: 100 })}${id}`) : new Construct(this, id);
    const own = Stack.of(scope) === Stack.of(this) ? this.encryptionKey : undefined;
    return {
      scope,
      encryptionKey: options.encryptionKey ?? own ?? encryptionKey(scope, 'EncryptionKey', `Buckets of ${scope.node.path}`, this.protection),
      accessLogsBucket: options.accessLogsBucket ?? this.accessLogsIn(scope),
    };
  }

  /** S3 logs into buckets of the same Region only. */
  private accessLogsIn(scope: Construct): IBucket {
    const stack = Stack.of(scope);
    const bucket = this.accessLogs.get(stack) ?? new AccessLogs(scope, 'AccessLogs', { protection: this.protection }).bucket;
    this.accessLogs.set(stack, bucket);
    return bucket;
  }

  /** Whether the source's stack cannot wait for the target's, which is the migration's own and refers to it. */
  private targetIsMadeAfter(source: Side, target: Side): boolean {
    const reversed = outermost(target.scope) === outermost(this) && outermost(source.scope) !== outermost(this);
    if (reversed) {
      Annotations.of(this).addWarningV2('cdk-payment-migration:storage.sourceNotCopied',
        `The source's stack ${Stack.of(source.scope).stackName} is made before the target's, so the source's transaction logs are not copied to the target: `
        + 'only the target\'s to the source. Make the migration in the source\'s stack, or each side in a stack of its own');
    }
    return reversed;
  }

  private createArchive(side: Side): Bucket {
    const archive = protectedBucket(side.scope, 'Archive', {
      ...side,
      protection: this.protection,
      // S3 copies what is locked only where locks can be kept.
      objectLockEnabled: this.keepsData() || undefined,
      lifecycleRules: [
        { ...toInfrequentAccess, ...previousVersions(90) },
        { prefix: KEY_PREFIXES.dmsLogs, ...DMS_LOGS_KEPT },
      ],
    });
    acknowledgeNoReplication(archive, 'It holds the copies of all other buckets, and S3 copies no copy any further: a rule of its own would never apply');
    return archive;
  }

  private bucket(side: Side, id: string, lifecycleRules: LifecycleRule[], objectLockDefaultRetention?: ObjectLockRetention): Bucket {
    return protectedBucket(side.scope, id, { ...side, protection: this.protection, lifecycleRules, objectLockDefaultRetention });
  }

  private replicate(scope: Construct, id: string, sourceBucket: Bucket, destinationBucket: Bucket): void {
    this.replications.push(new BucketReplication(scope, id, { sourceBucket, destinationBucket }));
  }

  private keepsData(): boolean {
    return this.protection.deletionProtection;
  }
}

/** The archive tells copies apart by what their keys begin with. */
function refuseOtherKeys(bucket: Bucket, prefix: string): void {
  bucket.addToResourcePolicy(new PolicyStatement({
    sid: 'OtherKeys',
    effect: Effect.DENY,
    principals: [new StarPrincipal()],
    actions: ['s3:PutObject'],
    notResources: [prefix, `${BATCH_REPORT_PREFIX}/`].map((allowed) => bucket.arnForObjects(`${allowed}*`)),
  }));
}

/** A nested stack is made with the stack around it. */
function outermost(scope: Construct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}
