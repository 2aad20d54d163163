import { Annotations } from 'aws-cdk-lib';
import { Peer, Port, type IPeer, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { MigrationDatabaseConfig } from '../database';
import { MigrationNetwork, type IMigrationNetwork } from '../network';

/** Someone who stands in the replication subnets of a network and connects to databases. */
export interface Visitor {
  readonly securityGroup: SecurityGroup;
  readonly home: IMigrationNetwork;
  /** What a person calls it, such as 'replication'. */
  readonly name: string;
}

/** Lets it reach the AWS endpoints: those of a network that we made are inside it, others may be behind a NAT gateway. */
export function openWayToAws({ securityGroup, home }: Visitor): void {
  const endpoints = home instanceof MigrationNetwork ? Peer.ipv4(home.vpc.vpcCidrBlock) : Peer.anyIpv4();
  securityGroup.addEgressRule(endpoints, Port.HTTPS, 'AWS endpoints');
}

/**
 * Lets it reach a database.
 *
 * Security groups name each other where both stand in one VPC. Across a link they cannot be sure to: only some links carry such names,
 * and none does to another Region. There addresses say who may.
 */
export function openWayToDatabase(visitor: Visitor, side: string, database: MigrationDatabaseConfig, network?: IMigrationNetwork): void {
  const { securityGroup, home, name } = visitor;
  const port = Port.tcp(database.endpoint.port);
  const description = `Database of the ${side}, for ${name}`;
  const { connections } = database;
  const grouped = connections !== undefined && connections.securityGroups.length > 0;
  if (grouped && network?.vpc.vpcId === home.vpc.vpcId) {
    securityGroup.connections.allowTo(connections, port, description);
    return;
  }
  securityGroup.addEgressRule(addressOf(database.endpoint.hostname, network), port, description);
  if (!grouped) return;
  const addresses = addressesIn(home);
  addresses.forEach((address) => connections.allowFrom(Peer.ipv4(address), port, description));
  if (addresses.length === 0) {
    Annotations.of(securityGroup).addWarningV2(
      `cdk-payment-migration:${name}.unknown-addresses-${side}`,
      `nothing lets ${name} into the database of the ${side}: ${home.vpc.node.path} was imported without its CIDR. Import it with it, or open the port yourself`,
    );
  }
}

/** As narrow as what is known: the network, a single address, else whatever the link leads to. */
function addressOf(hostname: string, network?: IMigrationNetwork): IPeer {
  const cidr = network && known(() => network.vpc.vpcCidrBlock);
  if (cidr !== undefined) return Peer.ipv4(cidr);
  return /^\d+(\.\d+){3}$/.test(hostname) ? Peer.ipv4(`${hostname}/32`) : Peer.anyIpv4();
}

/** The subnets that the visitor stands in, or else the whole VPC. */
function addressesIn({ vpc, replicationSubnets }: IMigrationNetwork): string[] {
  return known(() => vpc.selectSubnets(replicationSubnets).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock))
    ?? known(() => [vpc.vpcCidrBlock])
    ?? [];
}

/** What was imported without its CIDR throws when it is asked for it. */
function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
