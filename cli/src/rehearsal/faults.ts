import type { Client } from 'pg';
import type { ApplyProfile, Fault, FaultName } from './options';
import type { LocalSite } from './site';
import type { Side } from '../../../src/cutover/contract';
import type { InvokeOptions } from '../handlers/local-function';
import type { LocalServer } from '../servers';
import { OWNER } from '../workload';

/** How long a crashed server stays away. */
const AWAY_MS = 1_000;
const LONG_TRANSACTION_MS = 4_000;

const SPOILED = {
  'schema-drift': {
    side: 'target',
    description: 'amounts have another scale on the target',
    sql: 'ALTER TABLE public.payments ALTER COLUMN amount TYPE numeric(14,4)',
  },
  'table-added': {
    side: 'source',
    description: 'a table with a row is added on the source when all is armed',
    sql: `SET ROLE ${OWNER}; CREATE TABLE public.disputes (id bigint PRIMARY KEY, payment_id bigint NOT NULL); INSERT INTO public.disputes VALUES (1, 1)`,
  },
  // Only who applies changes gets past the gate.
  'corrupt-row': {
    side: 'target',
    description: 'on the target an amount is a cent higher, and a settlement is missing',
    sql: `UPDATE public.payments SET amount = amount + 0.01 WHERE id = (SELECT min(id) FROM public.payments);
      DELETE FROM "Settlements"."Settlement" WHERE "IdempotencyKey" = (SELECT "IdempotencyKey" FROM "Settlements"."Settlement" ORDER BY "SettledAt" LIMIT 1)`,
  },
} as const satisfies Partial<Record<FaultName, { readonly side: Side; readonly description: string; readonly sql: string }>>;

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

  public constructor(private readonly site: LocalSite, private readonly faults: readonly Fault[], private readonly profile: ApplyProfile) {
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
    return this.faults.filter(({ name }) => !struck.has(name)).map(inWords);
  }

  /** Until every server that crashed runs again. */
  public async over(): Promise<void> {
    await Promise.all(this.repairs);
  }

  /** Makes that wrong on a side which is to be found before authority is moved. */
  public async spoil(name: keyof typeof SPOILED): Promise<void> {
    const fault = this.pending.find((pending) => pending.name === name);
    if (!fault) return;
    this.pending.splice(this.pending.indexOf(fault), 1);
    const { side, description, sql } = SPOILED[name];
    // Natively it is a worker of the server that applies, as a superuser.
    const applies = name === 'corrupt-row' && this.profile === 'dms';
    await this.site.using(side, async (client) => client.query(sql), applies ? this.site.connectToApply(side) : undefined);
    this.note(fault, description);
  }

  private strike(moment: string): void {
    for (const fault of this.pending.filter(({ step }) => step !== undefined && `before ${step}` === moment)) {
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

/** `handler-lost:flip`, or `table-added`. */
export function inWords({ name, step }: Fault): string {
  return step === undefined ? name : `${name}:${step}`;
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
