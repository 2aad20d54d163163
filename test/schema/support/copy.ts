import { spawn, type ChildProcess } from 'node:child_process';
import { clientFolder, type ClientMajor } from './clients';
import type { LocalServer } from '../../../cli/src/servers';
import type { Phase, PhaseResult } from '../../../src/schema/contract';
import { schemaCopyScript } from '../../../src/schema/schema-copy-script';
import { DATABASE, MIGRATION } from '../../support/pair';

export type Servers = Readonly<Record<'source' | 'target', LocalServer>>;

export interface CopyOptions {
  readonly client?: ClientMajor;
  /** Beside or instead of what the two servers make of it. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Gets the script's process, which then leads a group of its own. */
  readonly started?: (child: ChildProcess) => void;
}

export interface Copied {
  readonly status: number | null;
  readonly result: PhaseResult;
  readonly log: string;
}

/** The variables of one side, with the migration's login. */
export function sideVariables(side: 'SOURCE' | 'TARGET', server: LocalServer): Record<string, string> {
  return {
    [`${side}_HOST`]: server.host,
    [`${side}_PORT`]: String(server.port),
    [`${side}_DATABASE`]: DATABASE,
    [`${side}_USER`]: MIGRATION,
    [`${side}_PASSWORD`]: MIGRATION,
    [`${side}_CERTIFICATE_AUTHORITY`]: server.certificateAuthority,
  };
}

/** Runs one phase to its end, with the clients of a major version: as the task runs it, but with other programs on the path. */
export async function copyPhase(servers: Servers, phase: string, options: CopyOptions = {}): Promise<Copied> {
  const { client = 18, variables = {}, started } = options;
  const child = spawn('bash', ['-c', schemaCopyScript(), 'schema-copy', 'JOBS=2', phase], {
    env: {
      PATH: `${clientFolder(client)}:${process.env.PATH}`,
      ...sideVariables('SOURCE', servers.source),
      ...sideVariables('TARGET', servers.target),
      ...variables,
    },
    detached: started !== undefined,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started?.(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text; });
  const status = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const last = log.trimEnd().split('\n').filter((line) => line.startsWith('{')).at(-1);
  return { status, result: JSON.parse(last ?? '{}') as PhaseResult, log };
}

/** Runs a phase that must be done; the error has its log. */
export async function copied(servers: Servers, phase: Phase, options: CopyOptions = {}): Promise<PhaseResult> {
  const { status, result, log } = await copyPhase(servers, phase, options);
  if (status !== 0 || result.state !== 'done' || result.phase !== phase) throw new Error(`${phase} ended with ${status}:\n${log}`);
  return result;
}
