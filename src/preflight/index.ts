export { type PreflightAssessmentOptions } from './assessment-access';
export { MigrationPreflight } from './migration-preflight';
export { type MigrationPreflightProps, type PreflightOptions } from './migration-preflight-props';
export { type PreflightSide } from './preflight-side';
