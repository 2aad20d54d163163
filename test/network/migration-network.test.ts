import { App, CfnParameter, CfnResource, Fn, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InterfaceVpcEndpointAwsService, InterfaceVpcEndpointService, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { knownToOverlap, Protection } from '../../src/core';
import { MigrationNetwork, NatStrategy, type MigrationNetworkProps } from '../../src/network';
import { CLOSED_DEFAULT_SECURITY_GROUP_TYPE } from '../../src/network/contract';
import { idsOf, nameOf, onlyIdOf, propertiesOf, routesOf } from '../support/network-templates';
import { annotationsOf, IRELAND, stackIn } from '../support/synthesis';

const TIERS = ['Public', 'Service', 'Database', 'Replication'];
const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const PARTNER_SERVICE = 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0';
const ANYWHERE = '0.0.0.0/0';

function networkIn(stack: Stack, props?: MigrationNetworkProps) {
  const network = new MigrationNetwork(stack, 'Network', props);
  return { stack, network, template: Template.fromStack(stack) };
}

const attempt = (props: MigrationNetworkProps) => () => new MigrationNetwork(stackIn(), 'Network', props);
const getAtt = (id: string, attribute: string) => ({ 'Fn::GetAtt': [id, attribute] });
const tableOf = (template: Template, tier: string, zone = 1) => onlyIdOf(template, 'AWS::EC2::RouteTable', `Network${tier}RouteTable${zone}`);
const defaultRoutes = (template: Template): Record<string, string> => (
  Object.fromEntries(routesOf(template).filter(({ to }) => to === ANYWHERE).map(({ table, via }) => [table, via]))
);
const subnetIdsOf = (template: Template, tier: string) => idsOf(template, 'AWS::EC2::Subnet', `Network${tier}Subnet`);
const endpointsOf = (template: Template) => idsOf(template, 'AWS::EC2::VPCEndpoint').map((id) => propertiesOf(template, id));
const interfacesOf = (template: Template) => endpointsOf(template).filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface');
const logGroupKeys = (template: Template) => idsOf(template, 'AWS::Logs::LogGroup').map((id) => propertiesOf(template, id).KmsKeyId);

describe('a network with every default', () => {
  const { stack, network, template } = networkIn(stackIn(IRELAND));
  const vpc = onlyIdOf(template, 'AWS::EC2::VPC');
  const idsIn = (selection: SubnetSelection) => network.vpc.selectSubnets(selection).subnetIds.map((id) => nameOf(stack.resolve(id)));

  test('@default MigrationNetworkOptions.cidr: 10.0.0.0/16', () => {
    expect(propertiesOf(template, vpc)).toMatchObject({ CidrBlock: '10.0.0.0/16', EnableDnsHostnames: true, EnableDnsSupport: true });
    expect(network.vpc.vpcCidrBlock).toBe('10.0.0.0/16');
    expect(stack.resolve(network.vpc.vpcId)).toEqual(getAtt(vpc, 'VpcId'));
  });

  test('@default MigrationNetworkOptions.availabilityZones: the first three of the Region, asked for at deployment', () => {
    const zones = [0, 1, 2].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] }));
    for (const tier of TIERS) expect(subnetIdsOf(template, tier).map((id) => propertiesOf(template, id).AvailabilityZone)).toEqual(zones);
    expect(stack.resolve(network.vpc.availabilityZones)).toEqual(zones);
  });

  test('@default MigrationNetworkOptions.natStrategy: one per zone under production, each for its own zone', () => {
    const gateways = idsOf(template, 'AWS::EC2::NatGateway');
    expect(gateways.map((id) => nameOf(propertiesOf(template, id).SubnetId))).toEqual(subnetIdsOf(template, 'Public'));
    expect(new Set(gateways.map((id) => nameOf(propertiesOf(template, id).AllocationId))).size).toBe(3);
    expect([1, 2, 3].map((zone) => defaultRoutes(template)[tableOf(template, 'Service', zone)])).toEqual(gateways);
  });

  test('@default MigrationNetworkOptions.interfaceEndpoints: Secrets Manager, CloudWatch Logs and Systems Manager', () => {
    expect(interfacesOf(template).map(({ ServiceName }) => ServiceName).sort()).toEqual([
      'com.amazonaws.eu-west-1.logs', 'com.amazonaws.eu-west-1.secretsmanager', 'com.amazonaws.eu-west-1.ssm',
    ]);
  });

  test('@default MigrationNetworkOptions.flowLogRetention: one year', () => {
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::Logs::LogGroup', 'FlowLogs')).RetentionInDays).toBe(365);
  });

  test('@default MigrationNetworkProps.encryptionKey: a new customer managed key, which encrypts every log', () => {
    const key = getAtt(onlyIdOf(template, 'AWS::KMS::Key'), 'Arn');
    expect(logGroupKeys(template)).toEqual([key, key]);
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'logs.eu-west-1.amazonaws.com' } })]) },
    });
  });

  test('@default MigrationNetworkProps.protection: production, which keeps logs and their key', () => {
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('has four tiers of three subnets, and says which are for what', () => {
    template.resourceCountIs('AWS::EC2::Subnet', 12);
    expect(network.vpc.publicSubnets.map(({ subnetId }) => nameOf(stack.resolve(subnetId)))).toEqual(subnetIdsOf(template, 'Public'));
    expect(idsIn(network.serviceSubnets)).toEqual(subnetIdsOf(template, 'Service'));
    expect(idsIn(network.databaseSubnets)).toEqual(subnetIdsOf(template, 'Database'));
    expect(idsIn(network.replicationSubnets)).toEqual(subnetIdsOf(template, 'Replication'));
  });

  test('tells the route table of each subnet as the template associates it', () => {
    const told = [...network.vpc.publicSubnets, ...network.vpc.privateSubnets, ...network.vpc.isolatedSubnets]
      .map(({ subnetId, routeTable }) => [subnetId, routeTable.routeTableId].map((id) => nameOf(stack.resolve(id))));
    const associated = idsOf(template, 'AWS::EC2::SubnetRouteTableAssociation').map((id) => propertiesOf(template, id))
      .map(({ SubnetId, RouteTableId }) => [SubnetId, RouteTableId].map(nameOf));
    expect(told.sort()).toEqual(associated.sort());
    expect(associated).toHaveLength(12);
  });

  test('gives no public address to what starts in it', () => {
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  test('has no way out of the database and replication subnets', () => {
    const ways = defaultRoutes(template);
    expect(Object.keys(ways).sort()).toEqual([tableOf(template, 'Public'), ...[1, 2, 3].map((zone) => tableOf(template, 'Service', zone))].sort());
    expect(ways[tableOf(template, 'Public')]).toBe(onlyIdOf(template, 'AWS::EC2::InternetGateway'));
    template.resourceCountIs('AWS::EC2::Route', 4);
  });

  test('opens the way out in order: attachment, route, NAT gateway', () => {
    const route = onlyIdOf(template, 'AWS::EC2::Route', 'InternetRoute');
    template.hasResource('AWS::EC2::Route', { DependsOn: [onlyIdOf(template, 'AWS::EC2::VPCGatewayAttachment')], Properties: { DestinationCidrBlock: ANYWHERE } });
    template.allResources('AWS::EC2::NatGateway', { DependsOn: [route] });
    template.allResources('AWS::EC2::EIP', { DependsOn: [route] });
  });

  test('logs all traffic, once the role may write', () => {
    const [role, policy] = ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'].map((type) => onlyIdOf(template, type, 'FlowLogs'));
    const logGroup = onlyIdOf(template, 'AWS::Logs::LogGroup', 'FlowLogs');
    template.hasResource('AWS::EC2::FlowLog', {
      Properties: {
        ResourceType: 'VPC',
        ResourceId: getAtt(vpc, 'VpcId'),
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: { Ref: logGroup },
        DeliverLogsPermissionArn: getAtt(role, 'Arn'),
      },
      DependsOn: [policy],
    });
    expect(propertiesOf(template, policy)).toMatchObject({
      Roles: [{ Ref: role }],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: expect.arrayContaining(['logs:PutLogEvents']) as string[], Resource: getAtt(logGroup, 'Arn') }] },
    });
  });

  test('reaches S3 from every private and isolated route table', () => {
    const [{ RouteTableIds, ServiceName }] = endpointsOf(template).filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
    const tables = [...[1, 2, 3].map((zone) => tableOf(template, 'Service', zone)), tableOf(template, 'Database'), tableOf(template, 'Replication')];
    expect((RouteTableIds as unknown[]).map(nameOf)).toEqual(expect.arrayContaining(tables));
    expect(ServiceName).toEqual({ 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.s3']] });
  });

  test('reaches the other services by private names in the replication subnets', () => {
    const group = getAtt(onlyIdOf(template, 'AWS::EC2::SecurityGroup'), 'GroupId');
    expect(interfacesOf(template)).toHaveLength(3);
    for (const endpoint of interfacesOf(template)) {
      expect(endpoint).toMatchObject({ PrivateDnsEnabled: true, SecurityGroupIds: [group], VpcId: getAtt(vpc, 'VpcId') });
      expect((endpoint.SubnetIds as unknown[]).map(nameOf)).toEqual(subnetIdsOf(template, 'Replication'));
    }
  });

  test('lets only the VPC reach its endpoints, by HTTPS only', () => {
    const { SecurityGroupIngress, SecurityGroupEgress } = propertiesOf(template, onlyIdOf(template, 'AWS::EC2::SecurityGroup'));
    expect(SecurityGroupIngress).toEqual([{ CidrIp: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: expect.any(String) as string }]);
    expect(SecurityGroupEgress).toEqual([expect.objectContaining({ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' })]);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('closes the default security group, with a role that may close no other', () => {
    const [role, logGroup, handler] = ['AWS::IAM::Role', 'AWS::Logs::LogGroup', 'AWS::Lambda::Function']
      .map((type) => onlyIdOf(template, type, 'CustomResources'));
    const policy = onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'DefaultSecurityGroupHandlerPolicy');
    template.hasResource(CLOSED_DEFAULT_SECURITY_GROUP_TYPE, {
      Properties: { DefaultSecurityGroupId: getAtt(vpc, 'DefaultSecurityGroup'), ServiceToken: getAtt(handler, 'Arn'), ServiceTimeout: '960' },
      DependsOn: Match.arrayWith([logGroup, policy]),
    });
    expect(propertiesOf(template, handler)).toMatchObject({ Role: getAtt(role, 'Arn'), LoggingConfig: { LogGroup: { Ref: logGroup } } });
    interface Document { Statement: { Action: unknown; Resource: unknown }[] }
    const statementsOf = (id: string) => (propertiesOf(template, id).PolicyDocument as Document).Statement;
    const ofAll = onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'CustomResourcesPolicy');
    const wide = [policy, ofAll].flatMap(statementsOf).filter(({ Resource }) => Resource === '*');
    expect(wide.map(({ Action }) => Action)).toEqual(['ec2:DescribeSecurityGroupRules']);
    expect(statementsOf(policy)).toContainEqual(expect.objectContaining({
      Action: ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:eu-west-1:111111111111:security-group/', getAtt(vpc, 'DefaultSecurityGroup')]] },
    }));
  });
});

describe('an ephemeral network', () => {
  const { template } = networkIn(stackIn(), { protection: Protection.ephemeral() });

  test('keeps nothing', () => {
    const kept = Object.entries(template.toJSON().Resources as Record<string, { DeletionPolicy?: string; UpdateReplacePolicy?: string }>)
      .filter(([, resource]) => [resource.DeletionPolicy, resource.UpdateReplacePolicy].some((policy) => policy !== undefined && policy !== 'Delete'));
    expect(kept).toEqual([]);
  });

  test('@default MigrationNetworkOptions.natStrategy: a single one under ephemeral, for all zones', () => {
    const gateway = onlyIdOf(template, 'AWS::EC2::NatGateway');
    expect([1, 2, 3].map((zone) => defaultRoutes(template)[tableOf(template, 'Service', zone)])).toEqual([gateway, gateway, gateway]);
  });
});

describe('what needs the way out', () => {
  const waitsFor = (natStrategy: NatStrategy, select: (network: MigrationNetwork) => SubnetSelection): string[] => {
    const stack = stackIn();
    const network = new MigrationNetwork(stack, 'Network', { natStrategy });
    const { internetConnectivityEstablished } = network.vpc.selectSubnets(select(network));
    new CfnResource(stack, 'Task', { type: 'Custom::Task' }).node.addDependency(internetConnectivityEstablished);
    const [{ DependsOn }] = Object.values(Template.fromStack(stack).findResources('Custom::Task'));
    return ((DependsOn ?? []) as string[]).map((id) => /NatRoute\d|InternetRoute/.exec(id)?.[0] ?? id);
  };

  test.each([NatStrategy.ONE_PER_AZ, NatStrategy.SINGLE])('waits for the routes of the service subnets: %s', (natStrategy) => {
    expect(waitsFor(natStrategy, ({ serviceSubnets }) => serviceSubnets)).toEqual(['NatRoute1', 'NatRoute2', 'NatRoute3']);
  });

  test('waits for the route of its own zone only', () => {
    expect(waitsFor(NatStrategy.ONE_PER_AZ, ({ vpc }) => ({ subnets: [vpc.privateSubnets[1]] }))).toEqual(['NatRoute2']);
  });

  test('waits for nothing where there is no way out', () => {
    expect(waitsFor(NatStrategy.NONE, ({ serviceSubnets }) => serviceSubnets)).toEqual([]);
    expect(waitsFor(NatStrategy.ONE_PER_AZ, ({ replicationSubnets }) => replicationSubnets)).toEqual([]);
  });

  test('waits for the internet gateway in the public subnets', () => {
    const stack = stackIn();
    const { vpc } = new MigrationNetwork(stack, 'Network', { natStrategy: NatStrategy.NONE });
    new ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: true });
    new CfnResource(stack, 'Other', { type: 'Custom::Other' }).node.addDependency(vpc.internetConnectivityEstablished);
    const template = Template.fromStack(stack);
    const DependsOn = [onlyIdOf(template, 'AWS::EC2::Route', 'InternetRoute')];
    template.hasResource('AWS::ElasticLoadBalancingV2::LoadBalancer', { DependsOn });
    template.hasResource('Custom::Other', { DependsOn });
  });
});

describe('what a caller says', () => {
  test.each([[NatStrategy.ONE_PER_AZ, 3], [NatStrategy.SINGLE, 1], [NatStrategy.NONE, 0]])('about NAT gateways: %s', (natStrategy, count) => {
    const { template } = networkIn(stackIn(), { natStrategy });
    template.resourceCountIs('AWS::EC2::NatGateway', count);
    template.resourceCountIs('AWS::EC2::EIP', count);
    expect(Object.keys(defaultRoutes(template))).toHaveLength(count === 0 ? 1 : 4);
  });

  test('about logs and zones', () => {
    const availabilityZones = ['eu-west-1c', 'eu-west-1b', 'eu-west-1a'];
    const { template } = networkIn(stackIn(), { flowLogRetention: RetentionDays.ONE_WEEK, availabilityZones });
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::Logs::LogGroup', 'FlowLogs')).RetentionInDays).toBe(7);
    expect(subnetIdsOf(template, 'Database').map((id) => propertiesOf(template, id).AvailabilityZone)).toEqual(availabilityZones);
  });

  test.each([
    ['com.amazonaws.eu-west-1.ecr.dkr', InterfaceVpcEndpointAwsService.ECR_DOCKER],
    ['com.amazonaws.eu-west-1.s3', InterfaceVpcEndpointAwsService.S3],
    [PARTNER_SERVICE, new InterfaceVpcEndpointService(PARTNER_SERVICE)],
  ])('about endpoints: %s', (name, service) => {
    const { template } = networkIn(stackIn(IRELAND), { interfaceEndpoints: [service] });
    expect(interfacesOf(template).map(({ ServiceName }) => ServiceName)).toEqual([name]);
  });

  test('about having no interface endpoints, which leaves no security group behind', () => {
    const { template } = networkIn(stackIn(), { interfaceEndpoints: [] });
    expect(endpointsOf(template).map(({ VpcEndpointType }) => VpcEndpointType)).toEqual(['Gateway']);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test.each<[string, (stack: Stack) => IKey, unknown]>([
    ['the app makes', (stack) => new Key(stack, 'Key'), getAtt('Key961B73FD', 'Arn')],
    ['exists', (stack) => Key.fromKeyArn(stack, 'Key', KEY_ARN), KEY_ARN],
    ['the deployment finds', (stack) => Key.fromKeyArn(stack, 'Key', Fn.importValue('KeyArn')), { 'Fn::ImportValue': 'KeyArn' }],
  ])('about a key that %s', (_, key, arn) => {
    const stack = stackIn();
    const { template } = networkIn(stack, { encryptionKey: key(stack) });
    expect(logGroupKeys(template)).toEqual([arn, arn]);
    expect(idsOf(template, 'AWS::KMS::Key', 'Network')).toEqual([]);
  });

  test.each([['10.0.0.0/16', '/20'], ['172.31.128.0/17', '/21'], ['192.168.4.0/22', '/26'], ['10.9.8.0/24', '/28']])('about addresses: %s becomes twelve disjoint %s', (cidr, prefix) => {
    const { template } = networkIn(stackIn(), { cidr });
    const cidrs = TIERS.flatMap((tier) => subnetIdsOf(template, tier).map((id) => propertiesOf(template, id).CidrBlock as string));
    expect(cidrs).toHaveLength(12);
    expect(cidrs.filter((one) => !one.endsWith(prefix) || !knownToOverlap(one, cidr))).toEqual([]);
    expect(cidrs.filter((one, index) => cidrs.slice(index + 1).some((other) => knownToOverlap(one, other)))).toEqual([]);
  });
});

test.each([['no environment', undefined], ['an environment', IRELAND]])('with %s, nothing is looked up and nobody is warned', (_, env) => {
  const stack = stackIn(env);
  new MigrationNetwork(stack, 'Network');
  expect((stack.node.root as App).synth().manifest.missing).toBeUndefined();
  expect(annotationsOf(stack)).toEqual([]);
});

describe('bad input', () => {
  test.each(['10.0.0.0/15', '10.0.0.0/25', '10.0.0.1/16', '10.0.16.0/16', '10.0.0.0', '10.0.256.0/16', 'fd00::/56', ''])('is the CIDR %p', (cidr) => {
    expect(attempt({ cidr })).toThrow(new Error(
      `cidr: got '${cidr}', allowed: an IPv4 CIDR with a prefix from /16 to /24 whose host bits are zero, such as '10.0.0.0/16'`,
    ));
  });

  test('is a CIDR that only the deployment knows', () => {
    const cidr = new CfnParameter(stackIn(), 'Cidr').valueAsString;
    expect(attempt({ cidr })).toThrow(new Error("cidr: got 'a token', allowed: a literal IPv4 CIDR"));
  });

  test.each([[['eu-west-1a', 'eu-west-1b']], [[]], [['a', 'b', 'c', 'd']]])('is another number of zones than three: %p', (availabilityZones) => {
    expect(attempt({ availabilityZones })).toThrow(new Error(`availabilityZones: got '${availabilityZones.join(', ')}', allowed: 3 different Availability Zones`));
  });
});
