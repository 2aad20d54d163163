import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One way that the templates open, seen from the group that opens it. */
export interface SecurityGroupRule {
  readonly direction: 'ingress' | 'egress';
  /** The group's place below the migration, such as `Source/Database`. */
  readonly group: string;
  /** A group, a CIDR block with what has it, a prefix list. */
  readonly peer: string;
  /** Such as `tcp 5432`; `all` where every protocol and port is open. */
  readonly ports: string;
  readonly description: string;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Metadata?: Record<string, string>;
}

interface Template {
  readonly Parameters?: Record<string, unknown>;
  readonly Resources: Record<string, TemplateResource>;
  readonly Outputs?: Record<string, { readonly Value: unknown }>;
}

/** Where a template stands: in an assembly, or under a stack that gives it its parameters. */
interface Place {
  readonly template: Template;
  readonly parent?: { readonly place: Place; readonly parameters: Record<string, unknown> };
  readonly nested: Map<string, Place>;
}

const GROUP = 'AWS::EC2::SecurityGroup';
const NESTED = 'AWS::CloudFormation::Stack';
/** What the CDK writes for a group without egress, since one without any rule has all. */
const NOWHERE = '255.255.255.255/32';
const ANYWHERE = ['0.0.0.0/0', '::/0'];

/** Every rule of every security group in an assembly that carries the paths of its constructs, nested stacks included. */
export function securityGroupRules(assembly: string): SecurityGroupRule[] {
  const manifest = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8'));
  const artifacts = Object.values(manifest.artifacts) as { type: string; properties?: { templateFile?: string } }[];
  const stacks = artifacts.filter(({ type }) => type === 'aws:cloudformation:stack').map(({ properties }) => readPlace(assembly, properties!.templateFile!));
  const blocks = new Map(stacks.flatMap(blocksOf));
  const named = (peer: string) => (blocks.has(peer) ? `${blocks.get(peer)} (${peer})` : peer);
  return stacks.flatMap(rulesOf).filter(({ peer }) => peer !== NOWHERE).map((rule) => ({ ...rule, peer: named(rule.peer) }));
}

/** Whether a rule lets everybody in, or a group reach everything. */
export function isAnywhere({ peer }: SecurityGroupRule): boolean {
  return ANYWHERE.includes(peer);
}

function readPlace(assembly: string, file: string, parent?: Place['parent']): Place {
  const template = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template;
  const place: Place = { template, parent, nested: new Map() };
  for (const [logicalId, { Type, Properties, Metadata }] of Object.entries(template.Resources)) {
    if (Type !== NESTED) continue;
    const parameters = (Properties?.Parameters ?? {}) as Record<string, unknown>;
    place.nested.set(logicalId, readPlace(assembly, nestedFile(assembly, logicalId, Metadata), { place, parameters }));
  }
  return place;
}

/** The CDK writes where a nested stack's template is, relative to the assembly. */
function nestedFile(assembly: string, logicalId: string, metadata: Record<string, string> = {}): string {
  const file = metadata['aws:asset:path'];
  if (file === undefined || !readdirSync(assembly).includes(file)) throw new Error(`the template of ${logicalId} is not in ${assembly}`);
  return file;
}

/** Which VPC or subnet has which block of addresses. */
function blocksOf(place: Place): [string, string][] {
  const own = Object.entries(place.template.Resources)
    .filter(([, { Type }]) => ['AWS::EC2::VPC', 'AWS::EC2::Subnet'].includes(Type))
    .map(([logicalId, { Properties }]): [string, string] => [nameOf(place, Properties?.CidrBlock), nameOf(place, { Ref: logicalId })]);
  return [...own, ...[...place.nested.values()].flatMap(blocksOf)];
}

function rulesOf(place: Place): SecurityGroupRule[] {
  const own = Object.entries(place.template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const self = { 'Fn::GetAtt': [logicalId, 'GroupId'] };
    const inline = (direction: SecurityGroupRule['direction'], rules: unknown) => (
      ((rules ?? []) as Record<string, unknown>[]).map((rule) => readRule(place, direction, { GroupId: self, ...rule }))
    );
    switch (Type) {
      case GROUP: return [...inline('ingress', Properties.SecurityGroupIngress), ...inline('egress', Properties.SecurityGroupEgress ?? [ALL])];
      case `${GROUP}Ingress`: return [readRule(place, 'ingress', Properties)];
      case `${GROUP}Egress`: return [readRule(place, 'egress', Properties)];
      default: return [];
    }
  });
  return [...own, ...[...place.nested.values()].flatMap(rulesOf)];
}

/** A group without egress in its template gets this one by default. */
const ALL = { IpProtocol: '-1', CidrIp: '0.0.0.0/0', Description: 'by default' };

function readRule(place: Place, direction: SecurityGroupRule['direction'], rule: Record<string, unknown>): SecurityGroupRule {
  const peers = [
    rule.CidrIp, rule.CidrIpv6, rule.SourceSecurityGroupId, rule.DestinationSecurityGroupId, rule.SourcePrefixListId, rule.DestinationPrefixListId,
  ].filter((peer) => peer !== undefined);
  if (peers.length !== 1) throw new Error(`a rule with ${peers.length} peers: ${JSON.stringify(rule)}`);
  return {
    direction,
    group: nameOf(place, rule.GroupId),
    peer: nameOf(place, peers[0]),
    ports: portsOf(place, rule),
    description: typeof rule.Description === 'string' ? rule.Description : '',
  };
}

function portsOf(place: Place, { IpProtocol, FromPort, ToPort }: Record<string, unknown>): string {
  if (String(IpProtocol) === '-1') return 'all';
  if (FromPort === undefined) return `${IpProtocol as string} all`;
  const [from, to] = [FromPort, ToPort].map((port) => nameOf(place, port));
  return from === to ? `${IpProtocol as string} ${from}` : `${IpProtocol as string} ${from}-${to}`;
}

/** Follows parameters up into the stack that gives them, and attributes down into nested stacks. */
function nameOf(place: Place, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[intrinsic, argument]] = Object.entries(value);
  if (intrinsic === 'Ref' && place.parent && Object.hasOwn(place.template.Parameters ?? {}, argument as string)) {
    return nameOf(place.parent.place, place.parent.parameters[argument as string]);
  }
  if (intrinsic !== 'Fn::GetAtt' && intrinsic !== 'Ref') return JSON.stringify(value);
  const [logicalId, attribute] = [argument].flat() as [string, string?];
  const nested = place.nested.get(logicalId);
  if (nested && attribute?.startsWith('Outputs.')) return nameOf(nested, nested.template.Outputs![attribute.slice('Outputs.'.length)].Value);
  const path = place.template.Resources[logicalId]?.Metadata?.['aws:cdk:path'];
  return path === undefined ? JSON.stringify(value) : readableName(path, attribute);
}

/** `Payments/Migration/Source/Database/SecurityGroup/Resource` is `Source/Database`. */
function readableName(path: string, attribute?: string): string {
  const name = path.split('/').slice(1).filter((part) => !['Migration', 'ControlPlane', 'Resource'].includes(part)).join('/');
  const short = name.replace(/\/?(EndpointSecurityGroup|SecurityGroup)$/, (_, kind: string) => (kind === 'EndpointSecurityGroup' ? '/Endpoints' : ''));
  return attribute === undefined || attribute === 'GroupId' ? short : `${short} ${attribute}`;
}
