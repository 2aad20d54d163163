import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, Peer, Port, SecurityGroup, type IPeer, type ISecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { MigrationDatabaseConfig } from './database-binding';
import { knownToDiffer } from '../core';
import { MigrationNetwork, type IMigrationNetwork } from '../network';

/** Who connects to databases: DMS, functions, tasks of a service. */
export interface DatabaseVisitor {
  readonly securityGroup: SecurityGroup;
  /** The network that it stands in. */
  readonly home: IMigrationNetwork;
  /** The subnets of its home that it stands in; those for replication unless said otherwise. */
  readonly subnets?: SubnetSelection;
  /** What a person calls it, such as 'the functions of the cutover': in descriptions of rules, and in warnings. */
  readonly name: string;
  /** The room that its warnings are from, where it is called otherwise than its name. */
  readonly room?: string;
}

/** Lets it reach the AWS endpoints: those of a network that we made are inside it, others may be behind a NAT gateway. */
export function openWayToAws({ securityGroup, home }: DatabaseVisitor): void {
  const endpoints = home instanceof MigrationNetwork ? Peer.ipv4(home.vpc.vpcCidrBlock) : Peer.anyIpv4();
  securityGroup.addEgressRule(endpoints, Port.HTTPS, 'AWS endpoints');
}

/**
 * Lets it reach a database, and the database's security groups let it in.
 *
 * Security groups name each other where both stand in one VPC. Across a link they cannot be sure to: only some links carry such names,
 * and none does to another Region. There addresses say who may.
 *
 * Rules that refer to something belong to the visitor's stack wherever they can, so that the database's stack never refers to it: a visitor may
 * well stand in a nested stack of the database's, or in a stack that is made after it.
 */
export function openWayToDatabase(visitor: DatabaseVisitor, side: string, database: MigrationDatabaseConfig, network?: IMigrationNetwork): void {
  const { securityGroup, home, name, room = name } = visitor;
  const port = database.endpoint.port;
  const description = `Database of the ${side}, for ${name}`;
  const { connections } = database;
  const grouped = connections !== undefined && connections.securityGroups.length > 0;
  if (grouped && network?.vpc.vpcId === home.vpc.vpcId) {
    // From the visitor's end: that is what puts both rules into its stack.
    securityGroup.connections.allowTo(connections, Port.tcp(port), description);
    return;
  }
  securityGroup.addEgressRule(addressOf(database.endpoint.hostname, network), Port.tcp(port), description);
  if (!grouped) return;
  const addresses = addressesOf(visitor);
  connections.securityGroups.forEach((group) => letIn(group, { securityGroup, addresses, port, description }));
  if (addresses.length === 0) {
    Annotations.of(securityGroup).addWarningV2(
      `cdk-payment-migration:${room}.unknown-addresses-${side}`,
      `nothing lets ${name} into the database of the ${side}: ${home.vpc.node.path} was imported without its CIDR. Import it with it, or open the port yourself`,
    );
  }
}

interface Entry {
  readonly securityGroup: SecurityGroup;
  readonly addresses: string[];
  readonly port: number;
  readonly description: string;
}

function letIn(group: ISecurityGroup, { securityGroup, addresses, port, description }: Entry): void {
  for (const [index, address] of addresses.entries()) {
    // A known address refers to nothing, so the group itself may have the rule, and has it once: EC2 refuses a second one for the same way.
    if (!Token.isUnresolved(address) || !belongsTo(securityGroup, group)) {
      group.addIngressRule(Peer.ipv4(address), Port.tcp(port), description);
      continue;
    }
    new CfnSecurityGroupIngress(securityGroup, `${group.uniqueId}:${Port.tcp(port).toString()} from address ${index + 1}`, {
      groupId: group.securityGroupId,
      cidrIp: address,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      description,
    });
  }
}

/**
 * Whether the visitor's stack makes the rule. In one stack the group does it itself. A stack makes rules in its own Region alone. And only a
 * group that was imported knows whether it was imported to be left as it is.
 */
function belongsTo(visitor: SecurityGroup, group: ISecurityGroup): boolean {
  return group instanceof SecurityGroup && Stack.of(group) !== Stack.of(visitor) && !knownToDiffer(group.env.region, Stack.of(visitor).region);
}

/** As narrow as what is known: the network, a single address, else whatever the link leads to. */
function addressOf(hostname: string, network?: IMigrationNetwork): IPeer {
  const cidr = network && known(() => network.vpc.vpcCidrBlock);
  if (cidr !== undefined) return Peer.ipv4(cidr);
  return /^\d+(\.\d+){3}$/.test(hostname) ? Peer.ipv4(`${hostname}/32`) : Peer.anyIpv4();
}

/** The subnets that the visitor stands in, or else the whole VPC. */
function addressesOf({ home: { vpc, replicationSubnets }, subnets = replicationSubnets }: DatabaseVisitor): string[] {
  return known(() => vpc.selectSubnets(subnets).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock))
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
