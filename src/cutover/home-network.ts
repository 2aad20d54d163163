import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CutoverSide } from './cutover-side';
import { invalidInput, knownToDiffer } from '../core';
import type { IMigrationNetwork } from '../network';

/** The network that functions of the scope's Region can stand in: the target's, which stays, and else the source's. */
export function homeNetwork(scope: Construct, { source, target }: { source: CutoverSide; target: CutoverSide }): IMigrationNetwork {
  const here = Stack.of(scope).region;
  const networks = [target.network, source.network].filter((network) => network !== undefined);
  const home = networks.find(({ vpc }) => !knownToDiffer(vpc.env.region, here));
  if (!home) {
    const regions = networks.map(({ vpc }) => vpc.env.region).join(' and ');
    throw invalidInput('target.network', networks.length > 0 ? `networks in ${regions}` : undefined, `a network of the target, or of the source, in ${here}`);
  }
  return home;
}
