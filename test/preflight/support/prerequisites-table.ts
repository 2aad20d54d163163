import { severityOf, type FindingKind } from '../../../src/preflight/check';
import { FINDING_KINDS } from '../../../src/preflight/checks';
import type { Profile } from '../../../src/preflight/contract';

export const BEGIN = '<!-- Made of what the checks say of themselves: test/preflight/prerequisites.test.ts -->';
export const END = '<!-- To here -->';

/** Everything that can be found, as docs/prerequisites.md shows it, in the order in which it is asked. */
export function prerequisitesTable(): string {
  const severity = (kind: FindingKind, profile: Profile) => {
    const found = severityOf(kind, profile);
    return found === 'none' ? '-' : found;
  };
  const rows = FINDING_KINDS.map((kind) => [`\`${kind.id}\``, severity(kind, 'dms'), severity(kind, 'native'), kind.why, kind.remedy]);
  const head = ['finding', 'DMS', 'native', 'why it matters', 'what to do'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}
