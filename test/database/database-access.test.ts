import { App, NestedStack, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { CutoverFunctions, DatabaseReplication, MigrationDatabase, MigrationNetwork, NatStrategy, Protection, type CutoverSide } from '../../src';
import { openWayToDatabase, type MigrationDatabaseConfig } from '../../src/database';
import { resourcesOf } from '../support/database-templates';
import { annotationsOf, FRANKFURT, importedSecret, importedVpc, IRELAND, stackIn } from '../support/synthesis';

const protection = Protection.ephemeral();

/** A side that is made, as the migration makes it. */
function madeSide(scope: Construct, name: string, cidr: string): CutoverSide & { readonly network: MigrationNetwork } {
  const network = new MigrationNetwork(scope, `${name}Network`, { cidr, natStrategy: NatStrategy.NONE, interfaceEndpoints: [], protection });
  return { network, database: MigrationDatabase.rdsPostgres().bind(new Construct(scope, `${name}Database`), { network, protection }) };
}

/** A database behind a security group. */
function behind(scope: Construct, group: SecurityGroup): MigrationDatabaseConfig {
  const database = MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret: importedSecret(scope) });
  return { ...database.bind(new Construct(scope, 'Database'), {}), connections: group.connections };
}

const groupIn = (scope: Construct, id = 'Group') => new SecurityGroup(scope, id, { vpc: importedVpc(scope, `${id}Vpc`), allowAllOutbound: false });

/** Who is let in by rules of the template: by address, or by what its own security group is called. */
const letIn = (template: Template): string[] => resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties: { CidrIp, SourceSecurityGroupId } }) => (
  (CidrIp as string | undefined) ?? (SourceSecurityGroupId as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, '')
)).sort();

/** Rules inside the security groups of the template, and beside them. */
const rulesIn = (template: Template): unknown[] => [
  ...resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? []),
  ...resourcesOf(template, 'AWS::EC2::SecurityGroupIngress'),
];

describe('who connects stands in a nested stack of the one that has the databases', () => {
  const app = new App();
  const parent = new Stack(app, 'Payments', { env: IRELAND });
  const source = madeSide(parent, 'Source', '10.0.0.0/16');
  const target = madeSide(parent, 'Target', '10.1.0.0/16');
  const nested = new NestedStack(parent, 'Nested');
  new CutoverFunctions(nested, 'Cutover', { source, target, protection });
  new DatabaseReplication(nested, 'Replication', {
    network: target.network,
    source: source.database,
    sourceNetwork: source.network,
    target: target.database,
    identifier: 'blue',
    protection,
  });
  const subnets = target.network.vpc.selectSubnets(target.network.replicationSubnets).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock);
  app.synth();

  test('rules that name it are in the nested stack; addresses have one rule each in the group that lets them in, since EC2 refuses a second', () => {
    expect(subnets).toHaveLength(3);
    expect(rulesIn(Template.fromStack(parent))).toMatchObject([...subnets].map((CidrIp) => ({ CidrIp, FromPort: 5432 })));
    expect(letIn(Template.fromStack(nested))).toEqual(['CutoverSecurityGroup', 'ReplicationSecurityGroup']);
  });

  test('the databases\' stack takes nothing from the nested one', () => {
    expect(JSON.stringify(Template.fromStack(parent).toJSON())).not.toContain('Outputs.');
  });
});

describe('who connects stands in another stack', () => {
  const connect = (options: { readonly there?: Stack; readonly here: Stack; readonly group?: SecurityGroup; readonly cidr?: string }) => {
    const { here, there = here, group = groupIn(there), cidr = '10.20.0.0/16' } = options;
    const vpc = Vpc.fromVpcAttributes(here, 'Home', { vpcId: 'vpc-1', vpcCidrBlock: cidr, availabilityZones: ['a'], isolatedSubnetIds: ['subnet-1'] });
    const visitor = new SecurityGroup(here, 'Visitor', { vpc, allowAllOutbound: false });
    openWayToDatabase({ securityGroup: visitor, home: MigrationNetwork.fromVpc(here, 'HomeNetwork', vpc), name: 'the visitor' }, 'source', behind(here, group));
    return { here: () => Template.fromStack(here), there: () => Template.fromStack(there) };
  };
  const two = (env = IRELAND) => {
    const app = new App();
    return { here: new Stack(app, 'Here', { env: IRELAND }), there: new Stack(app, 'There', { env }) };
  };

  test('of its Region: the group has the rules itself, which refer to nothing', () => {
    const templates = connect(two());
    expect(letIn(templates.here())).toEqual([]);
    expect(rulesIn(templates.there())).toMatchObject([{ CidrIp: '10.20.0.0/16', FromPort: 5432, ToPort: 5432, Description: 'Database of the source, for the visitor' }]);
  });

  test('of its Region, with addresses that only the deployment knows: the rules are there', () => {
    const cidr = Token.asString({ 'Fn::ImportValue': 'Cidr' });
    const templates = connect({ ...two(), cidr });
    expect(resourcesOf(templates.here(), 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties)).toMatchObject([
      { CidrIp: { 'Fn::ImportValue': 'Cidr' }, IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, Description: 'Database of the source, for the visitor' },
    ]);
    expect(rulesIn(templates.there())).toEqual([]);
  });

  test('of another Region: the rules are in the database\'s, since a stack makes none elsewhere', () => {
    const { here, there } = two(FRANKFURT);
    const group = new SecurityGroup(there, 'Group', { vpc: importedVpc(there), allowAllOutbound: false, securityGroupName: 'database' });
    const templates = connect({ here, there, group });
    expect(letIn(templates.here())).toEqual([]);
    expect(rulesIn(templates.there())).toMatchObject([{ CidrIp: '10.20.0.0/16', FromPort: 5432 }]);
  });

  test('the same: the group has the rules itself', () => {
    expect(rulesIn(connect({ here: stackIn(IRELAND) }).here())).toMatchObject([{ CidrIp: '10.20.0.0/16', FromPort: 5432 }]);
  });

  test('an imported group that is to be left as it is, is', () => {
    const { here, there } = two();
    const group = SecurityGroup.fromSecurityGroupId(there, 'Group', 'sg-1', { mutable: false }) as SecurityGroup;
    const templates = connect({ here, there, group });
    expect([...letIn(templates.here()), ...rulesIn(templates.there())]).toEqual([]);
  });
});

test('tasks of a service stand in other subnets, and those are let in', () => {
  const stack = stackIn(IRELAND);
  const vpc = Vpc.fromVpcAttributes(stack, 'Home', {
    vpcId: 'vpc-1',
    vpcCidrBlock: '10.1.0.0/16',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
    privateSubnetIpv4CidrBlocks: ['10.1.1.0/24', '10.1.2.0/24'],
    isolatedSubnetIds: ['subnet-3', 'subnet-4'],
    isolatedSubnetIpv4CidrBlocks: ['10.1.3.0/24', '10.1.4.0/24'],
  });
  const home = MigrationNetwork.fromVpc(stack, 'HomeNetwork', vpc);
  const securityGroup = new SecurityGroup(stack, 'Tasks', { vpc, allowAllOutbound: false });
  openWayToDatabase({ securityGroup, home, subnets: home.serviceSubnets, name: 'tasks' }, 'source', behind(stack, groupIn(stack)));
  expect(rulesIn(Template.fromStack(stack))).toMatchObject([{ CidrIp: '10.1.1.0/24' }, { CidrIp: '10.1.2.0/24' }]);
});

test('unknown addresses are told, by the room and the side', () => {
  const stack = stackIn(IRELAND);
  const vpc = Vpc.fromVpcAttributes(stack, 'Home', { vpcId: 'vpc-1', availabilityZones: ['a'], isolatedSubnetIds: ['subnet-1'] });
  const securityGroup = new SecurityGroup(stack, 'Tasks', { vpc, allowAllOutbound: false });
  const home = MigrationNetwork.fromVpc(stack, 'HomeNetwork', vpc);
  openWayToDatabase({ securityGroup, home, name: 'the tasks', room: 'service' }, 'target', behind(stack, groupIn(stack)));
  expect(annotationsOf(stack)).toContainEqual(expect.stringMatching(
    /nothing lets the tasks into the database of the target: Payments\/Home was imported .*\[ack: cdk-payment-migration:service.unknown-addresses-target\]$/));
});
