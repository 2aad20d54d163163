import type { Construct } from 'constructs';
import type { NetworkLinkBindOptions, NetworkLinkConfig } from './link-binding';
import { linkByTransitGateway, type TransitGatewayLinkOptions } from './transit-gateway-link';
import { linkByVpcPeering } from './vpc-peering-link';
import { knownToDiffer } from '../core';

/**
 * How the two networks of a migration reach each other.
 *
 * Routes lead both ways, from every private and isolated subnet to the other network's CIDR.
 * Users may write their own by extending this class.
 */
export abstract class NetworkLink {
  /** A transit gateway with an attachment on each side; both networks in one Region. */
  public static transitGateway(options: TransitGatewayLinkOptions = {}): NetworkLink {
    return new BuiltInLink((scope, networks) => linkByTransitGateway(scope, networks, options));
  }

  /** A VPC peering connection, in one Region or across two. */
  public static vpcPeering(): NetworkLink {
    return new BuiltInLink(linkByVpcPeering);
  }

  /** The networks reach each other already, or will by what someone else makes: a VPN, Direct Connect, Cloud WAN. */
  public static existing(): NetworkLink {
    return new BuiltInLink(() => ({}));
  }

  /** Peering across Regions, where a transit gateway does not reach; else a transit gateway. */
  public static defaultFor(options: NetworkLinkBindOptions): NetworkLink {
    const acrossRegions = knownToDiffer(options.source.vpc.env.region, options.target.vpc.env.region);
    return acrossRegions ? NetworkLink.vpcPeering() : NetworkLink.transitGateway();
  }

  /** Makes the link in an empty scope of its own. */
  public abstract bind(scope: Construct, options: NetworkLinkBindOptions): NetworkLinkConfig;
}

class BuiltInLink extends NetworkLink {
  public constructor(private readonly link: (scope: Construct, options: NetworkLinkBindOptions) => NetworkLinkConfig) {
    super();
  }

  public bind(scope: Construct, options: NetworkLinkBindOptions): NetworkLinkConfig {
    return this.link(scope, options);
  }
}
