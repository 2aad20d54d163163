export type {
  AcknowledgedOperation, Handover, LoggedOperation, OperationKind, Place, Sample, Side, UnacknowledgedOperation, WorkloadCounts, WorkloadLogin,
  WorkloadOptions, WorkloadResult,
} from './contract';
export type { Latency } from './histogram';
export { APPLICATION, installLogins, installSchema, OWNER, type SchemaOptions } from './schema';
export { seed } from './seed';
export { startWorkload, type Workload } from './workload';
