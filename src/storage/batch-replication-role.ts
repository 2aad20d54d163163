import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { BucketReplication } from './bucket-replication';
import { BATCH_REPORT_PREFIX } from './contract';
import { invalidInput } from '../core';

/** Properties of `BatchReplicationRole`. */
export interface BatchReplicationRoleProps {
  /** The replication whose source holds objects from before. */
  readonly replication: BucketReplication;
}

/**
 * Lets S3 Batch Replication copy what was in the source before a `BucketReplication` stood, or what failed to be copied.
 *
 * Nothing runs by itself. Once the replication is deployed, an operator starts a job with this role, and reads the report under
 * `batch-replication/` in the source bucket:
 *
 * ```text
 * aws s3control create-job --account-id ACCOUNT --role-arn ROLE_ARN --priority 1 --no-confirmation-required \
 *   --client-request-token "$(uuidgen)" --operation '{"S3ReplicateObject":{}}' \
 *   --manifest-generator '{"S3JobManifestGenerator":{"SourceBucket":"SOURCE_ARN","EnableManifestOutput":false,
 *     "Filter":{"EligibleForReplication":true,"ObjectReplicationStatuses":["NONE","FAILED"]}}}' \
 *   --report '{"Enabled":true,"Bucket":"SOURCE_ARN","Prefix":"batch-replication","Format":"Report_CSV_20180820","ReportScope":"AllTasks"}'
 * ```
 *
 * The job uses the rules of the replication as they stand: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
 */
export class BatchReplicationRole extends Construct {
  /** What the job runs as. */
  public readonly role: IRole;

  constructor(scope: Construct, id: string, props: BatchReplicationRoleProps) {
    super(scope, id);
    const { replication } = props;
    const { sourceBucket } = replication;
    if (Stack.of(this) !== Stack.of(sourceBucket)) {
      throw invalidInput('replication', `${replication.node.path} with its source in another stack`, 'one whose source is in the stack of the role: its policy names the role');
    }
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('batchoperations.s3.amazonaws.com'),
      description: `Copies what is in ${sourceBucket.node.path} already`.slice(0, 1000),
    });
    this.role = role;
    const allow = (actions: string[], resource: string) => (
      sourceBucket.addToResourcePolicy(new PolicyStatement({ principals: [role], actions, resources: [resource] }))
    );
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html, with a list of objects that S3 makes
    allow(['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration'], sourceBucket.bucketArn);
    allow(['s3:InitiateReplication'], sourceBucket.arnForObjects('*'));
    allow(['s3:PutObject'], sourceBucket.arnForObjects(`${BATCH_REPORT_PREFIX}/*`));
    if (sourceBucket.encryptionKey) this.letEncrypt(role, sourceBucket.encryptionKey, sourceBucket.env.region);
  }

  /** For the report. */
  private letEncrypt(role: Role, key: IKey, region: string): void {
    new ManagedPolicy(this, 'EncryptionPolicy', {
      roles: [role],
      statements: [new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.${Stack.of(this).urlSuffix}` } },
      })],
    });
  }
}
