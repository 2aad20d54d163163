import type { PreflightRequest } from './contract';
import { refused } from './preflight-error';

/** A request in which everything has a value that can have one. */
export type SettledRequest = PreflightRequest & Required<Pick<PreflightRequest,
  'profile' | 'stage' | 'accept' | 'statementTimeoutMs' | 'budgetMs' | 'longTransactionMs' | 'sequenceGap' | 'maxPerFinding'>>;

const BUDGET_MS = 120_000;
/** What the function needs to tell what it found. */
const AFTER_THE_BUDGET_MS = 15_000;
const LONGEST_MS = 900_000;

/** Fills in what the request leaves open, and refuses what it cannot mean. */
export function settleRequest(request: PreflightRequest, remainingMs: number): SettledRequest {
  const { profile = 'dms', stage = 'before-load', accept = [], schemas } = request;
  if (request.action !== 'preflight') throw refused('action', request.action, 'preflight');
  if (!['dms', 'native'].includes(profile)) throw refused('profile', profile, 'dms, native');
  if (!['before-schema', 'before-load', 'before-cutover'].includes(stage)) throw refused('stage', stage, 'before-schema, before-load, before-cutover');
  if (schemas !== undefined && schemas.length === 0) throw refused('schemas', schemas, 'at least one, or none for all');
  for (const one of accept) {
    if (!one.id || !one.because?.trim()) throw refused('accept', one, 'the id of a finding, and because: who accepts it for which reason');
  }
  return {
    ...request,
    profile,
    stage,
    accept,
    statementTimeoutMs: whole('statementTimeoutMs', request.statementTimeoutMs ?? 10_000, LONGEST_MS),
    budgetMs: whole('budgetMs', request.budgetMs ?? Math.max(1, Math.min(BUDGET_MS, Math.floor(remainingMs - AFTER_THE_BUDGET_MS))), LONGEST_MS),
    longTransactionMs: whole('longTransactionMs', request.longTransactionMs ?? 60_000),
    sequenceGap: whole('sequenceGap', request.sequenceGap ?? 1_000),
    maxPerFinding: whole('maxPerFinding', request.maxPerFinding ?? 50),
  };
}

function whole(field: string, value: number, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > max) throw refused(field, value, `a whole number from 1 to ${max}`);
  return value;
}
