import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE, OTHER_COLUMNS, SIDES, TABLE, type Servers } from './payments';
import { run } from '../../projenrc/command';
import { REPOSITORY } from '../../projenrc/consumer';

/** What comes close to comparing two PostgreSQL databases, from PyPI; data-diff is archived, and needs others of its own time. */
const PEERS = {
  'reladiff': { packages: ['reladiff==0.6.0', 'psycopg2-binary==2.9.13'], options: [] },
  'data-diff': {
    packages: ['data-diff==0.11.2', 'psycopg2-binary==2.9.13', 'dbt-core==1.7.19', 'pydantic==1.10.27', 'setuptools==65.5.0'], options: ['--no-tracking'],
  },
} as const;
export type Peer = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as readonly Peer[];

export interface PeerFigures {
  readonly seconds: number;
  /** Keys that it tells. */
  readonly differences: number;
}

/** Installed once, into the repository's `.cache`. */
export async function installPeer(peer: Peer): Promise<string> {
  const folder = join(REPOSITORY, '.cache/bench', peer);
  if (!existsSync(join(folder, 'installed'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    await run('python3', ['-m', 'venv', folder], { cwd: REPOSITORY });
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PEERS[peer].packages], { cwd: folder });
    mkdirSync(join(folder, 'draft'));
    renameSync(join(folder, 'draft'), join(folder, 'installed'));
  }
  return join(folder, 'bin', peer);
}

/** Compares every column, as its documentation says it is done across databases, and counts what it tells. */
export async function runPeer(peer: Peer, servers: Servers): Promise<PeerFigures> {
  const program = await installPeer(peer);
  const tables = SIDES.flatMap((side) => {
    const { username, password, host, port } = servers[side];
    return [`postgresql://${username}:${password}@${host}:${port}/${DATABASE}`, TABLE];
  });
  const columns = OTHER_COLUMNS.flatMap((column) => ['-c', column]);
  const started = performance.now();
  const { stdout } = await run(program, [...tables, '-k', 'id', ...columns, ...PEERS[peer].options], { cwd: REPOSITORY });
  const seconds = (performance.now() - started) / 1_000;
  const keys = stdout.split('\n').flatMap((line) => /^[-+] ([^,]+)/.exec(line)?.[1] ?? []);
  return { seconds, differences: new Set(keys).size };
}
