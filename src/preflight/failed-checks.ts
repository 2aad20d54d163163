import type { FindingKind } from './check';

/** What keeps the report from being silent about what it does not know. */
export const CHECK_FAILED: FindingKind = {
  id: 'check-failed',
  severity: 'blocker',
  why: 'What was not looked at may be so: a check that could not be made is no good news.',
  remedy: 'Grant what the message names, or give the check more time with statementTimeoutMs; where a person has looked instead, accept it.',
};

export const CHECKS_NOT_RUN: FindingKind = {
  id: 'checks-not-run',
  severity: 'blocker',
  why: 'What was not looked at may be so.',
  remedy: 'Mend what is found first, or give the checks more time with budgetMs, and ask again.',
};
