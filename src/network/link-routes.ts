import type { CfnResource } from 'aws-cdk-lib';
import { CfnRoute } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { IMigrationNetwork } from './network';
import { invalidInput, knownToOverlap } from '../core';

/** The CIDR of a network, which routes to it need. */
export function cidrOf(network: IMigrationNetwork): string {
  try {
    return network.vpc.vpcCidrBlock;
  } catch {
    throw invalidInput(`vpcCidrBlock of ${network.vpc.node.path}`, undefined, 'the CIDR of the imported VPC, or NetworkLink.existing() as the link');
  }
}

/** Every route table of the private and isolated subnets, each once. */
export function routeTableIdsOf(network: IMigrationNetwork): string[] {
  const subnets = [...network.vpc.privateSubnets, ...network.vpc.isolatedSubnets];
  return [...new Set(subnets.map((subnet) => {
    // The type promises an id; a subnet that was imported without one has none.
    const routeTableId: string | undefined = subnet.routeTable.routeTableId;
    if (routeTableId === undefined || isListToken(routeTableId)) {
      throw invalidInput(`route table of ${subnet.node.path}`, undefined, 'the id of its route table at import, or NetworkLink.existing() as the link');
    }
    return routeTableId;
  }))];
}

/** A subnet of a VPC whose list of route tables is known at deployment only: there is no telling how many there will be. */
function isListToken(routeTableId: string): boolean {
  return routeTableId.startsWith('#{Token[');
}

/** Two networks that share addresses cannot be routed to each other, whatever the link. */
export function checkAddresses({ source, target }: { source: IMigrationNetwork; target: IMigrationNetwork }): void {
  const [ours, theirs] = [tryCidr(target), tryCidr(source)];
  if (knownToOverlap(ours, theirs)) throw invalidInput('CIDR of the target', ours, `one that does not overlap the source's ${theirs}`);
}

function tryCidr(network: IMigrationNetwork): string | undefined {
  try {
    return network.vpc.vpcCidrBlock;
  } catch {
    return undefined;
  }
}

export interface LinkRoutes {
  readonly from: IMigrationNetwork;
  readonly to: IMigrationNetwork;
  readonly via: { readonly transitGatewayId?: string; readonly vpcPeeringConnectionId?: string };
  /** A route to an attachment that is not there yet is refused. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-route.html */
  readonly after: CfnResource[];
}

/** Routes from every table of one network to the other. */
export function addLinkRoutes(scope: Construct, id: string, { from, to, via, after }: LinkRoutes): void {
  const destinationCidrBlock = cidrOf(to);
  routeTableIdsOf(from).forEach((routeTableId, index) => {
    const route = new CfnRoute(scope, `${id}${index + 1}`, { routeTableId, destinationCidrBlock, ...via });
    after.forEach((resource) => route.node.addDependency(resource));
  });
}
