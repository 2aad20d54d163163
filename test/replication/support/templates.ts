import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { MigrationNetwork } from '../../../src/network';
import { DatabaseReplication, type DatabaseReplicationProps } from '../../../src/replication';
import { existingSide, sourceNetwork } from '../../support/cutover-templates';
import { onlyResourceOf } from '../../support/database-templates';
import { importedVpc } from '../../support/synthesis';

/** DMS between two databases that exist, in two networks. */
export function replicationIn(stack: Stack, props: Partial<DatabaseReplicationProps> = {}): DatabaseReplication {
  const network = props.network ?? MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack));
  return new DatabaseReplication(stack, 'Replication', {
    source: props.source ?? existingSide(stack, 'source').database,
    target: props.target ?? existingSide(stack, 'target').database,
    ...('sourceNetwork' in props ? {} : { sourceNetwork: sourceNetwork(stack) }),
    identifier: 'blue',
    ...props,
    network,
  });
}

interface Rule {
  readonly 'rule-id': string;
  readonly 'rule-action': string;
  readonly 'object-locator': Record<string, string>;
}

/** The rules of a task's mapping beyond those that every mapping has. */
export function rulesOf(json: unknown): string[] {
  const { rules } = JSON.parse(json as string) as { readonly rules: Rule[] };
  return rules.filter((rule) => Number(rule['rule-id']) >= 100_000_000).map((rule) => {
    const { 'rule-action': action, 'object-locator': locator, value } = rule as Rule & { readonly value?: string };
    return [action, Object.values(locator).join('.'), ...(value === undefined ? [] : [`-> ${value}`])].join(' ');
  });
}

/** A task of the template, by the end of its identifier. */
export function taskOf(template: Template, idPart: 'Load' | 'ToTarget' | 'ToSource'): Readonly<Record<string, unknown>> {
  return onlyResourceOf(template, 'AWS::DMS::ReplicationTask', `Replication${idPart}`).Properties;
}
