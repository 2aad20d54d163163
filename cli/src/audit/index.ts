export { audit, type AuditResult, type Finding } from './audit';
export type { FindingKind } from './checks';
