import type { DatabaseProblem } from '../../postgres';
import type { FindingKind, Found } from '../check';

const REMEDY = 'Do what the message says, and ask again.';

const UNREACHABLE: FindingKind = {
  id: 'database-unreachable',
  severity: 'blocker',
  why: 'Neither the checks nor the functions of the cutover reach it, from where this runs.',
  remedy: REMEDY,
};
const NO_TRUST: FindingKind = {
  id: 'tls-not-trusted',
  severity: 'blocker',
  why: 'Payments would cross the network to a server that nobody has proved to be the right one.',
  remedy: REMEDY,
};
const NO_LOGIN: FindingKind = {
  id: 'login-refused',
  severity: 'blocker',
  why: 'The migration works with this login alone.',
  remedy: REMEDY,
};

export const REACH_KINDS = [UNREACHABLE, NO_TRUST, NO_LOGIN];

/** What it means that a session could not be had. Sessions are opened over TLS with the whole chain and the name verified, or not at all. */
export function reachProblem({ problem, message }: DatabaseProblem): Pick<Found, 'kind' | 'what'> {
  if (problem === 'untrusted-certificate') return { kind: NO_TRUST, what: message };
  const ours: readonly string[] = ['wrong-credentials', 'missing-secret', 'bad-secret', 'permission-denied'];
  return { kind: ours.includes(problem) ? NO_LOGIN : UNREACHABLE, what: message };
}
