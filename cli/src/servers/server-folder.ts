import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canReach, temporaryFolder, type Account } from './account';

/** Makes the folder of a server: the one that is wanted, or a new one among the temporary files. */
export async function makeServerFolder(wanted: string | undefined, name: string, account: Account | undefined): Promise<string> {
  const made = wanted === undefined
    ? await mkdtemp(join(temporaryFolder(account), `${name.replace(/[^\w-]+/g, '-')}-`))
    : await emptyFolder(wanted, account);
  await chmod(made, 0o700);
  if (account !== undefined) await chown(made, account.uid, account.gid);
  // As the server itself will name it: on macOS /tmp is a link.
  return realpath(made);
}

async function emptyFolder(folder: string, account: Account | undefined): Promise<string> {
  const made = await mkdir(folder, { recursive: true });
  const { length } = await readdir(folder);
  if (length > 0) throw new Error(`folder: got ${folder} with ${length} entries, allowed: an empty one, since it is deleted with the server`);
  const real = await realpath(folder);
  if (canReach(real, account)) return real;
  if (made !== undefined) await rm(made, { recursive: true });
  throw new Error(`folder: got ${real}, allowed: one that uid ${account?.uid}, which runs the server for root, can enter; such as one in /tmp`);
}
