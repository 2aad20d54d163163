export { DmsReplicator, type DmsReplicatorOptions } from './dms-replicator';
export type { Grouping } from './task';
