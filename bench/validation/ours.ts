import { readdirSync, readFileSync } from 'node:fs';
import { DATABASE, TABLE, type Servers } from './payments';
import { AskingFunction } from '../../cli/src/handlers/asking-function';
import type { Side, ValidationResult } from '../../src/validation/contract';
import { runValidation } from '../../src/validation/run';

/** The function from its bundle, in a process of its own, as the command line runs it. */
export class Ours {
  public static async start(servers: Servers): Promise<Ours> {
    const named = (side: Side) => {
      const { username, password, host, port, certificateAuthority } = servers[side];
      return { databaseName: DATABASE, secret: JSON.stringify({ username, password, host, port, certificateAuthority }) };
    };
    const asked = await AskingFunction.start('validation', { source: named('source'), target: named('target') });
    // It is loaded.
    await asked.invoke({ action: 'plan' });
    return new Ours(asked);
  }

  private constructor(private readonly asked: AskingFunction) {}

  public async validate(): Promise<{ readonly seconds: number; readonly result: ValidationResult }> {
    const started = performance.now();
    const result = await runValidation(this.asked.invoke, { tables: [`public.${TABLE}`], catchUp: 'none' });
    return { seconds: (performance.now() - started) / 1_000, result };
  }

  /** The most memory that the function's process had so far, in MiB, as Linux tells it. */
  public peakMemory(): number {
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => status(pid)).filter((text) => (
      new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(text) && /^Name:\s+node/m.test(text)));
    if (children.length !== 1) throw new Error(`${children.length} processes of functions were found, not one`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(children[0])?.[1]) / 1_024;
  }

  public async stop(): Promise<void> {
    await this.asked.stop();
  }
}

function status(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
