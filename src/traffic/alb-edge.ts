import type { EdgeBindOptions, EdgeConfig } from './edge-binding';
import { invalidInput } from '../core';

/** A load balancer by an alias, anything else by its name. */
export function bindLoadBalancers({ side, endpoint: { loadBalancer, domainName } }: EdgeBindOptions): EdgeConfig {
  if (loadBalancer) {
    return { domainName: loadBalancer.loadBalancerDnsName, aliasHostedZoneId: loadBalancer.loadBalancerCanonicalHostedZoneId };
  }
  if (domainName === undefined) {
    throw invalidInput(`endpoint of the ${side}`, 'none', 'a load balancer or a domain name on both sides, for records that lead to both');
  }
  return { domainName };
}
