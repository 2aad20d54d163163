import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { byDefault } from './suppressions';
import { securityGroupRules, type SecurityGroupRule } from '../test/support/security-groups';

const README = join(__dirname, '../README.md');
const BEGIN = '<!-- security groups: made by `npx projen docs:security-groups` -->';
const END = '<!-- end of security groups -->';

/** The rules of the program that README shows the table of: both sides made, each with a service. */
export function rulesByDefault(): SecurityGroupRule[] {
  const app = new App({ context: { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true } });
  byDefault(app);
  return securityGroupRules(app.synth().directory);
}

/** Who reaches whom on which port: one row for each way, whichever end of it the template says it at. */
export function securityGroupTable(rules: readonly SecurityGroupRule[]): string {
  const ways = new Map<string, { readonly row: string[]; readonly ends: Set<string> }>();
  for (const { direction, group, peer, ports } of rules) {
    const [from, to] = direction === 'ingress' ? [peer, group] : [group, peer];
    const key = [from, to, ports].join(' ');
    const way = ways.get(key) ?? { row: [from, to, ports], ends: new Set<string>() };
    way.ends.add(direction === 'ingress' ? 'the receiver' : 'the sender');
    ways.set(key, way);
  }
  const rows = [...ways.values()].map(({ row: [from, to, ports], ends }) => `| ${from} | ${to} | ${ports} | ${[...ends].sort().join(', ')} |`);
  return ['| who | reaches whom | on | said by |', '|---|---|---|---|', ...rows.sort()].join('\n');
}

/** A document with the table as it is now between its markers. */
export function withSecurityGroupTable(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md: got no table, allowed: one between '${BEGIN}' and '${END}'`);
  return `${document.slice(0, begin)}${BEGIN}\n${securityGroupTable(rulesByDefault())}\n${document.slice(end)}`;
}

if (require.main === module) writeFileSync(README, withSecurityGroupTable(readFileSync(README, 'utf8')));
