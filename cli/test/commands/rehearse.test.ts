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

  test.each([
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
