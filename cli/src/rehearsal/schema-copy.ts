import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { DATABASE, MAJORS, type LocalSite } from './site';
import type { Side } from '../../../src/cutover/contract';
import type { Phase, PhaseResult } from '../../../src/schema/contract';
import { schemaCopyScript } from '../../../src/schema/schema-copy-script';

const PROGRAMS = ['pg_dump', 'pg_restore', 'psql'];

/** The clients of PostgreSQL on this machine. */
export interface Clients {
  readonly path: string;
  /** Such as `pg_dump 17`. */
  readonly name: string;
}

/** Undefined where there are none that are new enough for the source. */
export async function findClients(folder?: string): Promise<Clients | undefined> {
  const path = [folder, process.env.PATH].filter((part) => part !== undefined && part !== '').join(':');
  const majors = await Promise.all(PROGRAMS.map(async (program) => majorOf(program, path)));
  if (majors.every((major) => major !== undefined && major >= MAJORS.source)) return { path, name: `pg_dump ${majors[0]}` };
  if (folder === undefined) return undefined;
  throw new Error(`pg-client: got ${folder}, allowed: a folder with ${PROGRAMS.join(', ')} of PostgreSQL ${MAJORS.source} or newer`);
}

/** The script that copies a schema on AWS, run on this machine. */
export class SchemaCopy {
  public constructor(private readonly site: LocalSite, private readonly clients: Clients) {}

  /** Runs a phase to its end. */
  public async run(phase: Phase): Promise<void> {
    const child = spawn('bash', ['-c', schemaCopyScript(), 'schema-copy', phase], {
      env: { PATH: this.clients.path, ...this.variables('source'), ...this.variables('target') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text; });
    const status = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (status === 0) return;
    const last = log.trimEnd().split('\n').filter((line) => line.startsWith('{')).at(-1);
    const { state, said } = last === undefined ? { state: `status ${status}`, said: log.trimEnd() } : JSON.parse(last) as PhaseResult;
    throw new Error(`the copy of the schema ended in ${phase}: ${state}: ${said}`);
  }

  private variables(side: Side): Record<string, string> {
    const { host, port, username, password, certificateAuthority } = JSON.parse(this.site.secret(side)) as Record<string, string | number>;
    const named = { HOST: host, PORT: port, DATABASE, USER: username, PASSWORD: password, CERTIFICATE_AUTHORITY: certificateAuthority };
    return Object.fromEntries(Object.entries(named).map(([name, value]) => [`${side.toUpperCase()}_${name}`, String(value)]));
  }
}

async function majorOf(program: string, path: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { env: { PATH: path } });
    return Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
  } catch {
    return undefined;
  }
}
