import { spawn, type ChildProcess } from 'node:child_process';
import type { Account } from './account';

export interface CommandOptions {
  readonly account: Account | undefined;
  readonly cwd: string;
  /** Told of the process as soon as it is there. */
  readonly started?: (child: ChildProcess) => void;
}

/** Nothing of the caller's environment reaches a server: PGDATA, PGPORT or a locale would change what it does. */
export const SERVER_ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Runs a program under an account to its end; what it printed is in the error when it fails. */
export async function runAs(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.account,
  });
  options.started?.(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { printed += text; });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`${program} ended with ${code ?? signal}:\n${printed.trim()}`));
    });
  });
}
