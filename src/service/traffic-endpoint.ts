import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { TrafficEndpointBindOptions, TrafficEndpointConfig } from './endpoint-binding';
import { bindDomainName, bindLoadBalancer, type DomainNameEndpointOptions, type LoadBalancerEndpointOptions } from './existing-endpoint';
import { bindFargate } from './fargate-endpoint';
import type { FargateEndpointOptions } from './service-options';

/**
 * Where the traffic of one side of a migration goes.
 *
 * Users may write their own by extending this class.
 */
export abstract class TrafficEndpoint {
  /** A new service on Fargate behind a new load balancer; what it runs is the migration's `service`, but for what is said here. */
  public static fargate(options: FargateEndpointOptions = {}): TrafficEndpoint {
    return new BuiltInEndpoint((scope, bound) => bindFargate(scope, options, bound), true);
  }

  /** A load balancer that exists, owned by the app or imported, in the Region of its side. */
  public static fromLoadBalancer(loadBalancer: IApplicationLoadBalancer, options: LoadBalancerEndpointOptions = {}): TrafficEndpoint {
    return new BuiltInEndpoint((scope, bound) => bindLoadBalancer(scope, loadBalancer, options, bound));
  }

  /** Whatever serves under a domain name: on-premises, with another provider, behind a CDN. It answers by HTTPS under the shared name too. */
  public static fromDomainName(domainName: string, options: DomainNameEndpointOptions = {}): TrafficEndpoint {
    return new BuiltInEndpoint((_, bound) => bindDomainName(domainName, options, bound));
  }

  /** No traffic: services that are no part of the migration find the database by themselves. */
  public static none(): TrafficEndpoint {
    return new BuiltInEndpoint(() => ({ healthCheckPath: '/health', healthCheckPort: 443 }));
  }

  /**
   * Whether something may run in the side's network, and need a way out of it: of a team's own endpoint nobody knows.
   *
   * @internal
   */
  public get _runsService(): boolean {
    return true;
  }

  /** Makes or describes the endpoint in an empty scope of its own. */
  public abstract bind(scope: Construct, options: TrafficEndpointBindOptions): TrafficEndpointConfig;
}

class BuiltInEndpoint extends TrafficEndpoint {
  public constructor(
    private readonly bindTo: (scope: Construct, options: TrafficEndpointBindOptions) => TrafficEndpointConfig,
    private readonly runsService = false,
  ) {
    super();
  }

  /** @internal */
  public get _runsService(): boolean {
    return this.runsService;
  }

  public bind(scope: Construct, options: TrafficEndpointBindOptions): TrafficEndpointConfig {
    return this.bindTo(scope, options);
  }
}
