import { Stack, Tags } from 'aws-cdk-lib';
import { CfnTransitGateway, CfnTransitGatewayAttachment } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { NetworkLinkBindOptions, NetworkLinkConfig } from './link-binding';
import { addLinkRoutes } from './link-routes';
import type { IMigrationNetwork } from './network';
import { checkPattern, invalidInput, knownToDiffer } from '../core';

/** Options of `NetworkLink.transitGateway()`. */
export interface TransitGatewayLinkOptions {
  /**
   * A transit gateway that exists in the Region, and that associates and propagates attachments by its default route table.
   *
   * @default - a new one
   */
  readonly transitGatewayId?: string;
}

/** A transit gateway, one attachment for each network, routes both ways. */
export function linkByTransitGateway(
  scope: Construct,
  { source, target }: NetworkLinkBindOptions,
  options: TransitGatewayLinkOptions,
): NetworkLinkConfig {
  const region = Stack.of(scope).region;
  for (const network of [source, target]) {
    const other = [region, source.vpc.env.region, target.vpc.env.region].find((candidate) => knownToDiffer(candidate, network.vpc.env.region));
    if (other) {
      throw invalidInput('link', `a transit gateway between ${other} and ${network.vpc.env.region}`, 'NetworkLink.vpcPeering() or .existing() across Regions');
    }
  }
  checkPattern('transitGatewayId', options.transitGatewayId, /^tgw-[0-9a-f]+$/, "an id such as 'tgw-0123456789abcdef0'");
  const transitGatewayId = options.transitGatewayId ?? transitGateway(scope);
  const attachments = [attach(scope, 'SourceAttachment', source, transitGatewayId), attach(scope, 'TargetAttachment', target, transitGatewayId)];
  const link = { via: { transitGatewayId }, after: attachments };
  addLinkRoutes(scope, 'SourceRoute', { from: source, to: target, ...link });
  addLinkRoutes(scope, 'TargetRoute', { from: target, to: source, ...link });
  return { transitGatewayId };
}

function transitGateway(scope: Construct): string {
  const gateway = new CfnTransitGateway(scope, 'Resource', {
    description: `Between the two networks of ${scope.node.path}`,
    autoAcceptSharedAttachments: 'disable',
    defaultRouteTableAssociation: 'enable',
    defaultRouteTablePropagation: 'enable',
    dnsSupport: 'enable',
  });
  Tags.of(gateway).add('Name', scope.node.path);
  return gateway.attrId;
}

function attach(scope: Construct, id: string, network: IMigrationNetwork, transitGatewayId: string): CfnTransitGatewayAttachment {
  const { subnets } = network.vpc.selectSubnets(network.replicationSubnets);
  // EC2 takes one subnet of a zone. The selection's own `onePerAz` passes over subnets that are named one by one.
  const zones = subnets.map(({ availabilityZone }) => availabilityZone);
  const subnetIds = subnets.filter((_, index) => zones.indexOf(zones[index]) === index).map(({ subnetId }) => subnetId);
  const attachment = new CfnTransitGatewayAttachment(scope, id, { transitGatewayId, vpcId: network.vpc.vpcId, subnetIds });
  Tags.of(attachment).add('Name', attachment.node.path);
  return attachment;
}
