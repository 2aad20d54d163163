import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account';
import { SERVER_ENVIRONMENT } from './command';

export interface PostmasterOptions {
  readonly postgres: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly logFile: string;
  readonly account: Account | undefined;
}

/** One run of a server's main process. */
export class Postmaster {
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private ending: string | undefined;

  constructor(options: PostmasterOptions) {
    const log = openSync(options.logFile, 'a');
    this.child = spawn(options.postgres, ['-D', options.dataDirectory, '-p', String(options.port)], {
      cwd: options.dataDirectory,
      // A session of its own: Ctrl-C in a terminal is for whoever runs the server.
      detached: true,
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', log, log],
      ...options.account,
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const end = (ending: string) => {
        this.ending ??= ending;
        resolve(this.ending);
      };
      this.child.once('error', (error) => end(error.message));
      this.child.once('exit', (code, signal) => end(`ended with ${code ?? signal}`));
    });
    // A server that nobody stopped does not keep this process alive; the guard stops it.
    this.child.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.ending === undefined;
  }

  /** Sends a signal and waits until the process is gone; false when it is still there after the time given. */
  async end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL', patienceMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    this.child.ref();
    this.child.kill(signal);
    await Promise.race([this.ended, new Promise((resolve) => { timer = setTimeout(resolve, patienceMs); })]);
    clearTimeout(timer);
    this.child.unref();
    return !this.isRunning;
  }
}

/**
 * Deletes the postmaster.pid that a killed postmaster left. PostgreSQL itself refuses to start when another process of the account has got
 * the number since; that nobody uses the data any more it sees by the shared memory too.
 */
export async function forgetPidFile(dataDirectory: string, last: Postmaster | undefined): Promise<void> {
  if (last?.pid === undefined || last.isRunning) return;
  const file = join(dataDirectory, 'postmaster.pid');
  const [pid] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  if (pid === String(last.pid)) await rm(file);
}
