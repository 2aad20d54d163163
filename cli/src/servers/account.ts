import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';

/** The system account that a server's processes run as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What Linux calls nobody where no file says otherwise. */
const NOBODY: Account = { uid: 65534, gid: 65534 };

/** PostgreSQL refuses to run as root: root's servers run as nobody. Undefined: as the account of this process. */
export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? nobody() : undefined;
}

/** Whether the account can pass through every folder above a path. Undefined is this process: it will see for itself. */
export function canReach(path: string, account: Account | undefined): boolean {
  if (account === undefined) return true;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (!canEnter(folder, account)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A folder for temporary files that the account can reach: root's own may be closed to others. */
export function temporaryFolder(account: Account | undefined): string {
  const candidates = [tmpdir(), '/tmp', '/var/tmp'];
  const found = candidates.find((folder) => canReach(`${folder}/entry`, account));
  if (found !== undefined) return found;
  throw new Error(`no folder for temporary files: got ${candidates.join(', ')}, none of which uid ${account?.uid} can enter; set TMPDIR to one that it can`);
}

function nobody(): Account {
  const line = passwd().find((entry) => entry.startsWith('nobody:'));
  const [uid, gid] = (line ?? '').split(':').slice(2, 4).map(Number);
  // macOS lists -2, which chown does not take.
  return uid > 0 && gid > 0 ? { uid, gid } : NOBODY;
}

function passwd(): string[] {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n');
  } catch {
    return [];
  }
}

function canEnter(folder: string, account: Account): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  // The last digit of each octal triple is the right to pass: owner, group, others.
  const [owner, group, others] = (stats.mode % 0o1000).toString(8).padStart(3, '0').split('').map((digit) => Number(digit) % 2 === 1);
  if (stats.uid === account.uid) return owner;
  return stats.gid === account.gid ? group : others;
}
