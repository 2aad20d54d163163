import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeNoReplication, PACKS_ABOUT_BUCKETS, protectedBucket } from './protected-bucket';
import { acknowledge, type Protection } from '../core';

export interface AccessLogsProps {
  readonly protection: Protection;
}

/** Keeps for a year what S3, and load balancers, log of who reaches them; for buckets of its own Region. */
export class AccessLogs extends Construct {
  public readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { protection }: AccessLogsProps) {
    super(scope, id);
    this.bucket = protectedBucket(this, 'Bucket', {
      protection,
      lifecycleRules: [{ expiration: Duration.days(365), noncurrentVersionExpiration: Duration.days(1) }],
    });
    // Not by the CDK's `serverAccessLogsBucket`: whether it writes an ACL, which this bucket refuses, is up to a feature flag of the app.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    this.bucket.addToResourcePolicy(new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [this.bucket.arnForObjects('*')],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
    acknowledge(this.bucket, PACKS_ABOUT_BUCKETS.map((pack) => `${pack}-S3DefaultEncryptionKMS`),
      'S3 delivers access logs only to buckets that are encrypted with its own keys (SSE-S3), and so do load balancers');
    acknowledgeNoReplication(this.bucket, 'Access logs tell of one Region, and a copy whose receipt is logged here again would never come to an end');
  }
}
