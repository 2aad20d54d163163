import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inWords, type Strike } from './faults';
import type { RehearsalOptions } from './options';
import { isFine, type CutoverFigures, type RehearsalResult } from './result';
import { MAJORS } from './site';
import type { AuditResult } from '../audit';
import { renderReport, type Cutover, type ReportData } from '../report';
import { counted } from '../text-table';
import type { WorkloadResult } from '../workload';

/** What a rehearsal leaves for its report. */
export interface RunRecord {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly written: WorkloadResult;
  readonly strikes: readonly Strike[];
  /** When each transfer began, in the order of the result's cutovers. */
  readonly transfersBegan: readonly number[];
  readonly audit: AuditResult;
}

/** Writes the page of one rehearsal and returns its file. */
export async function writeReport(file: string, options: RehearsalOptions, result: RehearsalResult, record: RunRecord): Promise<string> {
  await writeFile(file, renderReport(reportData(options, result, record)));
  return file;
}

function reportData(options: RehearsalOptions, result: RehearsalResult, record: RunRecord): ReportData {
  const { written } = record;
  return {
    title: 'Rehearsal of a cutover',
    passed: isFine(result),
    reasons: reasons(result),
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    profile: options.applyProfile,
    versions: { 'source': `PostgreSQL ${MAJORS.source}`, 'target': `PostgreSQL ${MAJORS.target}`, 'payment-migration': ownVersion(), 'Node.js': process.versions.node },
    options: {
      'rate': options.rate,
      'clients': options.clients,
      'seed rows': options.seedRows,
      ...(options.then.length > 0 && { then: options.then.join(', ') }),
      ...(options.faults.length > 0 && { faults: options.faults.map(inWords).join(', ') }),
    },
    workload: {
      rate: options.rate,
      clients: options.clients,
      startedAt: written.startedAt,
      stoppedAt: written.stoppedAt,
      acknowledged: written.counts.bySide,
      errors: written.counts.errors,
      latency: written.latency,
      samples: written.samples,
      handovers: written.handovers,
    },
    cutovers: result.cutovers.map((cutover, index) => drawn(cutover, record.transfersBegan[index])),
    faults: record.strikes.map(({ name, at, description }) => ({ name, at, note: description })),
    checks: checksOf(result),
    audit: record.audit,
  };
}

/** Where the function that closed did not live to tell its pause, the clients' own gap is drawn. */
function drawn({ direction, pauseMs, clientGapMs, steps }: CutoverFigures, startedAt: number): Cutover {
  return { direction, pauseMs: pauseMs ?? clientGapMs ?? 0, steps, startedAt };
}

function checksOf({ preflight, schema, validation }: RehearsalResult): Record<string, string> {
  return {
    'preflight': `${counted(preflight.blockers, 'blocker')}, ${counted(preflight.warnings, 'warning')}`,
    'schema of the target': `by ${schema.by}`,
    'validation': validation === null ? 'it did not come so far'
      : `${validation.rows.toLocaleString('en')} rows in ${validation.seconds} s: ${validation.confirmed} differ, ${validation.unresolved} are unresolved`,
  };
}

function reasons({ outcome, expected, audit, problem }: RehearsalResult): string[] {
  const faultless = audit.lost + audit.duplicated + audit.unbalanced === 0;
  return [
    outcome === expected ? `It ended as expected: ${outcome}.` : `It ended ${outcome}, and ${expected} was expected.`,
    ...(problem ? [`${problem}.`] : []),
    faultless ? 'Every acknowledged operation is there, once, and every payment is balanced.'
      : `${audit.lost} operations are lost, ${audit.duplicated} duplicated, ${audit.unbalanced} unbalanced.`,
  ];
}

function ownVersion(): string {
  // Two folders up in the repository, four where it is compiled to lib/cli/src.
  for (const depth of ['../../package.json', '../../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(__dirname, depth), 'utf8')) as { readonly name?: string; readonly version?: string };
      if (name === 'payment-migration' && version) return version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
