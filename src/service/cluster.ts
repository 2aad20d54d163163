import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Protection } from '../core';

export interface ServiceClusterProps {
  readonly vpc: IVpc;
  readonly encryptionKey: IKey;
  readonly logRetention: RetentionDays;
  readonly protection: Protection;
}

/**
 * A cluster for one service, watched by Container Insights.
 *
 * Container Insights makes its log group by itself when a task first runs: unencrypted, kept for ever, and left behind. So it is made before.
 */
export function serviceCluster(scope: Construct, props: ServiceClusterProps): { cluster: Cluster; insights: LogGroup } {
  const { vpc, encryptionKey, logRetention, protection } = props;
  const cluster = new Cluster(scope, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENHANCED });
  const insights = new LogGroup(scope, 'InsightsLogGroup', {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
    logGroupName: `/aws/ecs/containerinsights/${cluster.clusterName}/performance`,
    encryptionKey,
    retention: logRetention,
    removalPolicy: protection.removalPolicy,
  });
  return { cluster, insights };
}
