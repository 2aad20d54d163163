import type { IMigrationNetwork } from './network';

/** What a link is bound to. */
export interface NetworkLinkBindOptions {
  /** The network that the system moves from. */
  readonly source: IMigrationNetwork;
  /** The network that it moves to. */
  readonly target: IMigrationNetwork;
}

/** What a link made. */
export interface NetworkLinkConfig {
  /**
   * The transit gateway's id.
   *
   * @default - the link is not a transit gateway
   */
  readonly transitGatewayId?: string;

  /**
   * The peering connection's id.
   *
   * @default - the link is not a peering connection
   */
  readonly peeringConnectionId?: string;
}
