import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { AssessmentRequest } from './contract';
import { acknowledge } from '../core';

/** DMS's own assessment of a task before it runs, and where its report goes. */
export interface PreflightAssessmentOptions {
  /** The ARN of the task that loads the target. It must stand still while it is assessed. */
  readonly taskArn: string;

  /** Where DMS writes what it found. */
  readonly bucket: IBucket;

  /**
   * The folder in the bucket: no other object can be read or written.
   *
   * @default 'preflight'
   */
  readonly folder?: string;
}

/**
 * What DMS assesses a task with: a role that writes into one folder of a bucket.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.AssessmentReport.html
 */
export class AssessmentAccess extends Construct {
  /** What the function asks DMS for. */
  public readonly request: AssessmentRequest;

  constructor(scope: Construct, id: string, private readonly options: PreflightAssessmentOptions) {
    super(scope, id);
    const { taskArn, bucket, folder = 'preflight' } = options;
    const role = new Role(this, 'Role', {
      description: 'DMS writes what it finds in an assessment with it, and nothing else',
      assumedBy: new ServicePrincipal('dms.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
    });
    const objects = bucket.arnForObjects(`${folder}/*`);
    const policy = new ManagedPolicy(this, 'Policy', { roles: [role] });
    bucket.encryptionKey?.grant(policy, 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey');
    policy.addStatements(
      new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging', 's3:DeleteObject'], resources: [objects] }),
      new PolicyStatement({ actions: ['s3:GetBucketLocation', 's3:ListBucket'], resources: [bucket.bucketArn] }),
    );
    acknowledge(policy, [`AwsSolutions-IAM5[Resource::${flattened(Stack.of(this).resolve(objects))}]`], 'DMS gives each report a name of its own, inside this one folder');
    this.request = {
      taskArn,
      serviceAccessRoleArn: role.roleArn,
      bucket: bucket.bucketName,
      folder,
      ...(bucket.encryptionKey === undefined ? {} : { kmsKeyArn: bucket.encryptionKey.keyArn }),
    };
  }

  /** What the function may do for it. Who reads about runs names none. */
  public statements(): PolicyStatement[] {
    return [
      new PolicyStatement({ actions: ['dms:StartReplicationTaskAssessmentRun'], resources: [this.options.taskArn] }),
      new PolicyStatement({
        actions: ['dms:DescribeReplicationTaskAssessmentRuns', 'dms:DescribeReplicationTaskIndividualAssessments'],
        resources: ['*'],
      }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.request.serviceAccessRoleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'dms.amazonaws.com' } },
      }),
    ];
  }
}

/** A resolved ARN as cdk-nag prints it. */
function flattened(arn: unknown): string {
  if (typeof arn === 'string') return arn;
  const { 'Ref': ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = arn as {
    readonly 'Ref'?: string;
    readonly 'Fn::Join'?: [string, unknown[]];
    readonly 'Fn::GetAtt'?: [string, string];
  };
  return join ? join[1].map(flattened).join(join[0]) : `<${ref ?? attribute?.join('.')}>`;
}
