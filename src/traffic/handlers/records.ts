import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { ADDRESS_TYPES, type DnsRecordsProperties, type SideProperties } from '../contract';

/** In the form of names here: Route 53 ends them with a dot. */
export function plainName(name = ''): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** A load balancer's name with the prefix is the same load balancer. */
function plainTarget(name?: string): string {
  return plainName(name).replace(/^dualstack\./, '');
}

/** Whether records lead clients somewhere. */
export function isAddress({ Type }: ResourceRecordSet): boolean {
  return (ADDRESS_TYPES as readonly (string | undefined)[]).includes(Type);
}

/** The only record of its name and type, whose answer depends on nothing. */
export function isSimple({ SetIdentifier, TrafficPolicyInstanceId }: ResourceRecordSet): boolean {
  return SetIdentifier === undefined && TrafficPolicyInstanceId === undefined;
}

/** Whether it leads to nothing but what is named. */
export function leadsOnlyTo(record: ResourceRecordSet, targets: string[]): boolean {
  const named = targets.map(plainTarget);
  const led = record.AliasTarget ? [record.AliasTarget.DNSName] : (record.ResourceRecords ?? []).map(({ Value }) => Value);
  return led.length > 0 && led.every((target) => named.includes(plainTarget(target)));
}

/** In words, such as "A 'other' -> 192.0.2.1". */
export function describe(record: ResourceRecordSet): string {
  const led = record.AliasTarget?.DNSName ?? (record.ResourceRecords ?? []).map(({ Value }) => Value).join(', ');
  const set = record.SetIdentifier === undefined ? '' : ` '${record.SetIdentifier}'`;
  return `${plainName(record.Name)} ${record.Type}${set} -> ${led}`;
}

/** Whether there is no difference that Route 53 would know of. */
export function isSame(one: ResourceRecordSet, other: ResourceRecordSet): boolean {
  return essence(one) === essence(other);
}

function essence(record: ResourceRecordSet): string {
  const { Name, Type, SetIdentifier, Weight, TTL, HealthCheckId, ResourceRecords, AliasTarget } = record;
  const alias = AliasTarget && [AliasTarget.HostedZoneId, plainTarget(AliasTarget.DNSName), AliasTarget.EvaluateTargetHealth];
  const values = (ResourceRecords ?? []).map(({ Value = '' }) => (Type === 'CNAME' ? plainName(Value) : Value)).sort();
  return JSON.stringify([plainName(Name), Type, SetIdentifier, Weight, TTL, HealthCheckId, values, alias]);
}

/** The weighted record of one side. */
export function sharedRecord(properties: DnsRecordsProperties, side: SideProperties, weight: number): ResourceRecordSet {
  return {
    Name: properties.RecordName,
    SetIdentifier: side.SetIdentifier,
    Weight: weight,
    HealthCheckId: side.HealthCheckId,
    ...answer(side, properties.SharedType === 'A', properties.Ttl),
  };
}

/** The record of a side's own name. */
export function ownRecord(side: SideProperties, ttl: string): ResourceRecordSet {
  return { Name: side.RecordName, ...answer(side, side.AliasHostedZoneId !== undefined, ttl) };
}

function answer({ DomainName, AliasHostedZoneId }: SideProperties, alias: boolean, ttl: string): Pick<ResourceRecordSet, 'Type' | 'TTL' | 'AliasTarget' | 'ResourceRecords'> {
  if (!alias) return { Type: 'CNAME', TTL: Number(ttl), ResourceRecords: [{ Value: DomainName }] };
  // The health check asks what clients ask. A load balancer is unhealthy as soon as one of its target groups is empty, as the idle one of a
  // blue/green deployment is, so its own opinion is not asked.
  return { Type: 'A', AliasTarget: { HostedZoneId: AliasHostedZoneId, DNSName: DomainName, EvaluateTargetHealth: false } };
}

/** What leads from the one to the other. Deletions name every value, so that Route 53 refuses them where a record has changed meanwhile. */
export function changesBetween(there: ResourceRecordSet[], wanted: ResourceRecordSet[]): Change[] {
  const change = (Action: 'DELETE' | 'CREATE') => (record: ResourceRecordSet): Change => ({ Action, ResourceRecordSet: record });
  return [
    ...there.filter((record) => !wanted.some((other) => isSame(record, other))).map(change('DELETE')),
    ...wanted.filter((record) => !there.some((other) => isSame(record, other))).map(change('CREATE')),
  ];
}

/** What takes changes back. */
export function reversed(changes: Change[]): Change[] {
  const back = changes.map(({ Action, ...change }): Change => ({ ...change, Action: Action === 'CREATE' ? 'DELETE' : 'CREATE' }));
  return [...back.filter(({ Action }) => Action === 'DELETE'), ...back.filter(({ Action }) => Action === 'CREATE')];
}
