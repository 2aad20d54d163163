import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { extname, join } from 'node:path';
import { bundleFile, type Bundle } from './bundles';
import type { Answer, Invocation } from './messages';

export interface LocalFunctionOptions {
  readonly bundle: Bundle;
  readonly env: Readonly<Record<string, string>>;
  /** Where the function's log goes. */
  readonly logFile: string;
  /** How long an invocation may take before its process is killed, as Lambda does. */
  readonly timeoutMs: number;
}

export interface InvokeOptions {
  /** Dies without an answer at this moment, such as `before flip`. */
  readonly dieAt?: string;
  /** Told when the function logs that a step begins or is done. */
  readonly onStep?: (moment: string) => void;
}

/** The function threw: the error as Step Functions would see it. */
export class FunctionError extends Error {
  public constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Nobody knows what the function did: it died, or was killed when its time was over. */
export class FunctionLost extends Error {
  public override readonly name = 'FunctionLost';
}

/** A Lambda function on this machine: the bundle that would be deployed, in a process of its own that is reused and may die. */
export class LocalFunction {
  private child?: ChildProcess;
  private invocations = 0;
  private readonly log: WriteStream;

  public constructor(private readonly options: LocalFunctionOptions) {
    this.log = createWriteStream(options.logFile, { flags: 'a' });
  }

  public async invoke<R>(event: unknown, { dieAt, onStep }: InvokeOptions = {}): Promise<R> {
    const child = this.process();
    const invocation: Invocation = { id: ++this.invocations, event, timeoutMs: this.options.timeoutMs, dieAt };
    return new Promise<R>((resolve, reject) => {
      const timer = setTimeout(() => {
        lost(`it took longer than ${this.options.timeoutMs} ms`);
        child.kill('SIGKILL');
      }, this.options.timeoutMs);
      const done = () => {
        clearTimeout(timer);
        child.off('message', hear);
        child.off('exit', died);
      };
      const lost = (why: string) => {
        done();
        reject(new FunctionLost(`the ${this.options.bundle} function was lost: ${why}`));
      };
      const died = () => lost('its process is gone');
      const hear = (answer: Answer) => {
        if (answer.id !== invocation.id) return;
        if (answer.kind === 'step') return onStep?.(answer.moment);
        done();
        if (answer.kind === 'result') return resolve(answer.result as R);
        return reject(new FunctionError(answer.name, answer.message));
      };
      child.on('message', hear);
      child.once('exit', died);
      child.send(invocation, (error) => { if (error) lost(error.message); });
    });
  }

  public async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child?.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGKILL');
      });
    }
    await new Promise<void>((resolve) => { this.log.end(() => resolve()); });
  }

  private process(): ChildProcess {
    if (this.child?.connected && this.child.exitCode === null && this.child.signalCode === null) return this.child;
    const { bundle, env } = this.options;
    // Compiled where this package is installed, TypeScript in the repository.
    const extension = extname(__filename);
    const child = fork(join(__dirname, `host${extension}`), [bundleFile(bundle)], {
      env: { ...inherited(), ...env },
      execArgv: extension === '.ts' ? ['--require', require.resolve('tsx/cjs')] : [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.pipe(this.log, { end: false });
    child.stderr?.pipe(this.log, { end: false });
    child.once('exit', () => { if (this.child === child) this.child = undefined; });
    this.child = child;
    return child;
  }
}

/** Nothing of the user's AWS settings reaches a function that runs here: it must talk to this machine alone. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|POWERTOOLS|PG)/.test(name)));
}
