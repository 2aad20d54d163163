import { Duration } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectLockRetention, ObjectOwnership, StorageClass, type BucketProps, type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const ABORT: LifecycleRule = { abortIncompleteMultipartUploadAfter: Duration.days(7) };
const COOL: LifecycleRule = {
  transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(30) }],
  noncurrentVersionExpiration: Duration.days(90),
};

/** Eight buckets: two of transaction logs, an archive that the others are copied to, one of access logs. */
export class Storage extends Construct {
  public readonly accessLogs: Bucket;

  constructor(scope: Construct, id: string, private readonly key: IKey) {
    super(scope, id);
    this.accessLogs = new Bucket(this, 'AccessLogs', {
      ...this.common(), encryption: BucketEncryption.S3_MANAGED, lifecycleRules: [ABORT, { expiration: Duration.days(365) }],
    });
    const archive = this.bucket('Archive', { lifecycleRules: [ABORT, COOL], objectLockEnabled: true });
    const logs = this.bucket('TargetLogs', { lifecycleRules: [ABORT, COOL] });
    const sourceLogs = this.bucket('SourceLogs', { lifecycleRules: [ABORT, COOL] });
    const others = [
      this.bucket('Checkpoints', { lifecycleRules: [ABORT, COOL] }),
      this.bucket('Rollback', { lifecycleRules: [ABORT, { noncurrentVersionExpiration: Duration.days(90) }] }),
      this.bucket('DmsLogs', { lifecycleRules: [ABORT, { expiration: Duration.days(30) }] }),
      this.bucket('Evidence', { lifecycleRules: [ABORT, COOL], objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(365)) }),
    ];
    this.replicate('LogsReplication', [sourceLogs], logs);
    this.replicate('ArchiveReplication', [logs, ...others], archive);
  }

  private common(): BucketProps {
    return {
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    };
  }

  private bucket(id: string, props: BucketProps): Bucket {
    return new Bucket(this, id, {
      ...this.common(),
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: `${id}/`,
      ...props,
    });
  }

  private replicate(id: string, sources: Bucket[], target: Bucket): void {
    const role = new Role(this, `${id}Role`, { assumedBy: new ServicePrincipal('s3.amazonaws.com') });
    const use = (name: string, actions: string[], services: string[]) => new ManagedPolicy(this, `${id}${name}`, {
      roles: [role],
      statements: [new PolicyStatement({ actions, resources: [this.key.keyArn], conditions: { StringLike: { 'kms:ViaService': services } } })],
    });
    use('Decryption', ['kms:Decrypt'], ['s3.eu-west-1.amazonaws.com']);
    use('Encryption', ['kms:Encrypt'], ['s3.eu-west-1.amazonaws.com']);
    for (const source of sources) {
      source.addToResourcePolicy(new PolicyStatement({
        principals: [role],
        actions: ['s3:GetReplicationConfiguration', 's3:ListBucket', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        resources: [source.bucketArn, source.arnForObjects('*')],
      }));
      (source.node.defaultChild as CfnBucket).replicationConfiguration = { role: role.roleArn, rules: [this.rule(target)] };
    }
    target.addToResourcePolicy(new PolicyStatement({
      principals: [role], actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], resources: [target.arnForObjects('*')],
    }));
  }

  private rule(target: Bucket): CfnBucket.ReplicationRuleProperty {
    return {
      id: 'everything',
      status: 'Enabled',
      priority: 1,
      filter: { prefix: '' },
      deleteMarkerReplication: { status: 'Enabled' },
      sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
      destination: {
        bucket: target.bucketArn,
        encryptionConfiguration: { replicaKmsKeyId: this.key.keyArn },
        metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
        replicationTime: { status: 'Enabled', time: { minutes: 15 } },
      },
    };
  }
}
