import { ArnFormat, CustomResource, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PEER_ROUTES_TYPE, type PeerRoutesProperties } from './contract';
import { cidrOf, routeTableIdsOf } from './link-routes';
import type { IMigrationNetwork } from './network';
import { CustomResourceHandler, encryptionKey, Protection } from '../core';

export interface PeerRoutesProps {
  readonly from: IMigrationNetwork;
  readonly to: IMigrationNetwork;
  readonly peeringConnectionId: string;
}

/** Routes over a peering connection in the route tables of another Region, which no template of this Region can hold. */
export class PeerRoutes extends Construct {
  constructor(scope: Construct, id: string, { from, to, peeringConnectionId }: PeerRoutesProps) {
    super(scope, id);
    const { region } = from.vpc.env;
    const routeTableIds = routeTableIdsOf(from);
    // The handler and its log can be made anew at any time.
    const protection = Protection.ephemeral();
    const arn = (resource: string, resourceName: string) => Stack.of(this).formatArn({
      service: 'ec2',
      region,
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const handler = new CustomResourceHandler(this, 'Handler', {
      encryptionKey: encryptionKey(this, 'EncryptionKey', `Log of ${this.node.path}`, protection),
      protection,
      statements: [
        new PolicyStatement({
          actions: ['ec2:DescribeRouteTables', 'ec2:DescribeVpcPeeringConnections'],
          resources: ['*'],
        }),
        new PolicyStatement({
          actions: ['ec2:CreateRoute', 'ec2:ReplaceRoute'],
          resources: routeTableIds.map((routeTableId) => arn('route-table', routeTableId)),
        }),
        // A table that is not ours any more is not in the template any more, but its route has yet to go.
        new PolicyStatement({ actions: ['ec2:DeleteRoute'], resources: [arn('route-table', '*')] }),
        new PolicyStatement({
          actions: ['ec2:AcceptVpcPeeringConnection'],
          resources: [arn('vpc-peering-connection', peeringConnectionId), arn('vpc', from.vpc.vpcId)],
        }),
      ],
      wildcards: [
        {
          resource: '*',
          reason: 'EC2 describes route tables and peering connections without naming one',
        },
        {
          resource: `arn:<AWS::Partition>:ec2:${region}:${from.vpc.env.account}:route-table/*`,
          reason: 'A route table that left the network is known to the handler alone; it removes only routes over its own peering connection',
        },
      ],
    });
    const properties: PeerRoutesProperties = {
      Region: region,
      PeeringConnectionId: peeringConnectionId,
      RouteTableIds: routeTableIds,
      DestinationCidrs: [cidrOf(to)],
    };
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: handler.serviceToken,
      resourceType: PEER_ROUTES_TYPE,
      serviceTimeout: handler.serviceTimeout,
      properties: { ...properties },
    });
    resource.node.addDependency(handler);
  }
}
