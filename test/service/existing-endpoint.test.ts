import { Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationLoadBalancer, ApplicationTargetGroup, type IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { bindIn } from './support/endpoints';
import { EndpointHealthCheck, EndpointMetrics, TrafficEndpoint, type TrafficEndpointBindOptions, type TrafficEndpointConfig } from '../../src/service';
import { importedVpc, IRELAND, stackIn } from '../support/synthesis';

function importedBalancer(scope: Construct, region = 'eu-west-1'): IApplicationLoadBalancer {
  return ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(scope, `Balancer-${region}`, {
    loadBalancerArn: `arn:aws:elasticloadbalancing:${region}:111111111111:loadbalancer/app/payments/0123456789abcdef`,
    securityGroupId: 'sg-0123456789abcdef0',
    loadBalancerDnsName: 'payments-1.eu-west-1.elb.amazonaws.com',
  });
}

function importedGroup(scope: Construct) {
  return ApplicationTargetGroup.fromTargetGroupAttributes(scope, 'Group', {
    targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/payments/0123456789abcdef',
    loadBalancerArns: 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/payments/0123456789abcdef',
  });
}

describe('a load balancer that exists', () => {
  const stack = stackIn(IRELAND);
  const loadBalancer = importedBalancer(stack);
  const config = bindIn(stack, TrafficEndpoint.fromLoadBalancer(loadBalancer));

  test('is described, and nothing is made', () => {
    expect(config.loadBalancer).toBe(loadBalancer);
    expect(stack.node.findChild('Endpoint').node.children).toEqual([]);
  });

  test('@default LoadBalancerEndpointOptions.internetFacing: true', () => {
    expect(config.internetFacing).toBe(true);
  });

  test('@default LoadBalancerEndpointOptions.healthCheck: HTTPS where the internet reaches it, else by metric', () => {
    expect(config.healthCheck).toBe(EndpointHealthCheck.HTTPS);
    const other = stackIn(IRELAND);
    const targetGroup = importedGroup(other);
    const inner = bindIn(other, TrafficEndpoint.fromLoadBalancer(importedBalancer(other), { internetFacing: false, targetGroup }));
    expect(inner).toMatchObject({ internetFacing: false, healthCheck: EndpointHealthCheck.METRIC, targetGroup });
  });

  test('@default LoadBalancerEndpointOptions.targetGroup: unknown', () => {
    expect(config.targetGroup).toBeUndefined();
  });

  test('@default TrafficEndpointConfig.service: none was made, nor anything else', () => {
    expect([config.service, config.cluster, config.serviceConnections, config.domainName]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('may be owned by the app, in a stack without a Region', () => {
    const own = stackIn();
    const balancer = new ApplicationLoadBalancer(own, 'Own', { vpc: importedVpc(own) });
    expect(bindIn(own, TrafficEndpoint.fromLoadBalancer(balancer)).loadBalancer).toBe(balancer);
  });

  test('is in the Region of its side', () => {
    const other = stackIn(IRELAND);
    expect(() => bindIn(other, TrafficEndpoint.fromLoadBalancer(importedBalancer(other, 'us-east-1'))))
      .toThrow('loadBalancer: got \'a load balancer in us-east-1\', allowed: one in eu-west-1, where its side is');
  });

  test('is not judged from the internet where that does not reach it', () => {
    const options = { internetFacing: false, healthCheck: EndpointHealthCheck.HTTPS };
    expect(() => bindIn(stackIn(IRELAND), TrafficEndpoint.fromLoadBalancer(loadBalancer, options)))
      .toThrow('healthCheck: got \'HTTPS\', allowed: EndpointHealthCheck.METRIC for a load balancer that the internet, and so Route 53, does not reach');
  });

  test('needs a target group to be judged by metric', () => {
    expect(() => bindIn(stackIn(IRELAND), TrafficEndpoint.fromLoadBalancer(loadBalancer, { internetFacing: false })))
      .toThrow('targetGroup: got undefined, allowed: the target group whose healthy targets are counted');
  });
});

describe('a domain name', () => {
  const config = bindIn(stackIn(), TrafficEndpoint.fromDomainName('payments.old.example.org'), { network: undefined });

  test('is judged by HTTPS', () => {
    expect(config).toMatchObject({ domainName: 'payments.old.example.org', internetFacing: true, healthCheck: EndpointHealthCheck.HTTPS });
  });

  test('@default DomainNameEndpointOptions.healthCheckPath: /health', () => {
    expect(config.healthCheckPath).toBe('/health');
  });

  test('@default DomainNameEndpointOptions.healthCheckPort: 443', () => {
    expect(config.healthCheckPort).toBe(443);
  });

  test('@default TrafficEndpointConfig.loadBalancer: none, nor what belongs to one', () => {
    expect([config.loadBalancer, config.targetGroup, config.metrics]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['a path without a slash', 'old.example.org', { healthCheckPath: 'up' }, 'healthCheckPath: got \'up\''],
    ['a port that is none', 'old.example.org', { healthCheckPort: 0 }, 'healthCheckPort: got 0'],
    ['a URL', 'https://old.example.org', {}, 'domainName: got \'https://old.example.org\', allowed: a domain name'],
    ['a name that the migration makes records for', 'pay.example.com', {}, 'domainName: got \'pay.example.com\', allowed: another name'],
  ])('%s is refused', (_, name, options, message) => {
    expect(() => bindIn(stackIn(), TrafficEndpoint.fromDomainName(name, options))).toThrow(message);
  });
});

describe('no traffic', () => {
  const config = TrafficEndpoint.none().bind(stackIn(), {} as TrafficEndpointBindOptions);

  test('is neither a load balancer nor a name', () => {
    expect(config).toEqual({ healthCheckPath: '/health', healthCheckPort: 443 });
  });

  test('@default TrafficEndpointConfig.domainName: none', () => expect(config.domainName).toBeUndefined());
  test('@default TrafficEndpointConfig.internetFacing: false', () => expect(config.internetFacing ?? false).toBe(false));
  test('@default TrafficEndpointConfig.healthCheck: none is needed', () => expect(config.healthCheck).toBeUndefined());
  test('@default TrafficEndpointConfig.cluster: none', () => expect(config.cluster).toBeUndefined());
  test('@default TrafficEndpointConfig.targetGroup: none', () => expect(config.targetGroup).toBeUndefined());
  test('@default TrafficEndpointConfig.serviceConnections: none', () => expect(config.serviceConnections).toBeUndefined());
  test('@default TrafficEndpointConfig.metrics: none', () => expect(config.metrics).toBeUndefined());
});

test('users may write their own', () => {
  class OwnEndpoint extends TrafficEndpoint {
    public bind(_: Construct, { domainNames }: TrafficEndpointBindOptions): TrafficEndpointConfig {
      return { domainName: `edge.${domainNames[0]}`, healthCheckPath: '/', healthCheckPort: 443 };
    }
  }
  expect(bindIn(stackIn(), new OwnEndpoint()).domainName).toBe('edge.pay.example.com');
});

describe('metrics', () => {
  const stack = stackIn(IRELAND);
  const { metrics, service } = bindIn(stack, TrafficEndpoint.fargate());
  const of = (metric: IMetric) => metric.toMetricConfig().metricStat!;

  test.each([
    ['metricHealthyHosts', 'AWS/ApplicationELB', 'HealthyHostCount', 'Minimum', ['LoadBalancer', 'TargetGroup']],
    ['metricUnhealthyHosts', 'AWS/ApplicationELB', 'UnHealthyHostCount', 'Maximum', ['LoadBalancer', 'TargetGroup']],
    ['metricTargetErrors', 'AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', 'Sum', ['LoadBalancer']],
    ['metricLoadBalancerErrors', 'AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', 'Sum', ['LoadBalancer']],
    ['metricLatency', 'AWS/ApplicationELB', 'TargetResponseTime', 'p99', ['LoadBalancer']],
    ['metricRequests', 'AWS/ApplicationELB', 'RequestCount', 'Sum', ['LoadBalancer']],
    ['metricRunningTasks', 'ECS/ContainerInsights', 'RunningTaskCount', 'Minimum', ['ClusterName', 'ServiceName']],
  ] as const)('%s', (method, namespace, metricName, statistic, dimensions) => {
    const metric = of(metrics![method]());
    expect(metric).toMatchObject({ namespace, metricName, statistic });
    expect(metric.dimensions!.map(({ name }) => name).sort()).toEqual(dimensions);
    expect(metric.period.toSeconds()).toBe(60);
  });

  test('count the tasks of their own service', () => {
    const dimensions = of(metrics!.metricRunningTasks()).dimensions!;
    expect(stack.resolve(dimensions.find(({ name }) => name === 'ServiceName')!.value)).toEqual(stack.resolve(service!.serviceName));
  });

  test('are there for an imported load balancer too', () => {
    const other = stackIn(IRELAND);
    const imported = new EndpointMetrics({ loadBalancer: importedBalancer(other), targetGroup: importedGroup(other) });
    const balancer = { name: 'LoadBalancer', value: 'app/payments/0123456789abcdef' };
    expect(Stack.of(other).resolve(of(imported.metricLatency()).dimensions)).toEqual([balancer]);
    expect(of(imported.metricHealthyHosts()).dimensions).toContainEqual({ name: 'TargetGroup', value: 'targetgroup/payments/0123456789abcdef' });
  });

  test('@default EndpointMetricsProps.targetGroup: unknown, so targets cannot be counted', () => {
    expect(() => new EndpointMetrics({ loadBalancer: importedBalancer(stackIn()) }).metricHealthyHosts()).toThrow('targetGroup: got undefined');
  });

  test('@default EndpointMetricsProps.service: unknown, so tasks cannot be counted', () => {
    expect(() => new EndpointMetrics({ loadBalancer: importedBalancer(stackIn()) }).metricRunningTasks()).toThrow('endpoint: got \'one without a service of the migration\'');
  });
});
