import { access, chmod, constants, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { temporaryFolder, type Account } from './account';
import { runAs } from './command';

interface Link {
  /** Both begin with `native/`. */
  readonly source: string;
  readonly target: string;
}

/**
 * The folder of programs and libraries that the account can run: the package's own, or a copy of it.
 *
 * A package manager that runs no install scripts leaves the libraries' links unmade: they are made here, in place where that is allowed.
 * A package below a folder that is closed to the account, such as root's home, is copied once per version.
 */
export async function runnableFolder(native: string, version: string, account: Account | undefined): Promise<string> {
  await makeLinks(native).catch(() => undefined);
  if (await problemOf(native, account) === undefined) return native;
  const copy = await copyOf(native, version, account);
  const problem = await problemOf(copy, account);
  if (problem === undefined) return copy;
  throw new Error(`PostgreSQL ${version} does not run on this machine: ${problem}`);
}

/** Why a server's program cannot be started; undefined where it can. */
async function problemOf(native: string, account: Account | undefined): Promise<string | undefined> {
  try {
    await runAs(join(native, 'bin/postgres'), ['--version'], { account, cwd: '/' });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function makeLinks(native: string): Promise<void> {
  for (const { source, target } of await linksOf(native)) {
    const path = join(dirname(native), target);
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function linksOf(native: string): Promise<Link[]> {
  const list = join(native, 'pg-symlinks.json');
  const there = await access(list).then(() => true, () => false);
  return there ? JSON.parse(await readFile(list, 'utf8')) as Link[] : [];
}

/** Several processes may need the copy at once: each makes its own under another name, and the first to rename it wins. */
async function copyOf(native: string, version: string, account: Account | undefined): Promise<string> {
  const owner = process.getuid?.() ?? 0;
  const parent = join(temporaryFolder(account), `payment-migration-postgresql-${version}-${owner}`);
  // Links name their ends from the folder above, so the copy keeps the last name.
  const copy = join(parent, basename(native));
  if (await isComplete(native, parent, owner)) return copy;

  const draft = await mkdtemp(`${parent}-`);
  try {
    await cp(native, join(draft, basename(native)), { recursive: true, verbatimSymlinks: true });
    await makeLinks(join(draft, basename(native)));
    await openToAll(draft);
    if (!await takesName(draft, parent) && !await isComplete(native, parent, owner)) {
      await rename(parent, `${draft}-incomplete`);
      await rm(`${draft}-incomplete`, { recursive: true });
      await takesName(draft, parent);
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

/** False when another copy has the name. */
async function takesName(draft: string, name: string): Promise<boolean> {
  return rename(draft, name).then(() => true, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  });
}

/** Cleaners of temporary folders take files one by one. What somebody else put there is refused: it would be run. */
async function isComplete(native: string, parent: string, owner: number): Promise<boolean> {
  const stats = await lstat(parent).catch(() => undefined);
  if (stats === undefined) return false;
  if (!stats.isDirectory() || (stats.uid !== owner && process.getuid !== undefined)) {
    throw new Error(`${parent} belongs to uid ${stats.uid}, not to ${owner}: delete it, or set TMPDIR to another folder`);
  }
  const copied = new Set(await readdir(join(parent, basename(native)), { recursive: true }).catch(() => []));
  const links = (await linksOf(native)).map(({ target }) => relative(basename(native), target));
  const wanted = [...await readdir(native, { recursive: true }), ...links];
  return wanted.every((path) => copied.has(path));
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const isProgram = entry.isDirectory() || await access(path, constants.X_OK).then(() => true, () => false);
    await chmod(path, isProgram ? 0o755 : 0o644);
  }
}
