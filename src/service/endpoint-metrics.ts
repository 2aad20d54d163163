import { Duration } from 'aws-cdk-lib';
import { Metric, type IMetric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { HttpCodeElb, HttpCodeTarget, type IApplicationLoadBalancer, type IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { invalidInput } from '../core';

/** What is watched of an endpoint. */
export interface EndpointMetricsProps {
  /** The load balancer. */
  readonly loadBalancer: IApplicationLoadBalancer;

  /**
   * What it forwards to.
   *
   * @default - unknown: targets cannot be counted
   */
  readonly targetGroup?: IApplicationTargetGroup;

  /**
   * The service behind it.
   *
   * @default - unknown: tasks cannot be counted
   */
  readonly service?: FargateService;
}

/** The metrics of an endpoint, each a minute long unless said otherwise. */
export class EndpointMetrics {
  private readonly loadBalancer: IApplicationLoadBalancer;
  private readonly targetGroup?: IApplicationTargetGroup;
  private readonly service?: FargateService;

  constructor(props: EndpointMetricsProps) {
    this.loadBalancer = props.loadBalancer;
    this.targetGroup = props.targetGroup;
    this.service = props.service;
  }

  /** How many targets are healthy: the fewest. */
  public metricHealthyHosts(options?: MetricOptions): IMetric {
    return this.group().metrics.healthyHostCount({ statistic: 'Minimum', ...minutely(options) });
  }

  /** How many targets are not healthy: the most. */
  public metricUnhealthyHosts(options?: MetricOptions): IMetric {
    return this.group().metrics.unhealthyHostCount({ statistic: 'Maximum', ...minutely(options) });
  }

  /** How many requests the service answered with 5xx; the load balancer's own are not among them. */
  public metricTargetErrors(options?: MetricOptions): IMetric {
    return this.loadBalancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { statistic: 'Sum', ...minutely(options) });
  }

  /** How many requests the load balancer itself answered with 5xx, such as when no target is healthy. */
  public metricLoadBalancerErrors(options?: MetricOptions): IMetric {
    return this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { statistic: 'Sum', ...minutely(options) });
  }

  /** How long the service took to answer, in seconds: 99 of 100 requests took no longer. */
  public metricLatency(options?: MetricOptions): IMetric {
    return this.loadBalancer.metrics.targetResponseTime({ statistic: 'p99', ...minutely(options) });
  }

  /** How many requests there were. */
  public metricRequests(options?: MetricOptions): IMetric {
    return this.loadBalancer.metrics.requestCount({ statistic: 'Sum', ...minutely(options) });
  }

  /** How many tasks of the service run, as Container Insights counts them: the fewest. */
  public metricRunningTasks(options?: MetricOptions): IMetric {
    const service = this.service;
    if (!service) throw invalidInput('endpoint', 'one without a service of the migration', 'TrafficEndpoint.fargate(), to count tasks');
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html
    return new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName: 'RunningTaskCount',
      dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
      statistic: 'Minimum',
      ...minutely(options),
    }).attachTo(service);
  }

  private group(): IApplicationTargetGroup {
    if (!this.targetGroup) throw invalidInput('targetGroup', undefined, 'the target group of the load balancer, to count its targets');
    return this.targetGroup;
  }
}

function minutely(options: MetricOptions = {}): MetricOptions {
  return { period: Duration.minutes(1), ...options };
}
