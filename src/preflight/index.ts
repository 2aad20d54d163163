export { type PreflightAssessmentOptions } from './assessment-access';
export { MigrationPreflight, type MigrationPreflightProps } from './migration-preflight';
export { type PreflightSide } from './preflight-side';
