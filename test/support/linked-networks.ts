import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc, type VpcAttributes } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { idsOf, onlyIdOf, routesOf } from './network-templates';
import { importedVpc, IRELAND, stackIn } from './synthesis';
import { Protection } from '../../src/core';
import {
  MigrationNetwork,
  NatStrategy,
  type ImportedNetworkOptions,
  type IMigrationNetwork,
  type NetworkLink,
  type NetworkLinkBindOptions,
  type NetworkLinkConfig,
} from '../../src/network';

export const NEW_CIDR = '10.1.0.0/16';

/** What `importedVpc` has. */
export const IMPORTED = {
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.20.0.0/16',
  tables: ['rtb-0aaaaaaaaaaaaaaa1', 'rtb-0aaaaaaaaaaaaaaa2', 'rtb-0bbbbbbbbbbbbbbb1'],
  replicationSubnets: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
};

export function importedNetwork(stack: Stack): IMigrationNetwork {
  return MigrationNetwork.fromVpc(stack, 'Imported', importedVpc(stack));
}

/** A new network with as little as possible beside its subnets. */
export function newNetwork(stack: Stack): IMigrationNetwork {
  return new MigrationNetwork(stack, 'New', {
    cidr: NEW_CIDR,
    natStrategy: NatStrategy.NONE,
    interfaceEndpoints: [],
    protection: Protection.ephemeral(),
  });
}

/** Another VPC that exists, with one subnet unless the attributes say otherwise. */
export function otherNetwork(
  stack: Stack,
  id: string,
  attributes: Partial<VpcAttributes> = {},
  options: ImportedNetworkOptions = {},
): IMigrationNetwork {
  const vpc = Vpc.fromVpcAttributes(stack, `${id}Vpc`, {
    vpcId: 'vpc-0fedcba9876543210',
    vpcCidrBlock: '10.30.0.0/16',
    availabilityZones: ['eu-west-1a'],
    isolatedSubnetIds: ['subnet-0ccccccccccccccc1'],
    isolatedSubnetRouteTableIds: ['rtb-0ccccccccccccccc1'],
    ...attributes,
  });
  return MigrationNetwork.fromVpc(stack, id, vpc, options);
}

/** Binds a link in an empty scope. */
export function bindIn(stack: Stack, link: NetworkLink, networks: NetworkLinkBindOptions): NetworkLinkConfig {
  return link.bind(new Construct(stack, `Link${stack.node.children.length}`), networks);
}

/** A link from a network that exists to a new one, in one stack. */
export function linked(link: NetworkLink) {
  const stack = stackIn(IRELAND);
  const config = bindIn(stack, link, { source: importedNetwork(stack), target: newNetwork(stack) });
  const template = Template.fromStack(stack);
  return { stack, config, template, vpc: onlyIdOf(template, 'AWS::EC2::VPC'), routes: routesOf(template).filter(({ to }) => to !== '0.0.0.0/0') };
}

/** The route tables of a new network whose subnets a link has to reach. */
export function privateTables(template: Template): string[] {
  return idsOf(template, 'AWS::EC2::RouteTable').filter((id) => !id.includes('Public'));
}
