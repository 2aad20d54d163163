import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './report';
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
  /** How long half of the transactions took at most, from their own begin: what waited for a free client is the bench's doing. */
  readonly latencyMs: number;
}

/** Of the log: what a run of transactions took, not each; a file of each would cost what is measured. */
const SAMPLING_RATE = '0.1';

/** Lets pgbench, whose own cost is small beside PostgreSQL's, write with prepared statements. */
export async function pgbench({ connection, scripts, clients, seconds, rate }: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'payment-migration-bench-'));
  try {
    const files = scripts.flatMap((script, index) => {
      const file = join(folder, `${index}.sql`);
      writeFileSync(file, script);
      return ['--file', file];
    });
    const paced = rate === undefined ? [] : ['--rate', String(rate), '--log', '--sampling-rate', SAMPLING_RATE];
    const { stdout } = await run(findPgbench(), [
      '--no-vacuum', '--protocol', 'prepared', '--client', String(clients), '--jobs', String(Math.min(2, clients)), '--time', String(seconds), ...paced, ...files, connection,
    ], { cwd: folder });
    return { tps: figure(stdout, /tps = ([\d.]+) \(without/), latencyMs: rate === undefined ? figure(stdout, /latency average = ([\d.]+) ms/) : medianOf(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The log has a line for each transaction: client, number, microseconds, script, when, and how late it began. */
function medianOf(folder: string): number {
  const times = readdirSync(folder).filter((name) => name.startsWith('pgbench_log')).flatMap((name) => (
    readFileSync(join(folder, name), 'utf8').trim().split('\n').filter(Boolean).map((line) => {
      const [, , microseconds, , , , late] = line.split(' ').map(Number);
      return (microseconds - late) / 1000;
    })
  ));
  if (times.length === 0) throw new Error('pgbench logged no transaction');
  return median(times);
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`pgbench printed no ${pattern.source}:\n${text}`);
  return Number(found);
}
