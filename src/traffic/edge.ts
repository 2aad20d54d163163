import type { Construct } from 'constructs';
import { bindLoadBalancers } from './alb-edge';
import type { EdgeBindOptions, EdgeConfig } from './edge-binding';

/**
 * Where clients enter a side: what records point at, and so whether the internet has to reach load balancers.
 *
 * Users may write their own by extending this class.
 */
export abstract class Edge {
  /** Clients reach each side's load balancer, or the domain name that a side has instead. */
  public static alb(): Edge {
    return new LoadBalancerEdge();
  }

  /** Whether load balancers that a migration makes are reached by the internet. */
  public abstract readonly internetFacing: boolean;

  /** Makes or describes one side's edge in an empty scope of its own. */
  public abstract bind(scope: Construct, options: EdgeBindOptions): EdgeConfig;
}

class LoadBalancerEdge extends Edge {
  public readonly internetFacing = true;

  public bind(_: Construct, options: EdgeBindOptions): EdgeConfig {
    return bindLoadBalancers(options);
  }
}
