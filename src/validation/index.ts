export type { CompareResult, PlanResult, RecheckResult, TableResult, ValidationRequest, ValidationResult } from './contract';
export type { Invariant } from './invariant-contract';
export { DataValidation } from './data-validation';
export { type DataValidationProps } from './data-validation-props';
export { PaymentInvariant, type BalanceInvariantOptions, type NoOrphansInvariantOptions, type SumInvariantOptions } from './payment-invariant';
export { runValidation, type Invoke, type Progress, type RunOptions } from './run';
export { type ComparedColumns, type ValidationOptions, type ValidationThrottle } from './validation-options';
export { type ValidationSide } from './validation-side';
