import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../projenrc/command';

/** Where Debian keeps it, beside the PATH. */
const DEBIAN = '/usr/lib/postgresql';

function findPgbench(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = ['pgbench', ...versions.map((version) => join(DEBIAN, version, 'bin/pgbench'))];
  const found = candidates.find((candidate) => spawnSync(candidate, ['--version']).status === 0);
  if (!found) throw new Error('pgbench is not there: it comes with PostgreSQL (Debian: apt-get install postgresql)');
  return found;
}

export interface Load {
  readonly connection: string;
  /** One transaction, in pgbench's language; several take turns. */
  readonly scripts: readonly string[];
  readonly clients: number;
  readonly seconds: number;
  /** Transactions per second; as fast as it goes where there is none. */
  readonly rate?: number;
}

export interface Measured {
  readonly tps: number;
  readonly latencyMs: number;
}

/** Lets pgbench, whose own cost is small beside PostgreSQL's, write with prepared statements. */
export async function pgbench({ connection, scripts, clients, seconds, rate }: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'payment-migration-bench-'));
  try {
    const files = scripts.flatMap((script, index) => {
      const file = join(folder, `${index}.sql`);
      writeFileSync(file, script);
      return ['--file', file];
    });
    const paced = rate === undefined ? [] : ['--rate', String(rate)];
    const { stdout } = await run(findPgbench(), [
      '--no-vacuum', '--protocol', 'prepared', '--client', String(clients), '--jobs', String(Math.min(2, clients)), '--time', String(seconds), ...paced, ...files, connection,
    ], { cwd: folder });
    return { tps: figure(stdout, /tps = ([\d.]+) \(without/), latencyMs: figure(stdout, /latency average = ([\d.]+) ms/) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`pgbench printed no ${pattern.source}:\n${text}`);
  return Number(found);
}
