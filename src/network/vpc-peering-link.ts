import { Stack, Tags } from 'aws-cdk-lib';
import { CfnVPCPeeringConnection } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { NetworkLinkBindOptions, NetworkLinkConfig } from './link-binding';
import { addLinkRoutes } from './link-routes';
import type { IMigrationNetwork } from './network';
import { PeerRoutes } from './peer-routes';
import { invalidInput, knownToDiffer } from '../core';

/**
 * A peering connection and routes both ways.
 *
 * It is requested from the network in the scope's own Region. The other network's stack cannot hold the routes back: it would
 * depend on this one, which depends on it already. So where its Region differs, a custom resource of this stack keeps them.
 */
export function linkByVpcPeering(scope: Construct, { source, target }: NetworkLinkBindOptions): NetworkLinkConfig {
  const here = Stack.of(scope).region;
  const isElsewhere = (network: IMigrationNetwork) => knownToDiffer(network.vpc.env.region, here);
  const [requester, accepter] = isElsewhere(source) ? [target, source] : [source, target];
  if (isElsewhere(requester)) {
    throw invalidInput(
      'link',
      `peering of ${source.vpc.env.region} with ${target.vpc.env.region} made in ${here}`,
      'a migration whose own stack is in the Region of its source or its target',
    );
  }

  const connection = new CfnVPCPeeringConnection(scope, 'Resource', {
    vpcId: requester.vpc.vpcId,
    peerVpcId: accepter.vpc.vpcId,
    ...(isElsewhere(accepter) && { peerRegion: accepter.vpc.env.region }),
  });
  Tags.of(connection).add('Name', scope.node.path);

  const link = { via: { vpcPeeringConnectionId: connection.attrId }, after: [connection] };
  addLinkRoutes(scope, 'RequesterRoute', { from: requester, to: accepter, ...link });
  if (isElsewhere(accepter)) {
    new PeerRoutes(scope, 'AccepterRoutes', { from: accepter, to: requester, peeringConnectionId: connection.attrId });
  } else {
    addLinkRoutes(scope, 'AccepterRoute', { from: accepter, to: requester, ...link });
  }
  return { peeringConnectionId: connection.attrId };
}
