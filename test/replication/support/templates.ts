import type { Stack } from 'aws-cdk-lib';
import { externalSide, existingSide, sourceNetwork } from './cutover-templates';
import { importedVpc } from './synthesis';
import { MigrationNetwork } from '../../src/network';
import { DatabaseReplication, type DatabaseReplicationProps } from '../../src/replication';

/** DMS between two databases that exist in two networks. */
export function replicationIn(stack: Stack, props: Partial<DatabaseReplicationProps> = {}): DatabaseReplication {
  const network = props.network ?? MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack));
  const separate = props.source ? undefined : sourceNetwork(stack);
  return new DatabaseReplication(stack, 'Replication', {
    source: existingSide(stack, 'source').database,
    target: existingSide(stack, 'target').database,
    sourceNetwork: separate,
    network,
    ...props,
  });
}

export { externalSide };
