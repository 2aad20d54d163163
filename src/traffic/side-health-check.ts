import { CfnDeletionPolicy, Duration, Stack, Tags, Token, type CfnResource } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { HealthCheck, HealthCheckType, InsufficientDataHealthStatusEnum, type HealthCheckProps } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { TrafficHealthCheckOptions } from './health-check-options';
import { acknowledge, checkRange, invalidInput, knownToDiffer } from '../core';
import { EndpointHealthCheck, type TrafficEndpointConfig } from '../service';

export interface SideHealthCheckProps extends TrafficHealthCheckOptions {
  /** What a person calls the side: 'source' or 'target'. */
  readonly side: string;
  readonly endpoint: TrafficEndpointConfig;
  /** The side's own name. */
  readonly recordName: string;
  /** Whether it outlives the stack, as the records do that refer to it. */
  readonly retained: boolean;
}

/** Route 53 knows these two only. https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html */
const INTERVALS = [10, 30];
/** The metrics of Route 53 are in this Region, whichever Region a health check is asked from. */
const METRICS_REGION = 'us-east-1';

/** Route 53's health check of one side. */
export class SideHealthCheck extends Construct {
  public readonly healthCheckId: string;

  constructor(scope: Construct, id: string, props: SideHealthCheckProps) {
    super(scope, id);
    checkRange('healthChecks.failureThreshold', props.failureThreshold, 1, 10);
    const check = new HealthCheck(this, 'Resource', isPublic(props) ? publicCheck(props) : this.metricCheck(props));
    Tags.of(check).add('Name', props.recordName);
    if (props.retained) {
      // Records that stay refer to it; one that was replaced nobody refers to any longer.
      retain(check.node.defaultChild as CfnResource);
    }
    this.healthCheckId = check.healthCheckId;
  }

  /** 1 while the side is healthy, 0 while it is not: the least of each minute. */
  public metricStatus(options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: 'AWS/Route53',
      metricName: 'HealthCheckStatus',
      dimensionsMap: { HealthCheckId: this.healthCheckId },
      region: METRICS_REGION,
      statistic: 'Minimum',
      period: Duration.minutes(1),
      ...options,
    });
  }

  private metricCheck({ side, endpoint, failureThreshold = 3, alarmTopic, retained }: SideHealthCheckProps): HealthCheckProps {
    const { metrics, loadBalancer } = endpoint;
    if (!metrics || !loadBalancer) {
      throw invalidInput(`endpoint of the ${side}`, 'an EndpointHealthCheck.METRIC without metrics', 'the load balancer\'s metrics, or EndpointHealthCheck.HTTPS');
    }
    const { region } = Stack.of(this);
    if (knownToDiffer(loadBalancer.env.region, region)) {
      throw invalidInput(`endpoint of the ${side}`, `a private load balancer in ${loadBalancer.env.region}`,
        `one in ${region}, where the alarm on its targets is, or one that the internet reaches`);
    }
    // Route 53 reads the metric by the alarm's settings, not the alarm's state:
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
    const alarm = new Alarm(this, 'Alarm', {
      alarmDescription: `The load balancer of the ${side} has no healthy target: Route 53 takes the ${side} for unhealthy`,
      metric: metrics.metricHealthyHosts(),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: failureThreshold,
      treatMissingData: TreatMissingData.BREACHING,
    });
    if (retained) retain(alarm.node.defaultChild as CfnResource);
    if (alarmTopic) {
      alarm.addAlarmAction(new SnsAction(alarmTopic));
    } else {
      acknowledge(alarm, ['HIPAA.Security', 'NIST.800.53.R5'].map((pack) => `${pack}-CloudWatchAlarmAction`),
        'Route 53 reads it to judge the side; people are told by other alarms, or by a topic that the caller names');
    }
    return {
      type: HealthCheckType.CLOUDWATCH_METRIC,
      alarmIdentifier: { name: alarm.alarmName, region },
      // A target group without targets has no metric.
      insufficientDataHealthStatus: InsufficientDataHealthStatusEnum.UNHEALTHY,
    };
  }
}

function isPublic({ side, endpoint: { healthCheck, internetFacing = false } }: SideHealthCheckProps): boolean {
  const wanted = healthCheck ?? (internetFacing ? EndpointHealthCheck.HTTPS : EndpointHealthCheck.METRIC);
  if (wanted === EndpointHealthCheck.HTTPS && !internetFacing) {
    throw invalidInput(`health check of the ${side}`, wanted, 'EndpointHealthCheck.METRIC for what the internet, and so Route 53, does not reach');
  }
  return wanted === EndpointHealthCheck.HTTPS;
}

/** Route 53 sends the name as SNI and as the host, but does not verify the certificate. */
function publicCheck({ endpoint, recordName, interval = Duration.seconds(30), failureThreshold = 3 }: SideHealthCheckProps): HealthCheckProps {
  if (!interval.isUnresolved() && !INTERVALS.includes(interval.toSeconds({ integral: false }))) {
    throw invalidInput('healthChecks.interval', interval.toHumanString(), '10 or 30 seconds');
  }
  const { healthCheckPath, healthCheckPort } = endpoint;
  if (!Token.isUnresolved(healthCheckPath) && !healthCheckPath.startsWith('/')) {
    throw invalidInput('healthCheckPath', healthCheckPath, 'a path that begins with \'/\'');
  }
  checkRange('healthCheckPort', healthCheckPort, 1, 65_535);
  return {
    type: HealthCheckType.HTTPS,
    // Only load balancers of this migration are known to answer to the side's name; others answer to their own.
    fqdn: endpoint.loadBalancer ? recordName : endpoint.domainName,
    port: healthCheckPort,
    resourcePath: healthCheckPath,
    requestInterval: interval,
    failureThreshold,
    enableSNI: true,
  };
}

/** Not by `applyRemovalPolicy`, which would keep what an update replaces too: the records do not refer to that any more. */
function retain(resource: CfnResource): void {
  resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
}
