import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerFacts {
  readonly answer: number;
  readonly pid: number;
  readonly folder: string;
  readonly uid: number;
  readonly dataUid: number;
}

const REPOSITORY = join(__dirname, '../../../..');

/** Runs one-server.ts in a process of its own, behind another program where one is given, until it has said what its server is. */
export async function serverProgram(args: string[] = [], behind: string[] = []): Promise<{ child: ChildProcess; facts: ServerFacts }> {
  const [program, ...rest] = [...behind, process.execPath, '--import', 'tsx', join(__dirname, 'one-server.ts'), ...args];
  // The run's own temporary folder is closed to other accounts.
  const env = { ...process.env, TMPDIR: '/tmp' };
  const child = spawn(program, rest, { cwd: REPOSITORY, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<string[]>,
    once(child, 'exit').then((ending) => { throw new Error(`one-server.ts ended with ${ending.join(' ')} and said nothing`); }),
  ]);
  return { child, facts: JSON.parse(line) as ServerFacts };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until something is so; false when it is not after ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await condition()) return true;
    await sleep(50);
  }
  return false;
}
