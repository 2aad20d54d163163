import { Stack } from 'aws-cdk-lib';
import type { IApplicationLoadBalancer, IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { EndpointHealthCheck, type TrafficEndpointBindOptions, type TrafficEndpointConfig } from './endpoint-binding';
import { EndpointMetrics } from './endpoint-metrics';
import { checkHealthPath } from './settled-service';
import { checkPattern, checkRange, invalidInput, knownToDiffer } from '../core';

/** Options of `TrafficEndpoint.fromDomainName()`. */
export interface DomainNameEndpointOptions {
  /**
   * The path that answers 200 as long as the endpoint can serve; it begins with '/'.
   *
   * @default '/health'
   */
  readonly healthCheckPath?: string;

  /**
   * The port of the health check, which is by HTTPS.
   *
   * @default 443
   */
  readonly healthCheckPort?: number;
}

/** Options of `TrafficEndpoint.fromLoadBalancer()`. */
export interface LoadBalancerEndpointOptions extends DomainNameEndpointOptions {
  /**
   * Whether the internet reaches the load balancer; an imported one cannot be asked.
   *
   * @default true
   */
  readonly internetFacing?: boolean;

  /**
   * How Route 53 learns whether it serves.
   *
   * @default - EndpointHealthCheck.HTTPS where the internet reaches it, else EndpointHealthCheck.METRIC
   */
  readonly healthCheck?: EndpointHealthCheck;

  /**
   * What it forwards to: of this the healthy targets are counted.
   *
   * @default - unknown: then the health check is by HTTPS
   */
  readonly targetGroup?: IApplicationTargetGroup;
}

const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]\.?$/i;

/** Checks names that records, certificates and health checks are made for. */
export function checkDomainName(prop: string, domainName: string): void {
  checkPattern(prop, domainName, DOMAIN_NAME, 'a domain name, such as \'pay.example.com\'');
}

/** The settings of a health check from outside. */
function checked({ healthCheckPath = '/health', healthCheckPort = 443 }: DomainNameEndpointOptions) {
  checkHealthPath('healthCheckPath', healthCheckPath);
  checkRange('healthCheckPort', healthCheckPort, 1, 65_535);
  return { healthCheckPath, healthCheckPort };
}

/** Describes an endpoint that is known by its name only. */
export function bindDomainName(
  domainName: string,
  options: DomainNameEndpointOptions,
  { domainNames }: TrafficEndpointBindOptions,
): TrafficEndpointConfig {
  checkDomainName('domainName', domainName);
  if (domainNames.some((name) => sameName(name, domainName))) {
    throw invalidInput('domainName', domainName, 'another name than those that the migration makes records for: a record cannot lead to itself');
  }
  return { domainName, internetFacing: true, healthCheck: EndpointHealthCheck.HTTPS, ...checked(options) };
}

/** Whether two domain names are one: case and a dot at the end make no difference. */
export function sameName(one: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return plain(one) === plain(other);
}

/** Describes a load balancer that exists. */
export function bindLoadBalancer(
  scope: Construct,
  loadBalancer: IApplicationLoadBalancer,
  options: LoadBalancerEndpointOptions,
  { network }: TrafficEndpointBindOptions,
): TrafficEndpointConfig {
  const region = network?.vpc.env.region ?? Stack.of(scope).region;
  if (knownToDiffer(loadBalancer.env.region, region)) {
    throw invalidInput('loadBalancer', `a load balancer in ${loadBalancer.env.region}`, `one in ${region}, where its side is`);
  }
  const { internetFacing = true, targetGroup } = options;
  const healthCheck = options.healthCheck ?? (internetFacing ? EndpointHealthCheck.HTTPS : EndpointHealthCheck.METRIC);
  if (!internetFacing && healthCheck === EndpointHealthCheck.HTTPS) {
    throw invalidInput('healthCheck', healthCheck, 'EndpointHealthCheck.METRIC for a load balancer that the internet, and so Route 53, does not reach');
  }
  if (healthCheck === EndpointHealthCheck.METRIC && targetGroup === undefined) {
    throw invalidInput('targetGroup', targetGroup, 'the target group whose healthy targets are counted, with EndpointHealthCheck.METRIC');
  }
  const metrics = new EndpointMetrics({ loadBalancer, targetGroup });
  return { loadBalancer, internetFacing, healthCheck, targetGroup, metrics, ...checked(options) };
}
