import { Token } from 'aws-cdk-lib';
import type { DnsCutoverProps } from './dns-cutover-props';
import type { EdgeConfig } from './edge-binding';
import { isApex } from './record-names';
import { checkPattern, checkRange, invalidInput } from '../core';

/** Checks what both sides together must be. */
export function checkSides(props: DnsCutoverProps, sharedName: string, source: EdgeConfig, target: EdgeConfig): 'A' | 'CNAME' {
  if (!differ(props, source, target)) {
    throw invalidInput('endpoint of the target', 'the endpoint of the source', 'another one, since the weights lead to one or the other');
  }
  const alias = [source, target].every(({ aliasHostedZoneId }) => aliasHostedZoneId !== undefined);
  if (!alias && isApex(sharedName, props.hostedZone.zoneName)) {
    throw invalidInput('recordName', sharedName, 'a name below the zone\'s own, where a side has a domain name: the DNS allows no CNAME there');
  }
  return alias ? 'A' : 'CNAME';
}

/** Checks what is said of the records themselves. */
export function checkRecords({ identifier, ttl, adoptableTargets = [] }: DnsCutoverProps, source: EdgeConfig, target: EdgeConfig): void {
  // What a record is known by may have 128 characters: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
  checkPattern('identifier', identifier, /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, '1 to 63 letters, digits and hyphens, a letter or digit first');
  for (const name of adoptableTargets) {
    checkPattern('adoptableTargets', name, /^[A-Za-z0-9_:.-]{1,253}$/, 'domain names and addresses');
  }
  if (!ttl) return;
  if (source.aliasHostedZoneId !== undefined && target.aliasHostedZoneId !== undefined) {
    throw invalidInput('ttl', ttl.isUnresolved() ? 'a token' : ttl.toHumanString(), 'none where both sides have load balancers: an alias has none of its own');
  }
  if (!ttl.isUnresolved()) checkRange('ttl', ttl.toSeconds({ integral: false }), 1, 300, 'seconds');
}

function differ(props: DnsCutoverProps, source: EdgeConfig, target: EdgeConfig): boolean {
  const { loadBalancer } = props.source;
  if (loadBalancer && loadBalancer === props.target.loadBalancer) return false;
  const plain = ({ domainName }: EdgeConfig) => (Token.isUnresolved(domainName) ? domainName : domainName.toLowerCase().replace(/\.$/, ''));
  return plain(source) !== plain(target);
}
