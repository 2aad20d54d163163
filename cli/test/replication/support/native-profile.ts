import type { Profile } from './replicator-suite';
import { NativeReplicator } from '../../../src/replication';

export const nativeProfile: Profile = {
  name: 'native',
  appliers: { source: ['postgres'], target: ['postgres'] },
  make: (sides) => new NativeReplicator({ sides, patienceMs: 45_000 }),
};
