import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));

describe('the repository', () => {
  test('names no package registry: each client has its own', () => {
    const registry = new RegExp(['registry.npmjs', 'registry.yarnpkg', 'repo.maven', 'repo1.maven', 'files.pythonhosted', 'api.nuget', 'proxy.golang']
      .map((host) => host.replace('.', '\\.') + '\\.').join('|'));
    expect(files.filter((file) => registry.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  test('keeps the L3 to wiring', () => {
    expect(readFileSync(join(root, 'src/payment-migration.ts'), 'utf8').split('\n').length).toBeLessThanOrEqual(300);
  });
});
