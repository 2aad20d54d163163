import type { Stack } from 'aws-cdk-lib';
import { ApplicationLoadBalancer, ApplicationTargetGroup, type IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { EndpointHealthCheck, EndpointMetrics, type TrafficEndpointConfig } from '../../../src/service';
import { DnsCutover, type DnsCutoverProps } from '../../../src/traffic';

export function zoneIn(stack: Stack, zoneName = 'example.com'): IHostedZone {
  return HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName });
}

/** A load balancer as a team imports one. */
export function loadBalancerIn(stack: Stack, name: string, region = 'eu-west-1'): IApplicationLoadBalancer {
  return ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, `${name}LoadBalancer`, {
    loadBalancerArn: `arn:aws:elasticloadbalancing:${region}:111111111111:loadbalancer/app/${name}/50dc6c495c0c9188`,
    securityGroupId: 'sg-0123456789abcdef0',
    loadBalancerDnsName: `${name}-1.${region}.elb.amazonaws.com`,
    loadBalancerCanonicalHostedZoneId: 'Z32O12XQLNTSW2',
  });
}

export function publicEndpoint(stack: Stack, name: string): TrafficEndpointConfig {
  return { loadBalancer: loadBalancerIn(stack, name), internetFacing: true, healthCheckPath: '/health', healthCheckPort: 443 };
}

export function privateEndpoint(stack: Stack, name: string, region?: string): TrafficEndpointConfig {
  const loadBalancer = loadBalancerIn(stack, name, region);
  const targetGroup = ApplicationTargetGroup.fromTargetGroupAttributes(stack, `${name}Targets`, {
    targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/${name}/73e2d6bc24d8a067`,
    loadBalancerArns: loadBalancer.loadBalancerArn,
  });
  return {
    loadBalancer,
    healthCheck: EndpointHealthCheck.METRIC,
    metrics: new EndpointMetrics({ loadBalancer, targetGroup }),
    healthCheckPath: '/health',
    healthCheckPort: 443,
  };
}

export const NAMED: TrafficEndpointConfig = { domainName: 'old.example.net', internetFacing: true, healthCheckPath: '/up', healthCheckPort: 8443 };

export function cutoverIn(stack: Stack, props: Partial<DnsCutoverProps> = {}): DnsCutover {
  return new DnsCutover(stack, 'Dns', {
    identifier: 'blue',
    hostedZone: props.hostedZone ?? zoneIn(stack),
    recordName: 'pay',
    source: props.source ?? publicEndpoint(stack, 'old'),
    target: props.target ?? publicEndpoint(stack, 'new'),
    ...props,
  });
}
