export { DmsReplicator, type DmsReplicatorOptions, type Grouping } from './dms';
export { NativeReplicator, type NativeReplicatorOptions } from './native-replicator';
export { streamName, takerOf, type Replicator, type StreamStatus } from './replicator';
export type { LocalDatabase, Sides } from './sides';
