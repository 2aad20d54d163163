import type { FindingKind } from './check';

const REMEDY = 'Read the report that DMS wrote into the bucket: it names tables and columns.';

export const FAILED: FindingKind = {
  id: 'dms-assessment-failed',
  severity: 'blocker',
  why: 'DMS itself says that the task would fail, or lose something.',
  remedy: REMEDY,
};
export const WARNED: FindingKind = {
  id: 'dms-assessment-warning',
  severity: 'warning',
  why: 'DMS itself advises to look at this before the task runs.',
  remedy: REMEDY,
};
export const NOT_DONE: FindingKind = {
  id: 'dms-assessment-unfinished',
  severity: 'blocker',
  why: 'What DMS has not looked at may stand in the way.',
  remedy: 'Ask again with the run that is named: DMS goes on with it in the meantime.',
};
export const NOT_RUN: FindingKind = {
  id: 'dms-assessment-not-run',
  severity: 'blocker',
  why: 'What DMS has not looked at may stand in the way.',
  remedy: 'Do what the message says: the task must exist and stand still, and the role must let DMS write into the bucket.',
};

export const ASSESSMENT_KINDS = [FAILED, WARNED, NOT_DONE, NOT_RUN];
