import { CfnResource, Fn, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { MigrationNetwork, type IMigrationNetwork } from '../../src/network';
import { idsOf } from '../support/network-templates';
import { annotationsOf, FRANKFURT, importedVpc, IRELAND, stackIn } from '../support/synthesis';

const AVAILABILITY_ZONES = ['eu-west-1a', 'eu-west-1b'];
const tierNames = { privateSubnets: 'private', isolatedSubnets: 'isolated', publicSubnets: 'public' } as const;

/** A VPC that exists, with two subnets in each of these tiers. */
function vpcWith(stack: Stack, ...tiers: (keyof typeof tierNames)[]): IVpc {
  const ids = (tier: keyof typeof tierNames) => (tiers.includes(tier) ? [`subnet-${tierNames[tier]}1`, `subnet-${tierNames[tier]}2`] : undefined);
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: AVAILABILITY_ZONES,
    privateSubnetIds: ids('privateSubnets'),
    isolatedSubnetIds: ids('isolatedSubnets'),
    publicSubnetIds: ids('publicSubnets'),
  });
}

const idsIn = ({ vpc }: IMigrationNetwork, selection: SubnetSelection): string[] => vpc.selectSubnets(selection).subnetIds;
const selections = (network: IMigrationNetwork) => ({
  service: idsIn(network, network.serviceSubnets),
  database: idsIn(network, network.databaseSubnets),
  replication: idsIn(network, network.replicationSubnets),
});
const PRIVATE = ['subnet-private1', 'subnet-private2'];
const ISOLATED = ['subnet-isolated1', 'subnet-isolated2'];

describe('the subnets of a VPC that exists', () => {
  const chosen = (...tiers: (keyof typeof tierNames)[]) => {
    const stack = stackIn();
    return selections(MigrationNetwork.fromVpc(stack, 'Network', vpcWith(stack, ...tiers)));
  };
  const everything = chosen('publicSubnets', 'privateSubnets', 'isolatedSubnets');
  const privateOnly = chosen('publicSubnets', 'privateSubnets');
  const isolatedOnly = chosen('publicSubnets', 'isolatedSubnets');

  test('@default ImportedNetworkOptions.serviceSubnets: the private ones, else the isolated ones', () => {
    expect([everything, privateOnly, isolatedOnly].map(({ service }) => service)).toEqual([PRIVATE, PRIVATE, ISOLATED]);
  });

  test('@default ImportedNetworkOptions.databaseSubnets: the isolated ones, else the private ones', () => {
    expect([everything, privateOnly, isolatedOnly].map(({ database }) => database)).toEqual([ISOLATED, PRIVATE, ISOLATED]);
  });

  test('@default ImportedNetworkOptions.replicationSubnets: the isolated ones, else the private ones', () => {
    expect([everything, privateOnly, isolatedOnly].map(({ replication }) => replication)).toEqual([ISOLATED, PRIVATE, ISOLATED]);
  });

  test('are the given ones where they are given', () => {
    const stack = stackIn();
    const vpc = vpcWith(stack, 'publicSubnets', 'privateSubnets', 'isolatedSubnets');
    const network = MigrationNetwork.fromVpc(stack, 'Network', vpc, {
      serviceSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      databaseSubnets: { subnets: [vpc.privateSubnets[1], vpc.isolatedSubnets[0]] },
      replicationSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS, availabilityZones: ['eu-west-1b'] },
    });
    expect(selections(network)).toEqual({
      service: ISOLATED,
      database: ['subnet-private2', 'subnet-isolated1'],
      replication: ['subnet-private2'],
    });
  });

  test('given for one purpose leave the others as they are', () => {
    const stack = stackIn();
    const network = MigrationNetwork.fromVpc(stack, 'Network', vpcWith(stack, 'privateSubnets', 'isolatedSubnets'), {
      databaseSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    });
    expect(selections(network)).toEqual({ service: PRIVATE, database: PRIVATE, replication: ISOLATED });
  });
});

describe('a VPC that the app makes', () => {
  const stack = stackIn();
  const vpc = new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    subnetConfiguration: [
      { name: 'Edge', subnetType: SubnetType.PUBLIC },
      { name: 'App', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      { name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED },
    ],
  });
  const network = MigrationNetwork.fromVpc(stack, 'Network', vpc);
  const task = new CfnResource(stack, 'Task', { type: 'Custom::Task' });
  task.node.addDependency(network.vpc.selectSubnets(network.serviceSubnets).internetConnectivityEstablished);
  const template = Template.fromStack(stack);

  test('is the very VPC that was given, and the only one', () => {
    expect(network.vpc).toBe(vpc);
    template.resourceCountIs('AWS::EC2::VPC', 1);
  });

  test('is used by the type of its subnets', () => {
    const ids = (name: string) => vpc.selectSubnets({ subnetGroupName: name }).subnetIds;
    expect(selections(network)).toEqual({ service: ids('App'), database: ids('Data'), replication: ids('Data') });
  });

  test('lets what runs in its service subnets wait for the way out', () => {
    const [{ DependsOn }] = Object.values(template.findResources('Custom::Task'));
    expect(DependsOn).toEqual(expect.arrayContaining(idsOf(template, 'AWS::EC2::Route', 'AppSubnet')));
    expect(idsOf(template, 'AWS::EC2::Route', 'AppSubnet')).toHaveLength(2);
  });
});

describe('a VPC that is imported', () => {
  const stack = stackIn(IRELAND);
  const network = MigrationNetwork.fromVpc(stack, 'Network', importedVpc(stack));
  const template = Template.fromStack(stack);

  test('gets nothing made in it, and no warning', () => {
    expect(template.toJSON().Resources).toBeUndefined();
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('knows its CIDR and its Region', () => {
    expect(network.vpc.vpcCidrBlock).toBe('10.20.0.0/16');
    expect(network.vpc.env.region).toBe('eu-west-1');
  });

  test('may be in another Region than its stack', () => {
    const here = stackIn(IRELAND);
    const vpc = Vpc.fromVpcAttributes(here, 'Vpc', {
      vpcId: 'vpc-0fedcba9876543210',
      region: FRANKFURT.region,
      availabilityZones: ['eu-central-1a'],
      isolatedSubnetIds: ['subnet-0123456789abcdef0'],
    });
    expect(MigrationNetwork.fromVpc(here, 'Network', vpc).vpc.env.region).toBe('eu-central-1');
  });

  test('may be looked up', () => {
    const here = stackIn(IRELAND);
    const vpc = Vpc.fromLookup(here, 'Vpc', { vpcId: 'vpc-0123456789abcdef0' });
    expect(selections(MigrationNetwork.fromVpc(here, 'Network', vpc)).service).toEqual(vpc.privateSubnets.map(({ subnetId }) => subnetId));
  });
});

describe('a VPC whose ids are known at deployment', () => {
  const stack = stackIn();
  const subnetId = (index: number) => Fn.select(index, Fn.split(',', Fn.importValue('SubnetIds')));
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: Fn.importValue('VpcId'),
    vpcCidrBlock: Fn.importValue('VpcCidr'),
    availabilityZones: [0, 1].map((index) => Fn.select(index, Fn.getAzs())),
    privateSubnetIds: [subnetId(0), subnetId(1)],
    isolatedSubnetIds: [subnetId(2), subnetId(3)],
  });
  const network = MigrationNetwork.fromVpc(stack, 'Network', vpc);

  const deployed = (index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': [',', { 'Fn::ImportValue': 'SubnetIds' }] }] });

  test('is used by the type of its subnets', () => {
    expect(stack.resolve(selections(network))).toEqual({
      service: [deployed(0), deployed(1)],
      database: [deployed(2), deployed(3)],
      replication: [deployed(2), deployed(3)],
    });
  });

  test('is named by what the deployment finds', () => {
    expect(stack.resolve(network.vpc.vpcId)).toEqual({ 'Fn::ImportValue': 'VpcId' });
    expect(stack.resolve(network.vpc.vpcCidrBlock)).toEqual({ 'Fn::ImportValue': 'VpcCidr' });
  });
});

describe('a VPC that cannot be used', () => {
  test('has public subnets only', () => {
    const stack = stackIn();
    expect(() => MigrationNetwork.fromVpc(stack, 'Network', vpcWith(stack, 'publicSubnets'))).toThrow(new Error(
      "vpc: got 'Payments/Vpc with public subnets only', allowed: a VPC with private or isolated subnets",
    ));
  });

  test('has no subnets that are known', () => {
    const stack = stackIn();
    expect(() => MigrationNetwork.fromVpc(stack, 'Network', vpcWith(stack))).toThrow(/^vpc: .* allowed: a VPC with private or isolated subnets$/);
  });
});
