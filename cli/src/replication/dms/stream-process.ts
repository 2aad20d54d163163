import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Order, Report, Task } from './task';
import type { StreamStatus } from '../replicator';

const RESTART_MS = 1_000;
const END_PATIENCE_MS = 10_000;

/** The program, compiled or, run from its sources, by the loader that these are run with. */
const EXTENSION = extname(__filename);
const PROGRAM = join(__dirname, `program${EXTENSION}`);
const LOADER = EXTENSION === '.ts' ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [];

/** The process that carries one stream: as DMS, it is somewhere else, and is started again when it dies. */
export class StreamProcess {
  private child: ChildProcess | undefined;
  private state: 'loading' | 'running' | 'failed' | 'refused' = 'failed';
  private loaded: boolean;
  private starts = 0;
  private stalled = false;
  private over = false;
  private restart: NodeJS.Timeout | undefined;
  /** What it said last of why it does not run. */
  problem = '';
  bytes = 0;

  constructor(readonly task: Task) {
    this.loaded = task.from !== undefined;
    this.state = this.loaded ? 'failed' : 'loading';
    this.start();
  }

  get status(): StreamStatus {
    return this.state === 'refused' ? 'failed' : this.state;
  }

  /** It has given up: somebody must change something. */
  get gaveUp(): boolean {
    return this.state === 'refused';
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  stall(): void {
    this.stalled = true;
    this.send({ order: 'stall' });
  }

  resume(): void {
    this.stalled = false;
    this.send({ order: 'resume' });
  }

  /** As a failure of the machine that it runs on. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** For good, after what is being written. */
  async end(): Promise<void> {
    this.over = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS);
    this.send({ order: 'end' });
    await exited;
    clearTimeout(timer);
  }

  private start(): void {
    const child = fork(PROGRAM, { execArgv: LOADER, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child = child;
    child.on('message', (report: Report) => this.hear(report));
    child.on('error', (error) => { this.problem = error.message; });
    child.once('exit', (code, signal) => {
      if (this.over) return;
      this.state = 'failed';
      this.problem = `its process ended with ${code ?? signal}`;
      this.restart = setTimeout(() => this.start(), RESTART_MS);
    });
    this.send({ order: 'begin', task: this.task, loaded: this.loaded, again: this.starts > 0 });
    if (this.stalled) this.send({ order: 'stall' });
    this.starts += 1;
  }

  private hear(report: Report): void {
    this.state = report.report;
    if (report.report === 'loading') this.bytes = report.bytes;
    else if (report.report === 'running') this.loaded = true;
    else this.problem = report.problem;
  }

  private send(order: Order): void {
    // One that is ending does not listen any more.
    if (this.child?.connected === true) this.child.send(order, () => undefined);
  }
}
