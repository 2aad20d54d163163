import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkEndpointOptions } from './endpoint-options';
import type { DatabaseReplicationProps } from './replication-props';
import { invalidInput, knownToDiffer } from '../core';
import { checkMajor } from '../database';
import type { IMigrationNetwork } from '../network';

const ZONES = 2;

export function checkProps(scope: Construct, { network, sourceEndpoint, targetEndpoint }: DatabaseReplicationProps): void {
  const { region } = Stack.of(scope);
  if (knownToDiffer(network.vpc.env.region, region)) {
    throw invalidInput('network', `a network in ${network.vpc.env.region}`, `one in ${region}, where the stack is`);
  }
  checkEndpointOptions('sourceEndpoint', sourceEndpoint ?? {});
  checkEndpointOptions('targetEndpoint', targetEndpoint ?? {});
}

/** DMS reads both databases: the target for the way back. */
export function checkEngines({ source, target }: DatabaseReplicationProps, engineVersion?: string): void {
  checkMajor('majorVersion of the source', source.majorVersion, engineVersion);
  checkMajor('majorVersion of the target', target.majorVersion, engineVersion);
}

/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.VPC.html */
export function replicationSubnetIds({ vpc, replicationSubnets }: IMigrationNetwork): string[] {
  const { subnetIds, availabilityZones } = vpc.selectSubnets(replicationSubnets);
  const zones = new Set(availabilityZones);
  if (zones.size < ZONES && ![...zones].some((zone) => Token.isUnresolved(zone))) {
    throw invalidInput('network', `replication subnets in ${[...zones].join(', ')}`, `replication subnets in at least ${ZONES} Availability Zones`);
  }
  return subnetIds;
}
