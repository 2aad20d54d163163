/** The resource that lets a stack change its stage, or go, only when who may write allows it. */
export const STAGE_GUARD_TYPE = 'Custom::MigrationStageGuard';

/** What the template says to the handler of `STAGE_GUARD_TYPE`. */
export interface StageGuardProperties {
  readonly Stage: 'MIGRATING' | 'HOLDING' | 'RETIRED';
  /** Absent under RETIRED, when the functions are gone. */
  readonly AuthorityFunctionName?: string;
  readonly FenceFunctionName?: string;
  /** 'false' where nothing is to be kept: then nothing is refused either. */
  readonly Refuses: 'true' | 'false';
}
