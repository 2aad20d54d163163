export type { CompareResult, Invariant, PlanResult, RecheckResult, TableResult, ValidationRequest, ValidationResult } from './contract';
export { runValidation, type Invoke, type Progress, type RunOptions } from './run';
