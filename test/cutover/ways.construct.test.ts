import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { MigrationNetwork, NatStrategy, Protection } from '../../src';
import { existingSide, externalSide, functionsIn, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf, resourcesOf } from '../support/database-templates';
import { annotationsOf, FRANKFURT, importedSecret, importedVpc, IRELAND, stackIn } from '../support/synthesis';

interface Rule {
  readonly CidrIp?: string;
  readonly FromPort: number;
  readonly ToPort: number;
}

/** Where the functions may connect to, by address. */
function waysOut(template: Template): string[] {
  const { SecurityGroupEgress } = onlyResourceOf(template, 'AWS::EC2::SecurityGroup', 'CutoverSecurityGroup').Properties;
  return (SecurityGroupEgress as Rule[]).map(({ CidrIp, FromPort, ToPort }) => {
    expect(ToPort).toBe(FromPort);
    return `${CidrIp} ${FromPort}`;
  });
}

/** Who may connect to the databases. */
function waysIn(template: Template): string[] {
  return resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties: { GroupId, CidrIp, SourceSecurityGroupId, FromPort } }) => (
    `${GroupId as string} from ${(CidrIp as string | undefined) ?? JSON.stringify(SourceSecurityGroupId)} ${FromPort as number}`
  )).sort();
}

const OURS = expect.stringMatching(/^sg-target from \{"Fn::GetAtt":\["CutoverSecurityGroup[0-9A-F]+","GroupId"\]\} 5432$/) as string;

describe('two VPCs of one Region', () => {
  const stack = stackIn(IRELAND);
  functionsIn(stack);
  const template = Template.fromStack(stack);

  test('the target\'s database is reached by security groups, the source\'s by addresses', () => {
    expect(waysIn(template)).toEqual(['sg-source from 10.20.0.0/16 5432', OURS]);
    expect(waysOut(template)).toEqual(['0.0.0.0/0 443', '10.30.0.0/16 5432']);
    expect(onlyResourceOf(template, 'AWS::EC2::SecurityGroupEgress').Properties).toMatchObject({ DestinationSecurityGroupId: 'sg-target', FromPort: 5432 });
  });

  test('nobody reaches the functions', () => {
    expect(onlyResourceOf(template, 'AWS::EC2::SecurityGroup', 'CutoverSecurityGroup').Properties.SecurityGroupIngress).toBeUndefined();
  });
});

test('where the subnets of the functions are known, they alone are let in', () => {
  const stack = stackIn(IRELAND);
  const vpc = Vpc.fromVpcAttributes(stack, 'TargetVpc', {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidrBlock: '10.20.0.0/16',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
    isolatedSubnetIpv4CidrBlocks: ['10.20.1.0/24', '10.20.2.0/24'],
  });
  functionsIn(stack, { target: existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', vpc)) });
  expect(waysIn(Template.fromStack(stack))).toEqual(['sg-source from 10.20.1.0/24 5432', 'sg-source from 10.20.2.0/24 5432', OURS]);
});

test('both databases in one VPC are reached by security groups', () => {
  const stack = stackIn(IRELAND);
  const network = sourceNetwork(stack);
  functionsIn(stack, { source: existingSide(stack, 'source', network), target: existingSide(stack, 'target', network) });
  const template = Template.fromStack(stack);
  expect(waysOut(template)).toEqual(['0.0.0.0/0 443']);
  expect(resourcesOf(template, 'AWS::EC2::SecurityGroupEgress').map(({ Properties }) => Properties.DestinationSecurityGroupId).sort()).toEqual(['sg-source', 'sg-target']);
  expect(waysIn(template)).toHaveLength(2);
});

test('a network that we made has its AWS endpoints inside', () => {
  const stack = stackIn(IRELAND);
  const network = new MigrationNetwork(stack, 'New', { cidr: '10.40.0.0/16', natStrategy: NatStrategy.NONE, protection: Protection.ephemeral() });
  functionsIn(stack, { target: existingSide(stack, 'target', network) });
  expect(waysOut(Template.fromStack(stack))).toEqual(['10.40.0.0/16 443', '10.30.0.0/16 5432']);
});

describe('a source that is in no VPC of the account', () => {
  const waysTo = (host: string) => {
    const stack = stackIn(IRELAND);
    functionsIn(stack, { source: externalSide(stack, host) });
    expect(annotationsOf(stack)).toEqual([]);
    return waysOut(Template.fromStack(stack));
  };

  test('@default CutoverSide.network: its address, which only a name server knows, may be any', () => {
    expect(waysTo('db.example.com')).toEqual(['0.0.0.0/0 443', '0.0.0.0/0 5432']);
  });

  test('its address, where it is given', () => {
    expect(waysTo('192.168.7.9')).toEqual(['0.0.0.0/0 443', '192.168.7.9/32 5432']);
  });

  test('lets the functions in where it has a security group', () => {
    const stack = stackIn(IRELAND);
    functionsIn(stack, { source: existingSide(stack, 'source') });
    expect(waysIn(Template.fromStack(stack))).toEqual(['sg-source from 10.20.0.0/16 5432', OURS]);
  });
});

test('a network whose addresses nobody knows is not let in, with a warning that says what to do', () => {
  const stack = stackIn(IRELAND);
  const vpc = Vpc.fromVpcAttributes(stack, 'TargetVpc', { vpcId: 'vpc-1', availabilityZones: ['eu-west-1a'], isolatedSubnetIds: ['subnet-1'] });
  functionsIn(stack, { target: existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', vpc)) });
  expect(waysIn(Template.fromStack(stack))).toEqual([OURS]);
  expect(annotationsOf(stack)).toContainEqual(expect.stringContaining('nothing lets the functions of the cutover into the database of the source'));
});

describe('two Regions', () => {
  const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
  const [here, there] = [IRELAND, FRANKFURT].map((env) => new Stack(app, env.region!, { env, crossRegionReferences: true }));
  const source = existingSide(here, 'source', MigrationNetwork.fromVpc(here, 'Network', importedVpc(here)));
  const target = existingSide(there, 'target', sourceNetwork(there));
  functionsIn(here, { source, target: { ...target, database: { ...target.database, migrationSecret: importedSecret(here) } } });

  test('the functions stand in the source\'s network where the target\'s is not in their Region', () => {
    const [{ Properties }] = resourcesOf(Template.fromStack(here), 'AWS::Lambda::Function');
    expect(Properties.VpcConfig).toMatchObject({ SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'] });
    expect(resourcesOf(Template.fromStack(here), 'AWS::EC2::SecurityGroup')[0].Properties.VpcId).toBe('vpc-0123456789abcdef0');
  });

  test('the database of the other Region lets addresses in, in its own stack', () => {
    expect(waysIn(Template.fromStack(there))).toEqual(['sg-target from 10.20.0.0/16 5432']);
    expect(waysOut(Template.fromStack(here))).toEqual(['0.0.0.0/0 443', '10.30.0.0/16 5432']);
  });
});
