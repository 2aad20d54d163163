import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RehearsalResult } from '../../src/rehearsal/result';

const ROOT = join(__dirname, '../../..');
const MINUTES = 60_000;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a user runs it, from the repository. */
async function rehearse(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', join(ROOT, 'cli/src/main.ts'), 'rehearse', ...args], { cwd: ROOT, maxBuffer: Infinity }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('payment-migration rehearse', () => {
  let folder: string;

  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'rehearse-test-')); });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('moves authority, loses nothing, and says so as JSON', async () => {
    const { status, stdout, stderr } = await rehearse('--rate', '100', '--seed-rows', '1000', '--clients', '4', '--json', '--report', folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('Audit') });
    const result = JSON.parse(stdout) as RehearsalResult;
    expect(result).toMatchObject({ outcome: 'completed', expected: 'completed', authority: 'target', runs: 1, faults: [] });
    expect(result.preflight.blockers).toBe(0);
    expect(result.validation).toMatchObject({ equal: true, confirmed: 0, unresolved: 0 });
    expect(result.audit).toEqual({ acknowledged: expect.any(Number), lost: 0, duplicated: 0, unbalanced: 0 });
    expect(result.audit.acknowledged).toBeGreaterThan(300);
    expect(result.cutovers).toEqual([expect.objectContaining({ direction: 'cutover', pauseMs: expect.any(Number) })]);
    expect(result.cutovers[0].steps.map(({ step }) => step)).toEqual(expect.arrayContaining(['look', 'close', 'mark', 'record-way-back', 'flip', 'open-gate']));
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toEqual(result);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('it is not DMS');
    expect(existsSync(join(folder, 'authority.log'))).toBe(true);
  }, 3 * MINUTES);

  test('goes back, with a function that is lost in the first transfer', async () => {
    const { status, stdout } = await rehearse('--rate', '100', '--seed-rows', '1000', '--clients', '4', '--then', 'rollback', '--fault', 'handler-lost:flip', '--report', folder);
    expect(stdout).toMatch(/^Outcome {3}rolled-back; write authority is with the source$/m);
    expect(stdout).toMatch(/^Audit {5}[\d,]+ acknowledged: 0 lost, 0 duplicated, 0 unbalanced$/m);
    expect(stdout).toMatch(/^Fault {5}the function is lost before flip$/m);
    expect(status).toBe(0);
  }, 4 * MINUTES);

  test('what is not as it should be is found before anything is closed, and the source keeps authority', async () => {
    const found = [
      ['corrupt-row', /^validation: .*public\.payments \{"id":"1"\}: different in amount/, { equal: false, confirmed: 2 }, '--apply-profile', 'dms'],
      ['schema-drift', "preflight: object-differs: column public.payments.amount: type: the source has 'numeric(12,2)', the target 'numeric(14,4)'", null],
      ['table-added', 'preflight: object-missing-on-target: table public.disputes', null],
      ['corrupt-row', /^validation: .*public\.payments \{"id":"1"\}: different in amount/, { equal: false, confirmed: 2 }],
    ] as const;
    for (const [fault, problem, validation, ...options] of found) {
      const { status, stdout } = await rehearse('--rate', '100', '--seed-rows', '1000', '--clients', '4', '--json', '--fault', fault, ...options, '--report', folder);
      const result = JSON.parse(stdout) as RehearsalResult;
      expect(result).toMatchObject({ outcome: 'refused', expected: 'refused', authority: 'source', cutovers: [], audit: { lost: 0, duplicated: 0, unbalanced: 0 } });
      // They go on after it was refused.
      expect(result.audit.acknowledged).toBeGreaterThan(300);
      expect(result.problem).toEqual(typeof problem === 'string' ? expect.stringContaining(problem) : expect.stringMatching(problem));
      expect(result.validation).toEqual(validation === null ? null : expect.objectContaining(validation));
      expect(status).toBe(0);
    }
  }, 5 * MINUTES);

  test.each([
    [['--pg-client', '/nowhere'], 'pg-client: got /nowhere, allowed: a folder with pg_dump, pg_restore, psql of PostgreSQL 17 or newer'],
    [['--rate', '0'], "rate: got '0', allowed: a whole number from 1 to 5000"],
    [['--fault', 'earthquake'], "fault: got 'earthquake'"],
    [['--then', 'cutover'], "then: got 'cutover', allowed: rollback first, and in turns"],
    [['--apply-profile', 'oracle'], "apply-profile: got 'oracle', allowed: native, dms"],
    [['--unknown'], "unknown option '--unknown'"],
  ])('%j could not run', async (args, message) => {
    const { status, stderr } = await rehearse(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
