import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumerEnvironment, run } from '../../projenrc/command';
import { checkBuilt, install, REPOSITORY } from '../../projenrc/consumer';

const MINUTES = 60_000;

describe('the command line as it would be published', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'command-line-'));
    checkBuilt();
    // Not cli:build: other tests read the bundles meanwhile.
    await run('npx', ['projen', 'cli:compile'], { cwd: REPOSITORY });
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: join(REPOSITORY, 'cli') });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    // A folder of its own: what the package forgot is not made up for by this repository's packages.
    mkdirSync(join(folder, 'user'));
    writeFileSync(join(folder, 'user', 'package.json'), JSON.stringify({ name: 'user', private: true, dependencies: { 'payment-migration': `file:../${filename}` } }));
    await install(join(folder, 'user'));
  }, 5 * MINUTES);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('rehearses a cutover', async () => {
    const args = ['--no-install', 'payment-migration', 'rehearse', '--rate', '50', '--clients', '2', '--seed-rows', '100', '--json', '--report', join(folder, 'report')];
    const { stdout } = await run('npx', args, { cwd: join(folder, 'user'), env: consumerEnvironment() });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', authority: 'target', audit: { lost: 0, duplicated: 0, unbalanced: 0 } });
  }, 3 * MINUTES);

  test('says what it can do', async () => {
    const { stdout } = await run('npx', ['--no-install', 'payment-migration', '--help'], { cwd: join(folder, 'user'), env: consumerEnvironment() });
    expect(stdout).toContain('rehearse');
  }, MINUTES);
});
