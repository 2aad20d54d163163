import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Asked, Order, StepPoint, Told } from './child';
import type { Events } from './events';
import type { Side, Step } from '../../../src/cutover/contract';
import { DATABASE } from '../../support/pair';

/** How an invocation ended, as whoever invoked it sees it. */
export type Ending =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message: string }
  | { readonly kind: 'lost' };

export interface Invocation {
  readonly stopAt?: StepPoint;
  readonly failBefore?: Step;
  /** While the handler waits there. */
  readonly onStop?: () => Promise<void>;
  /** The time that the function's environment gives it. */
  readonly timeoutMs: number;
}

/** The handlers in processes of their own. One is kept ready, as an environment that is warm. */
export class Handlers {
  private readonly file: string;
  private idle: ChildProcess[] = [];
  private busy?: ChildProcess;

  public constructor(private readonly secrets: () => Record<Side, string>, private readonly events: Events) {
    // In a folder from where the packages that stay outside are found.
    this.file = join(__dirname, '../../../node_modules/.cache/deep/handlers.js');
    buildSync({
      entryPoints: [join(__dirname, 'child.ts')],
      outfile: this.file,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
      external: ['@aws-sdk/*', 'pg-native'],
    });
    this.warm();
  }

  public async invoke(request: Asked, { stopAt, failBefore, onStop, timeoutMs }: Invocation): Promise<Ending> {
    const child = this.idle.pop() ?? this.spawn();
    this.busy = child;
    this.warm();
    this.events.add(`invoke ${request.action}`);
    const timer = setTimeout(() => {
      this.events.add(`the handler ran out of time after ${timeoutMs} ms`);
      child.kill('SIGKILL');
    }, timeoutMs);
    try {
      const ending = await new Promise<Ending>((resolve) => {
        child.once('exit', () => resolve({ kind: 'lost' }));
        child.on('message', (told: Told) => {
          if (told.kind !== 'step') return resolve(told);
          this.events.add(`  ${told.when} ${told.step}`);
          if (told.waits) void (onStop?.() ?? Promise.resolve()).then(() => { if (child.connected) child.send('go on', () => undefined); });
        });
        const order: Order = { request, secrets: this.secrets(), databaseName: DATABASE, stopAt, failBefore };
        child.send(order, (error) => { if (error) resolve({ kind: 'lost' }); });
      });
      this.events.add(`${request.action} ended: ${JSON.stringify(ending).slice(0, 600)}`);
      return ending;
    } finally {
      clearTimeout(timer);
      this.busy = undefined;
      child.removeAllListeners('message');
      child.removeAllListeners('exit');
      if (child.exitCode === null && child.signalCode === null && child.connected) this.idle.push(child);
    }
  }

  /** As a crash of the function's environment. */
  public kill(): boolean {
    return this.busy?.kill('SIGKILL') ?? false;
  }

  public close(): void {
    for (const child of [...this.idle, this.busy]) child?.kill('SIGKILL');
  }

  private warm(): void {
    this.idle = this.idle.filter((child) => child.exitCode === null && child.signalCode === null);
    if (this.idle.length === 0) this.idle.push(this.spawn());
  }

  private spawn(): ChildProcess {
    const child = fork(this.file, [], { execArgv: ['--enable-source-maps'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('error', () => undefined);
    return child;
  }
}
