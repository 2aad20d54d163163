import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAnywhere, securityGroupRules, type SecurityGroupRule } from './support/security-groups';
import { rulesByDefault, securityGroupTable, withSecurityGroupTable } from '../projenrc/security-groups';

const POSTGRES = 'tcp 5432';
const HTTPS = 'tcp 443';
/** Of the default networks: each VPC, and in each the subnets in which replication and the functions stand. */
const SOURCE_VPC = 'Source/Network (10.0.0.0/16)';
const TARGET_VPC = 'Target/Network (10.1.0.0/16)';
const subnets = (tier: string, ...blocks: string[]) => blocks.map((block, index) => `${tier}/Subnet${index + 1} (${block})`);
const TARGET_REPLICATION_SUBNETS = subnets('Target/Network/Replication', '10.1.144.0/20', '10.1.160.0/20', '10.1.176.0/20');
const SOURCE_SERVICE_SUBNETS = subnets('Source/Network/Service', '10.0.48.0/20', '10.0.64.0/20', '10.0.80.0/20');
const TARGET_SERVICE_SUBNETS = subnets('Target/Network/Service', '10.1.48.0/20', '10.1.64.0/20', '10.1.80.0/20');
const CONTAINER = 'tcp 8080';

/** Every way that is meant to be open, as `who > whom on what`. Nothing else may be. */
const INTENDED_INGRESS = [
  `${SOURCE_VPC} > Source/Network/Endpoints on ${HTTPS}`,
  `${TARGET_VPC} > Target/Network/Endpoints on ${HTTPS}`,
  `Replication > Target/Database on ${POSTGRES}`,
  ...['Cutover', 'Preflight', 'Validation', 'SchemaCopy'].map((group) => `${group} > Target/Database on ${POSTGRES}`),
  // Groups cannot be named across a transit gateway by default, so the other VPC's subnets stand for what is in them.
  ...[...TARGET_REPLICATION_SUBNETS, ...TARGET_SERVICE_SUBNETS].map((subnet) => `${subnet} > Source/Database on ${POSTGRES}`),
  ...SOURCE_SERVICE_SUBNETS.map((subnet) => `${subnet} > Target/Database on ${POSTGRES}`),
  ...['Source', 'Target'].flatMap((side) => [
    ...[HTTPS, 'tcp 80'].map((port) => `0.0.0.0/0 > ${side}/Endpoint/LoadBalancer on ${port}`),
    `${side}/Endpoint/LoadBalancer > ${side}/Endpoint on ${CONTAINER}`,
    `${side}/Endpoint > ${side}/Database on ${POSTGRES}`,
  ]),
];
/** Registries of images and providers of payments have public addresses. */
const TASKS_TO_THE_INTERNET = ['SchemaCopy', 'Source/Endpoint', 'Target/Endpoint'].map((group) => `${group} > 0.0.0.0/0 on ${HTTPS}`);
const INTENDED_EGRESS = [
  ...TASKS_TO_THE_INTERNET,
  `Source/Endpoint > ${TARGET_VPC} on ${POSTGRES}`,
  `Target/Endpoint > ${SOURCE_VPC} on ${POSTGRES}`,
  ...['Source', 'Target'].flatMap((side) => [
    `${side}/Endpoint/LoadBalancer > ${side}/Endpoint on ${CONTAINER}`,
    `${side}/Endpoint > ${side}/Database on ${POSTGRES}`,
  ]),
  ...['Replication', 'Cutover', 'Preflight', 'Validation'].map((group) => `${group} > ${TARGET_VPC} on ${HTTPS}`),
  ...['Replication', 'Cutover', 'Preflight', 'Validation', 'SchemaCopy'].flatMap((group) => [
    `${group} > ${SOURCE_VPC} on ${POSTGRES}`,
    `${group} > Target/Database on ${POSTGRES}`,
  ]),
];
/** Who may be reached from everywhere. */
const PUBLIC = /LoadBalancer/;
const PUBLIC_PORTS = [HTTPS, 'tcp 80'];

const ways = (rules: readonly SecurityGroupRule[], direction: SecurityGroupRule['direction']) => [...new Set(rules
  .filter((rule) => rule.direction === direction)
  .map(({ group, peer, ports }) => `${direction === 'ingress' ? `${peer} > ${group}` : `${group} > ${peer}`} on ${ports}`))].sort();

describe('the rules of everything by default', () => {
  const rules = rulesByDefault();

  test('let in what is meant to come in, and nobody else', () => {
    expect(ways(rules, 'ingress')).toEqual([...INTENDED_INGRESS].sort());
  });

  test('let out what is meant to go out, and nothing else', () => {
    expect(ways(rules, 'egress')).toEqual([...INTENDED_EGRESS].sort());
  });

  test('let everybody in to load balancers alone, on the ports of HTTP', () => {
    const open = rules.filter((rule) => rule.direction === 'ingress' && isAnywhere(rule));
    expect(open.filter(({ group, ports }) => !PUBLIC.test(group) || !PUBLIC_PORTS.includes(ports))).toEqual([]);
  });

  test('let nobody reach everything: tasks reach HTTPS alone', () => {
    expect(rules.filter((rule) => rule.direction === 'egress' && rule.ports === 'all')).toEqual([]);
    expect(ways(rules.filter(isAnywhere), 'egress')).toEqual(TASKS_TO_THE_INTERNET);
  });

  test('each say what they are for', () => {
    expect(rules.filter(({ description }) => description.length === 0)).toEqual([]);
  });

  test('are all in README', () => {
    const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
    expect(readme).toBe(withSecurityGroupTable(readme));
  });
});

describe('a template that somebody else wrote', () => {
  const group = (path: string, properties: object) => ({ Type: 'AWS::EC2::SecurityGroup', Properties: properties, Metadata: { 'aws:cdk:path': path } });
  const nested = {
    Parameters: { DatabaseGroup: { Type: 'String' } },
    Resources: {
      Inner: group('App/Migration/ControlPlane/Functions/SecurityGroup/Resource', { SecurityGroupEgress: [{ IpProtocol: 'udp', FromPort: 53, ToPort: 54, CidrIpv6: '::/0' }] }),
      In: {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: { GroupId: { Ref: 'DatabaseGroup' }, IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: { 'Fn::GetAtt': ['Inner', 'GroupId'] } },
      },
    },
    Outputs: { InnerGroup: { Value: { 'Fn::GetAtt': ['Inner', 'GroupId'] } } },
  };
  const outer = {
    Resources: {
      Database: group('App/Migration/Source/Database/SecurityGroup/Resource', { SecurityGroupEgress: [{ IpProtocol: 'icmp', FromPort: 252, ToPort: 86, CidrIp: '255.255.255.255/32' }] }),
      Careless: group('App/Careless/Resource', {}),
      Out: {
        Type: 'AWS::EC2::SecurityGroupEgress',
        Properties: { GroupId: { 'Fn::GetAtt': ['Database', 'GroupId'] }, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, DestinationPrefixListId: 'pl-6da54004' },
      },
      Back: {
        Type: 'AWS::EC2::SecurityGroupEgress',
        Properties: {
          GroupId: { 'Fn::GetAtt': ['Database', 'GroupId'] }, IpProtocol: '-1', DestinationSecurityGroupId: { 'Fn::GetAtt': ['Stack', 'Outputs.InnerGroup'] },
        },
      },
      Stack: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { Parameters: { DatabaseGroup: { 'Fn::GetAtt': ['Database', 'GroupId'] } } },
        Metadata: { 'aws:asset:path': 'inner.nested.template.json' },
      },
    },
  };

  const rules = () => {
    const folder = mkdtempSync(join(tmpdir(), 'groups-'));
    const files = {
      'manifest.json': { artifacts: { App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'app.template.json' } } } },
      'app.template.json': outer,
      'inner.nested.template.json': nested,
    };
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content));
    return securityGroupRules(folder);
  };

  test('is read with groups, blocks and prefix lists, in nested stacks and out of them', () => {
    expect(rules().map(({ direction, group: name, peer, ports }) => `${direction} ${name} ${peer} ${ports}`).sort()).toEqual([
      'egress Careless 0.0.0.0/0 all',
      'egress Functions ::/0 udp 53-54',
      'egress Source/Database Functions all',
      'egress Source/Database pl-6da54004 tcp 443',
      'ingress Source/Database Functions tcp 5432',
    ]);
  });

  test('shows a group without egress as one that reaches everything', () => {
    expect(rules().filter(isAnywhere).map(({ group: name }) => name).sort()).toEqual(['Careless', 'Functions']);
  });

  test('has one row for a way that both of its ends say', () => {
    const way = { peer: 'B', ports: POSTGRES, description: '' };
    expect(securityGroupTable([{ direction: 'egress', group: 'A', ...way }, { direction: 'ingress', group: 'B', ...way, peer: 'A' }]).split('\n').at(-1))
      .toBe(`| A | B | ${POSTGRES} | the receiver, the sender |`);
  });
});
