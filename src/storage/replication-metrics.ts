import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** What the metrics of a replication rule are told apart by. */
export interface ReplicationDimensions {
  readonly sourceBucket: IBucket;
  readonly destinationBucket: IBucket;
  readonly ruleId: string;
}

/**
 * A metric of a replication rule.
 *
 * S3 publishes some in the Region of the destination and some in that of the source, and an alarm in the other one never sees data:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
 */
export function replicationMetric(rule: ReplicationDimensions, metricName: string, publishedBeside: IBucket, options: MetricOptions): Metric {
  return new Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: {
      SourceBucket: rule.sourceBucket.bucketName,
      DestinationBucket: rule.destinationBucket.bucketName,
      RuleId: rule.ruleId,
    },
    period: Duration.minutes(1),
    region: publishedBeside.env.region,
    ...options,
  });
}
