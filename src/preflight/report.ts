import { severityOf, type Found } from './check';
import type { Finding, PreflightResult, Severity } from './contract';
import type { SettledRequest } from './settled-request';

const ORDER: readonly Severity[] = ['blocker', 'warning', 'info'];

/** Findings as they are told: graver first, judged ones as warnings, and no more of a kind than a person reads. */
export function reportOf(found: readonly Found[], request: SettledRequest): Pick<PreflightResult, 'blockers' | 'warnings' | 'findings'> {
  const told = found.flatMap((one) => tell(one, request));
  const count = (severity: Severity) => told.filter((one) => one.severity === severity).length;
  const sorted = ORDER.flatMap((severity) => told.filter((one) => one.severity === severity));
  return { blockers: count('blocker'), warnings: count('warning'), findings: shortened(sorted, request.maxPerFinding) };
}

function tell({ kind, side, object, what, severity = undefined }: Found, { profile, accept }: SettledRequest): Finding[] {
  const grave = severity ?? severityOf(kind, profile);
  if (grave === 'none') return [];
  const { id, why, remedy } = kind;
  const finding: Finding = { id, severity: grave, ...(side === undefined || side === 'both' ? {} : { side }), object, what, why, remedy };
  const accepted = accept.find((one) => one.id === id && (one.object === undefined || one.object === object));
  if (accepted === undefined || grave !== 'blocker') return [finding];
  return [{ ...finding, severity: 'warning', what: `${what} (accepted: ${accepted.because})` }];
}

function shortened(findings: readonly Finding[], most: number): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = [finding.severity, finding.id, finding.side].join(' ');
    groups.set(key, [...groups.get(key) ?? [], finding]);
  }
  return [...groups.values()].flatMap((group) => group.length <= most ? group : [
    ...group.slice(0, most),
    { ...group[0], object: `${group.length - most} more`, what: `the same was found for ${group.length - most} more; maxPerFinding shows them` },
  ]);
}
