import type { Client } from 'pg';
import type { Fault, FaultName } from './options';
import type { LocalSite } from './site';
import type { InvokeOptions } from '../handlers/local-function';
import type { LocalServer } from '../servers';
import { OWNER } from '../workload';

/** How long a crashed server stays away. */
const AWAY_MS = 1_000;
const LONG_TRANSACTION_MS = 4_000;

export interface Strike {
  readonly name: FaultName;
  readonly at: number;
  readonly description: string;
}

/** Makes things go wrong at the steps that were asked for, once each. */
export class Faults {
  public readonly strikes: Strike[] = [];
  private readonly pending: Fault[];
  private readonly repairs: Promise<void>[] = [];

  public constructor(private readonly site: LocalSite, private readonly faults: readonly Fault[]) {
    this.pending = [...faults];
  }

  /** What the first transfer is invoked with. */
  public invocation(): InvokeOptions {
    const lost = this.pending.find(({ name }) => name === 'handler-lost');
    const dieAt = lost && `before ${lost.step}`;
    return { dieAt, onStep: (moment) => this.strike(moment) };
  }

  /** Faults that last: they begin before the transfer does. */
  public async begin(): Promise<void> {
    for (const fault of this.pending.filter(({ name }) => name === 'long-transaction')) {
      this.note(fault, `a transaction on the source stays open for ${LONG_TRANSACTION_MS} ms`);
      const client = await this.site.connect('source');
      await client.query('BEGIN');
      await client.query(`SET LOCAL ROLE ${OWNER}; UPDATE public.accounts SET balance = balance WHERE id = (SELECT max(id) FROM public.accounts)`);
      this.repairs.push(end(client, LONG_TRANSACTION_MS));
    }
  }

  /** What was asked for and did not come. */
  public get missing(): string[] {
    const struck = new Set(this.strikes.map(({ name }) => name));
    return this.faults.filter(({ name }) => !struck.has(name)).map(({ name, step }) => `${name}:${step}`);
  }

  /** Until every server that crashed runs again. */
  public async over(): Promise<void> {
    await Promise.all(this.repairs);
  }

  private strike(moment: string): void {
    for (const fault of this.pending.filter(({ name, step }) => name !== 'long-transaction' && `before ${step}` === moment)) {
      this.pending.splice(this.pending.indexOf(fault), 1);
      if (fault.name === 'handler-lost') {
        this.note(fault, `the function is lost before ${fault.step}`);
        continue;
      }
      const side = fault.name === 'source-crash' ? 'source' : 'target';
      this.note(fault, `the ${side} crashes before ${fault.step}`);
      this.repairs.push(crash(this.site.servers[side]));
    }
  }

  private note({ name }: Fault, description: string): void {
    this.strikes.push({ name, at: Date.now(), description });
  }
}

async function crash(server: LocalServer): Promise<void> {
  await server.crash();
  await pause(AWAY_MS);
  await server.start();
}

async function end(client: Client, ms: number): Promise<void> {
  await pause(ms);
  await client.query('COMMIT').catch(() => undefined);
  await client.end().catch(() => undefined);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
