import type { Pair } from './pair';
import type { Profile } from './replicator-suite';
import { DmsReplicator, type Sides } from '../../../src/replication';

export const APPLIER = { username: 'payments_applier', password: 'applier' };

export const dmsProfile: Profile = {
  name: 'dms',
  appliers: { source: [APPLIER.username], target: [APPLIER.username] },
  ready: async (pair: Pair) => pair.createApplier(APPLIER),
  make: (sides: Sides) => new DmsReplicator({ sides, logins: { source: APPLIER, target: APPLIER } }),
};
