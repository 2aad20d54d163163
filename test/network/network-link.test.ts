import { App, CfnResource, Fn, Stack, type Environment } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc, type VpcAttributes } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import {
  checkAddresses,
  MigrationNetwork,
  NetworkLink,
  type ImportedNetworkOptions,
  type IMigrationNetwork,
  type NetworkLinkBindOptions,
  type NetworkLinkConfig,
} from '../../src/network';
import { PEER_ROUTES_TYPE } from '../../src/network/contract';
import { bindIn, IMPORTED, importedNetwork, linked, newNetwork, NEW_CIDR, otherNetwork, privateTables } from '../support/linked-networks';
import { idsOf, nameOf, onlyIdOf, propertiesOf, routesOf, type TemplateRoute } from '../support/network-templates';
import { FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

const TGW = 'tgw-0123456789abcdef0';
const ATTACHMENT = 'AWS::EC2::TransitGatewayAttachment';
const PEERING = 'AWS::EC2::VPCPeeringConnection';

/** Every private and isolated table leads to the other network, each once, and none earlier than the link stands. */
function expectBothWays(routes: TemplateRoute[], template: Template, via: string, dependsOn: string[]): void {
  const expected = [
    ...IMPORTED.tables.map((table) => ({ table, to: NEW_CIDR })),
    ...privateTables(template).map((table) => ({ table, to: IMPORTED.cidr })),
  ];
  const byTable = (one: { table: string }, other: { table: string }) => one.table.localeCompare(other.table);
  expect([...routes].sort(byTable)).toEqual(expected.sort(byTable).map((route) => ({ ...route, via, dependsOn })));
  expect(privateTables(template)).toHaveLength(5);
}

describe('a new transit gateway', () => {
  const { stack, config, template, vpc, routes } = linked(NetworkLink.transitGateway());
  const attachments = idsOf(template, ATTACHMENT);

  test('@default TransitGatewayLinkOptions.transitGatewayId: a new one, which connects its attachments by itself', () => {
    template.hasResourceProperties('AWS::EC2::TransitGateway', {
      DefaultRouteTableAssociation: 'enable',
      DefaultRouteTablePropagation: 'enable',
      AutoAcceptSharedAttachments: 'disable',
    });
    expect(stack.resolve(config.transitGatewayId)).toEqual({ 'Fn::GetAtt': [onlyIdOf(template, 'AWS::EC2::TransitGateway'), 'Id'] });
  });

  test('@default NetworkLinkConfig.peeringConnectionId: undefined, for there is no peering', () => {
    expect(config.peeringConnectionId).toBeUndefined();
    template.resourceCountIs(PEERING, 0);
  });

  test('is attached to the replication subnets of each network, one for each zone', () => {
    const attached = attachments.map((id) => propertiesOf(template, id));
    expect(attached.map(({ TransitGatewayId }) => nameOf(TransitGatewayId))).toEqual(Array(2).fill(onlyIdOf(template, 'AWS::EC2::TransitGateway')));
    expect(attached.map(({ VpcId, SubnetIds }) => [nameOf(VpcId), (SubnetIds as unknown[]).map(nameOf)])).toEqual([
      [IMPORTED.vpcId, IMPORTED.replicationSubnets],
      [vpc, idsOf(template, 'AWS::EC2::Subnet', 'Replication')],
    ]);
  });

  test('is routed to from every private and isolated table, both ways, when both attachments stand', () => {
    expectBothWays(routes, template, onlyIdOf(template, 'AWS::EC2::TransitGateway'), attachments);
    expect(attachments).toHaveLength(2);
  });
});

describe('a transit gateway that exists', () => {
  const { config, template, routes } = linked(NetworkLink.transitGateway({ transitGatewayId: TGW }));

  test('is attached and routed to, and none is made', () => {
    template.resourceCountIs('AWS::EC2::TransitGateway', 0);
    template.allResourcesProperties(ATTACHMENT, { TransitGatewayId: TGW });
    expectBothWays(routes, template, TGW, idsOf(template, ATTACHMENT));
    expect(config).toEqual({ transitGatewayId: TGW });
  });

  test('may be one that the deployment finds', () => {
    const { template: other } = linked(NetworkLink.transitGateway({ transitGatewayId: Fn.importValue('TransitGatewayId') }));
    other.allResourcesProperties(ATTACHMENT, { TransitGatewayId: { 'Fn::ImportValue': 'TransitGatewayId' } });
  });

  test.each(['', 'vpc-0123456789abcdef0', 'tgw-', `${TGW} `, 'arn:aws:ec2:eu-west-1:111111111111:transit-gateway/tgw-0123456789abcdef0'])('is not %p', (id) => {
    expect(() => linked(NetworkLink.transitGateway({ transitGatewayId: id }))).toThrow(new Error(
      `transitGatewayId: got '${id}', allowed: an id such as 'tgw-0123456789abcdef0'`,
    ));
  });
});

describe('a transit gateway between other networks', () => {
  const twoSubnets: Partial<VpcAttributes> = {
    isolatedSubnetIds: ['subnet-0ddddddddddddddd1', 'subnet-0ddddddddddddddd2'],
    isolatedSubnetRouteTableIds: ['rtb-0ddddddddddddddd1', 'rtb-0ddddddddddddddd2'],
  };

  test.each<[string, (stack: Stack) => ImportedNetworkOptions]>([
    ['by type', () => ({})],
    ['one by one', (stack) => ({ replicationSubnets: { subnets: otherNetwork(stack, 'Same', twoSubnets).vpc.isolatedSubnets } })],
  ])('is attached to one subnet of a zone, where they are chosen %s', (_, options) => {
    const stack = stackIn(IRELAND);
    bindIn(stack, NetworkLink.transitGateway(), { source: otherNetwork(stack, 'Source', twoSubnets, options(stack)), target: importedNetwork(stack) });
    Template.fromStack(stack).hasResourceProperties(ATTACHMENT, { VpcId: 'vpc-0fedcba9876543210', SubnetIds: ['subnet-0ddddddddddddddd1'] });
  });

  test('is routed to from a VPC that the app makes', () => {
    const stack = stackIn();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
    bindIn(stack, NetworkLink.transitGateway(), { source: MigrationNetwork.fromVpc(stack, 'Source', vpc), target: importedNetwork(stack) });
    const template = Template.fromStack(stack);
    const tables = idsOf(template, 'AWS::EC2::RouteTable', 'PrivateSubnet');
    expect(routesOf(template).filter(({ to }) => to === IMPORTED.cidr).map(({ table }) => table)).toEqual(tables);
    expect(tables).toHaveLength(2);
    template.hasResourceProperties('AWS::EC2::Route', { RouteTableId: IMPORTED.tables[0], DestinationCidrBlock: { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::EC2::VPC'), 'CidrBlock'] } });
  });

  test('is routed to from a VPC that the deployment finds', () => {
    const stack = stackIn();
    const source = otherNetwork(stack, 'Source', {
      vpcId: Fn.importValue('VpcId'),
      vpcCidrBlock: Fn.importValue('VpcCidr'),
      isolatedSubnetIds: [Fn.importValue('SubnetId')],
      isolatedSubnetRouteTableIds: [Fn.importValue('TableId')],
    });
    bindIn(stack, NetworkLink.transitGateway(), { source, target: importedNetwork(stack) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(ATTACHMENT, { VpcId: { 'Fn::ImportValue': 'VpcId' }, SubnetIds: [{ 'Fn::ImportValue': 'SubnetId' }] });
    expect(routesOf(template).map(({ table, to }) => [table, to])).toEqual([['TableId', IMPORTED.cidr], ...IMPORTED.tables.map((table) => [table, 'VpcCidr'])]);
  });
});

describe('a peering in one Region', () => {
  const { stack, config, template, vpc, routes } = linked(NetworkLink.vpcPeering());

  test('leads from the source to the target', () => {
    const peering = propertiesOf(template, onlyIdOf(template, PEERING));
    expect(peering).toMatchObject({ VpcId: IMPORTED.vpcId, PeerVpcId: { 'Fn::GetAtt': [vpc, 'VpcId'] } });
    expect(peering).not.toHaveProperty('PeerRegion');
    expect(stack.resolve(config.peeringConnectionId)).toEqual({ 'Fn::GetAtt': [onlyIdOf(template, PEERING), 'Id'] });
  });

  test('@default NetworkLinkConfig.transitGatewayId: undefined, for there is no transit gateway', () => {
    expect(config.transitGatewayId).toBeUndefined();
    template.resourceCountIs('AWS::EC2::TransitGateway', 0);
  });

  test('is routed to from every private and isolated table, both ways, by the template itself', () => {
    const peering = onlyIdOf(template, PEERING);
    expectBothWays(routes, template, peering, [peering]);
    template.resourceCountIs(PEER_ROUTES_TYPE, 0);
  });
});

describe.each<['source' | 'target']>([['source'], ['target']])('a peering with a %s in another Region', (elsewhere) => {
  const app = new App();
  const there = new Stack(app, 'There', { env: FRANKFURT, crossRegionReferences: true });
  const here = new Stack(app, 'Here', { env: IRELAND, crossRegionReferences: true });
  const [ours, theirs] = [importedNetwork(here), newNetwork(there)];
  bindIn(here, NetworkLink.vpcPeering(), elsewhere === 'source' ? { source: theirs, target: ours } : { source: ours, target: theirs });
  const template = Template.fromStack(here);
  const thereTemplate = Template.fromStack(there);
  const peering = onlyIdOf(template, PEERING);
  const imported = (logicalId: string) => ({ 'Fn::GetAtt': [expect.stringContaining('ExportsReader'), expect.stringContaining(logicalId)] });

  test('is requested from the Region of the stack that makes it', () => {
    expect(propertiesOf(template, peering)).toMatchObject({
      VpcId: IMPORTED.vpcId,
      PeerVpcId: imported(onlyIdOf(thereTemplate, 'AWS::EC2::VPC')),
      PeerRegion: 'eu-central-1',
    });
    thereTemplate.resourceCountIs(PEERING, 0);
  });

  test('is routed to from here by the template', () => {
    expect(routesOf(template)).toEqual(IMPORTED.tables.map((table) => ({ table, to: NEW_CIDR, via: peering, dependsOn: [peering] })));
  });

  test('is routed to from there by a custom resource of this stack, with every table', () => {
    const { ServiceToken, ...properties } = propertiesOf(template, onlyIdOf(template, PEER_ROUTES_TYPE));
    expect(properties).toEqual({
      ServiceTimeout: '960',
      Region: 'eu-central-1',
      PeeringConnectionId: { 'Fn::GetAtt': [peering, 'Id'] },
      RouteTableIds: privateTables(thereTemplate).map(imported),
      DestinationCidrs: [IMPORTED.cidr],
    });
    expect(nameOf(ServiceToken)).toBe(onlyIdOf(template, 'AWS::Lambda::Function', 'CustomResources'));
    expect(routesOf(thereTemplate).map(({ to }) => to)).toEqual(['0.0.0.0/0']);
  });

  test('lets the handler change these tables only, and waits for its policy', () => {
    const policy = onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'AccepterRoutesHandlerPolicy');
    const { Statement } = propertiesOf(template, policy).PolicyDocument as { Statement: { Action: string[]; Resource: unknown }[] };
    const changes = Statement.find(({ Action }) => Action.includes('ec2:CreateRoute'))!;
    expect(changes.Resource).toEqual(privateTables(thereTemplate).map((id) => (
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:eu-central-1:111111111111:route-table/', imported(id)]] }
    )));
    expect(Statement.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ec2:Describe'))).toEqual([]);
    template.hasResource(PEER_ROUTES_TYPE, { DependsOn: Match.arrayWith([policy]) });
  });

  test('makes the stack of the migration wait for the side, never the other way round', () => {
    expect(here.dependencies).toContain(there);
    expect(there.dependencies).not.toContain(here);
    expect(app.synth().manifest.missing).toBeUndefined();
  });
});

test('a link that exists makes nothing', () => {
  const { config, template, routes } = linked(NetworkLink.existing());
  expect(config).toEqual({});
  expect(routes).toEqual([]);
  expect([...idsOf(template, ATTACHMENT), ...idsOf(template, 'AWS::EC2::TransitGateway'), ...idsOf(template, PEERING)]).toEqual([]);
});

describe('the link by default', () => {
  test.each<[string, Environment | undefined, string | undefined, keyof NetworkLinkConfig]>([
    ['a transit gateway in one Region', IRELAND, 'eu-west-1', 'transitGatewayId'],
    ['a peering across two Regions', IRELAND, 'eu-central-1', 'peeringConnectionId'],
    ['a transit gateway where one Region is unknown', undefined, 'eu-central-1', 'transitGatewayId'],
    ['a transit gateway where both are unknown', undefined, undefined, 'transitGatewayId'],
  ])('is %s', (_, env, region, made) => {
    const stack = stackIn(env);
    const networks = { source: importedNetwork(stack), target: otherNetwork(stack, 'Target', { region }) };
    expect(Object.keys(bindIn(stack, NetworkLink.defaultFor(networks), networks))).toEqual([made]);
  });
});

describe('what cannot be linked', () => {
  const stack = stackIn(IRELAND);
  const source = importedNetwork(stack);
  const refused = (link: NetworkLink, target: IMigrationNetwork, from = source) => () => bindIn(stack, link, { source: from, target });
  const bothLinks: [string, NetworkLink][] = [['a transit gateway', NetworkLink.transitGateway()], ['a peering', NetworkLink.vpcPeering()]];
  const there = otherNetwork(stack, 'There', { region: 'eu-central-1' });
  const farAway = otherNetwork(stack, 'FarAway', { region: 'us-east-1' });

  test('is a transit gateway across Regions', () => {
    expect(refused(NetworkLink.transitGateway(), there)).toThrow(new Error(
      "link: got 'a transit gateway between eu-central-1 and eu-west-1', allowed: NetworkLink.vpcPeering() or .existing() across Regions",
    ));
  });

  test('is a transit gateway in another Region than the stack', () => {
    expect(refused(NetworkLink.transitGateway(), there, there)).toThrow(/^link: got 'a transit gateway between eu-west-1 and eu-central-1'/);
  });

  test('is a peering of two Regions of which neither is the stack\'s', () => {
    expect(refused(NetworkLink.vpcPeering(), farAway, there)).toThrow(new Error(
      "link: got 'peering of eu-central-1 with us-east-1 made in eu-west-1', allowed: a migration whose own stack is in the Region of its source or its target",
    ));
  });

  test.each(bothLinks)('is a VPC that was imported without its CIDR, by %s', (name, link) => {
    const target = otherNetwork(stack, `NoCidr${name.length}`, { vpcCidrBlock: undefined });
    expect(refused(link, target)).toThrow(new Error(
      `vpcCidrBlock of ${target.vpc.node.path}: got undefined, allowed: the CIDR of the imported VPC, or NetworkLink.existing() as the link`,
    ));
  });

  test.each(bothLinks)('is a VPC that was imported without its route tables, by %s', (name, link) => {
    const target = otherNetwork(stack, `NoTables${name.length}`, { isolatedSubnetRouteTableIds: undefined });
    expect(refused(link, target)).toThrow(new Error(
      `route table of ${target.vpc.isolatedSubnets[0].node.path}: got undefined, allowed: the id of its route table at import, or NetworkLink.existing() as the link`,
    ));
  });
});

describe('the addresses of two networks', () => {
  const check = (theirs: string | undefined, ours: string | undefined) => () => {
    const stack = stackIn();
    const [source, target] = [theirs, ours].map((vpcCidrBlock, index) => otherNetwork(stack, `Network${index}`, { vpcCidrBlock }));
    checkAddresses({ source, target });
  };

  test.each([['10.0.0.0/16', '10.0.0.0/16'], ['10.0.0.0/8', '10.1.0.0/16'], ['10.1.2.0/24', '10.1.0.0/16']])('may not overlap: %s and %s', (theirs, ours) => {
    expect(check(theirs, ours)).toThrow(new Error(`CIDR of the target: got '${ours}', allowed: one that does not overlap the source's ${theirs}`));
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['are disjoint', '10.0.0.0/16', '10.1.0.0/16'],
    ['are known at deployment', Fn.importValue('VpcCidr'), Fn.importValue('VpcCidr')],
    ['are known at deployment on one side', '10.0.0.0/16', Fn.importValue('VpcCidr')],
    ['are not known', undefined, '10.0.0.0/16'],
  ])('are not refused where they %s', (_, theirs, ours) => {
    expect(check(theirs, ours)).not.toThrow();
  });
});

test('a link of the users\' own is bound like any other', () => {
  class Vpn extends NetworkLink {
    public bind(scope: Construct, { source, target }: NetworkLinkBindOptions): NetworkLinkConfig {
      new CfnResource(scope, 'Resource', { type: 'Custom::Vpn', properties: { From: source.vpc.vpcCidrBlock, To: target.vpc.vpcCidrBlock } });
      return { transitGatewayId: TGW };
    }
  }
  const { config, template, routes } = linked(new Vpn());
  expect(config).toEqual({ transitGatewayId: TGW });
  template.hasResourceProperties('Custom::Vpn', { From: IMPORTED.cidr, To: NEW_CIDR });
  expect(routes).toEqual([]);
});
