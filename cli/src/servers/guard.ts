import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { SERVER_ENVIRONMENT } from './command';

/**
 * Each line on its input is the process to watch, `none`, or `release`. When the input ends without a release, the owner is gone: the
 * process is stopped at once and the folder deleted. The postmaster deletes postmaster.pid last; a process that nobody collects looks alive.
 */
const SCRIPT = `
watched=none
while read -r line; do
  [ "$line" = release ] && exit 0
  watched=$line
done
if [ "$watched" != none ]; then
  kill -QUIT "$watched"
  tries=0
  while kill -0 "$watched" && [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL "$watched"
fi
rm -rf -- "$1"
`;

/**
 * Cleans up after this process however it ends, a SIGKILL included: a shell that outlives it, in a session of its own so that Ctrl-C in a
 * terminal reaches neither it nor the server before the owner has decided what to do.
 */
export class Guard {
  private readonly shell: ChildProcess;

  constructor(folder: string) {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
      cwd: '/',
      detached: true,
      env: SERVER_ENVIRONMENT,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without a shell there is no guard; the server works all the same.
    this.shell.on('error', () => undefined);
    this.shell.stdin?.on('error', () => undefined);
    this.shell.unref();
    (this.shell.stdin as Socket | null)?.unref();
  }

  watch(pid: number | undefined): void {
    this.tell(String(pid ?? 'none'));
  }

  /** The folder is gone, or is to stay. */
  release(): void {
    this.tell('release');
    this.shell.stdin?.end();
  }

  private tell(line: string): void {
    this.shell.stdin?.write(`${line}\n`);
  }
}
