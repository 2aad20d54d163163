import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreflightResult } from '../../../src/preflight/contract';
import type { ValidationResult } from '../../../src/validation/contract';
import { DATABASE, MIGRATION, Pair, SIDES } from '../../../test/support/pair';

const ROOT = join(__dirname, '../../..');
const MINUTES = 60_000;
const DDL = `
  CREATE TABLE payment (id bigint PRIMARY KEY, amount numeric(12, 2) NOT NULL, note text);
  INSERT INTO payment SELECT i, i, 'payment ' || i FROM generate_series(1, 1000) i;
  CREATE TABLE log (line text);`;

let pair: Pair;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'two-databases-test-'));
  pair = await Pair.create({ ddl: DDL, settings: { wal_level: 'logical' } });
}, MINUTES);
afterAll(async () => {
  await pair.remove();
  rmSync(folder, { recursive: true });
});

function url(side: 'source' | 'target', password = MIGRATION): string {
  const { port, certificateAuthorityFile } = pair.servers[side];
  return `postgresql://${MIGRATION}:${password}@localhost:${port}/${DATABASE}?sslrootcert=${certificateAuthorityFile}`;
}

/** As a user runs it, from the repository. */
async function run(command: string, args: string[] = [], source = url('source')) {
  return new Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
    const all = ['--import', 'tsx', join(ROOT, 'cli/src/main.ts'), command, '--source', source, '--target', url('target'), ...args];
    execFile(process.execPath, all, { cwd: ROOT, maxBuffer: Infinity }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('payment-migration validate', () => {
  test('says that a table is equal', async () => {
    const { status, stdout, stderr } = await run('validate', ['--table', 'public.payment']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('public.payment: 1,000 of about') as string });
    expect(stdout).toMatch(/^public\.payment +1,000 +equal/m);
    expect(stdout).toMatch(/^Equal; 1 tables in/m);
  }, MINUTES);

  test('never says so of a table that it cannot compare', async () => {
    const { status, stdout } = await run('validate');
    expect(stdout).toMatch(/^public\.log was not compared: .*key/m);
    expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ status: 1, last: expect.stringMatching(/^Not equal; 2 tables/) as string });
  }, MINUTES);

  test('finds exactly what differs, and writes it as JSON', async () => {
    const admin = await pair.admin('target');
    await admin.query("UPDATE payment SET note = 'corrupted' WHERE id = 500; DELETE FROM payment WHERE id = 7; INSERT INTO payment VALUES (2000, 1, NULL)");
    const file = join(folder, 'result.json');
    const { status } = await run('validate', ['--table', 'public.payment', '--json', file]);
    const { tables: [table], equal } = JSON.parse(readFileSync(file, 'utf8')) as ValidationResult;
    expect({ status, equal }).toEqual({ status: 1, equal: false });
    expect([...table.confirmed].sort((a, b) => Number(a.key.id) - Number(b.key.id))).toEqual([
      { key: { id: '7' }, kind: 'missing', columns: [] },
      { key: { id: '500' }, kind: 'different', columns: ['note'] },
      { key: { id: '2000' }, kind: 'extra', columns: [] },
    ]);
  }, MINUTES);

  test('could not run with a wrong password', async () => {
    const { status, stderr } = await run('validate', [], url('source', 'wrong'));
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/payment-migration: .*password/i) as string });
    expect(stderr).not.toContain('wrong@');
  }, MINUTES);
});

describe('payment-migration preflight', () => {
  test('names what stands in the way, with what to do', async () => {
    const { status, stdout } = await run('preflight', ['--json']);
    const result = JSON.parse(stdout) as PreflightResult;
    expect(status).toBe(1);
    expect(result.blockers).toBe(result.findings.filter(({ severity }) => severity === 'blocker').length);
    expect(result.findings).toContainEqual(expect.objectContaining({ severity: 'blocker', object: 'public.log' }));
    for (const { what, why, remedy } of result.findings) expect([what, why, remedy].every((text) => text.length > 0)).toBe(true);
  }, MINUTES);

  test('is a text for people otherwise', async () => {
    const { stdout } = await run('preflight', ['--profile', 'native']);
    expect(stdout).toMatch(/^BLOCKER \S+ \(source\): public\.log$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ blockers?, \d+ warnings?, \d+ notes?; \d+ checks in [\d.]+ s$/);
  }, MINUTES);

  test('could not run with an unknown profile', async () => {
    const { status, stderr } = await run('preflight', ['--profile', 'oracle']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('Allowed choices are dms, native') as string });
  });
});

test.each(SIDES)('the %s is as it was', async (side) => {
  const { rows } = await (await pair.admin(side)).query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'payment_migration%'");
  expect(rows).toEqual([]);
});
