/** The resource that takes every rule from a VPC's default security group. */
export const CLOSED_DEFAULT_SECURITY_GROUP_TYPE = 'Custom::VpcRestrictDefaultSG';

/** The resource that owns routes over a VPC peering connection in another Region than its stack's. */
export const PEER_ROUTES_TYPE = 'Custom::PeerRoutes';

/** What the template says to the handler of `CLOSED_DEFAULT_SECURITY_GROUP_TYPE`. */
export interface ClosedDefaultSecurityGroupProperties {
  readonly DefaultSecurityGroupId: string;
}

/**
 * What the template says to the handler of `PEER_ROUTES_TYPE`: each CIDR is routed in each route table.
 *
 * A route has no owner's name: the handler knows its own by their target alone. So one resource names all route tables of a
 * Region for a peering connection; two that share one, and a resource whose logical id changes, take each other's routes away.
 */
export interface PeerRoutesProperties {
  /** Where the route tables are. */
  readonly Region: string;
  readonly PeeringConnectionId: string;
  readonly RouteTableIds: string[];
  /** IPv4, with host bits of zero: EC2 compares them as they are written. */
  readonly DestinationCidrs: string[];
}
