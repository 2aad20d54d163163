import { Annotations, Stack } from 'aws-cdk-lib';
import { Peer, Port, type IPeer, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { CutoverSide } from './cutover-side';
import { invalidInput, knownToDiffer } from '../core';
import { MigrationNetwork, type IMigrationNetwork } from '../network';

/** The network that functions of the scope's Region can stand in: the target's, which stays, and else the source's. */
export function homeNetwork(scope: Construct, { source, target }: { source: CutoverSide; target: CutoverSide }): IMigrationNetwork {
  const here = Stack.of(scope).region;
  const networks = [target.network, source.network].filter((network) => network !== undefined);
  const home = networks.find(({ vpc }) => !knownToDiffer(vpc.env.region, here));
  if (!home) {
    const regions = networks.map(({ vpc }) => vpc.env.region).join(' and ');
    throw invalidInput('target.network', networks.length > 0 ? `networks in ${regions}` : undefined, `a network of the target, or of the source, in ${here}`);
  }
  return home;
}

/** Lets functions reach the AWS endpoints: those of a network that we made are inside it, others may be behind a NAT gateway. */
export function openWayToAws(functions: SecurityGroup, home: IMigrationNetwork): void {
  const endpoints = home instanceof MigrationNetwork ? Peer.ipv4(home.vpc.vpcCidrBlock) : Peer.anyIpv4();
  functions.addEgressRule(endpoints, Port.HTTPS, 'AWS endpoints');
}

/**
 * Lets functions reach one side's database.
 *
 * Security groups name each other where both stand in one VPC. Across a link they cannot be sure to: only some links carry such names,
 * and none does to another Region. There addresses say who may.
 */
export function openWay(name: 'source' | 'target', functions: SecurityGroup, home: IMigrationNetwork, { database, network }: CutoverSide): void {
  const port = Port.tcp(database.endpoint.port);
  const description = `Database of the ${name}, for the functions of the cutover`;
  const { connections } = database;
  const grouped = connections !== undefined && connections.securityGroups.length > 0;
  if (grouped && network?.vpc.vpcId === home.vpc.vpcId) {
    functions.connections.allowTo(connections, port, description);
    return;
  }
  functions.addEgressRule(addressOf(database.endpoint.hostname, network), port, description);
  if (!grouped) return;
  const addresses = addressesOfFunctions(home);
  addresses.forEach((address) => connections.allowFrom(Peer.ipv4(address), port, description));
  if (addresses.length === 0) {
    Annotations.of(functions).addWarningV2(
      'cdk-payment-migration:cutover.unknown-addresses',
      `nothing lets the functions into the database of the ${name}: ${home.vpc.node.path} was imported without its CIDR. Import it with it, or open the port yourself`,
    );
  }
}

/** As narrow as what is known: the network, a single address, else whatever the link leads to. */
function addressOf(hostname: string, network?: IMigrationNetwork): IPeer {
  const cidr = network && known(() => network.vpc.vpcCidrBlock);
  if (cidr !== undefined) return Peer.ipv4(cidr);
  return /^\d+(\.\d+){3}$/.test(hostname) ? Peer.ipv4(`${hostname}/32`) : Peer.anyIpv4();
}

/** The subnets that the functions stand in, or else the whole VPC. */
function addressesOfFunctions({ vpc, replicationSubnets }: IMigrationNetwork): string[] {
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
