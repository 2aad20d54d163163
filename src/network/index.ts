export { type ImportedNetworkOptions } from './imported-network';
export { type NetworkLinkBindOptions, type NetworkLinkConfig } from './link-binding';
export { checkAddresses } from './link-routes';
export { MigrationNetwork, type MigrationNetworkOptions, type MigrationNetworkProps } from './migration-network';
export { NatStrategy } from './nat-strategy';
export { type IMigrationNetwork } from './network';
export { NetworkLink } from './network-link';
export { type TransitGatewayLinkOptions } from './transit-gateway-link';
