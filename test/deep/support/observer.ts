import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Events } from './events';
import type { LocalServer } from '../../../cli/src/servers';
import type { Side } from '../../../src/cutover/contract';
import { other } from '../../cutover/support/migration';
import { PAY } from '../../cutover/support/payers';
import { APPLICATION, DATABASE, SIDES } from '../../support/pair';

interface Look {
  readonly state: string;
  readonly attempt: number;
  readonly open: boolean;
}

const ANSWER_MS = 1_000;
const LOOK = 'SELECT a.state, a.attempt, g.last_value = 1 AS open FROM payment_migration.authority a, payment_migration.gate g';
const PAUSE_MS = 5;

/**
 * Looks at both databases all the time: at their rows and gates as a superuser, and by writing as the application.
 *
 * Two looks are never at one moment. But a row never comes back to an attempt: where one side was open with the same attempt before and
 * after, it was so in between, and there the other one must not have been open, nor have taken a write.
 */
export class Observer {
  /** The keys of its own writes that were acknowledged. */
  public readonly acknowledged: string[] = [];
  public readonly violations: string[] = [];
  /** How long nobody could write since `beginRound`, in one piece: without the time in which a database that is needed did not answer, and with it. */
  public longestClosedMs = 0;
  public longestClosedInAllMs = 0;
  private closedMs = 0;
  private closedInAllMs = 0;
  private readonly last: Partial<Record<Side, Look>> = {};
  private readonly clients = new Map<string, Client>();
  private readonly work: Promise<void>;
  private writes = 0;
  private stopped = false;

  public constructor(private readonly servers: Record<Side, LocalServer>, private readonly events: Events) {
    this.work = this.run();
  }

  public beginRound(): void {
    this.longestClosedMs = 0;
    this.longestClosedInAllMs = 0;
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
    await Promise.all([...this.clients.values()].map(async (client) => client.end().catch(() => undefined)));
  }

  private async run(): Promise<void> {
    let since = performance.now();
    for (let n = 0; !this.stopped; n += 1) {
      const [a, b] = n % 2 === 0 ? ['source', 'target'] as const : ['target', 'source'] as const;
      const before = await this.look(a);
      const between = await this.look(b);
      const wrote = await this.write(b);
      const after = await this.look(a);
      if (before && after && before.state === 'open' && after.state === 'open' && before.attempt === after.attempt) {
        if (between?.open || between?.state === 'open') this.violate(`${a} is open(${before.attempt}) and so is ${b}: ${JSON.stringify(between)}`);
        if (wrote) this.violate(`${a} is open(${before.attempt}) and ${b} took a write`);
      }
      const now = performance.now();
      this.measure({ [a]: after, [b]: between } as Record<Side, Look | undefined>, now - since);
      since = now;
      await sleep(PAUSE_MS);
    }
  }

  private measure(looks: Record<Side, Look | undefined>, passedMs: number): void {
    if (SIDES.some((side) => looks[side]?.open && looks[side].state === 'open')) {
      this.closedMs = 0;
      this.closedInAllMs = 0;
      return;
    }
    this.closedInAllMs += passedMs;
    if (this.canBeDecided(looks)) this.closedMs += passedMs;
    this.longestClosedMs = Math.max(this.longestClosedMs, this.closedMs);
    this.longestClosedInAllMs = Math.max(this.longestClosedInAllMs, this.closedInAllMs);
  }

  /** Whether those that it takes to open a database answer: the giver always, and the taker once it has authority. */
  private canBeDecided(looks: Record<Side, Look | undefined>): boolean {
    const authority = SIDES.find((side) => ['open', 'draining'].includes(this.last[side]?.state ?? ''));
    if (authority) return looks[authority] !== undefined;
    return looks.source !== undefined && looks.target !== undefined;
  }

  private violate(what: string): void {
    this.events.add(`VIOLATION: ${what}`);
    this.violations.push(what);
  }

  private async look(side: Side): Promise<Look | undefined> {
    const look = await this.ask(side, undefined, async (client) => (await client.query<Look>(LOOK)).rows[0]);
    const said = (known: Look | undefined) => known && `${known.state}(${known.attempt}) ${known.open ? 'open' : 'closed'}`;
    if (look && said(look) !== said(this.last[side])) this.events.add(`    ${side} is ${said(look)}; ${other(side)} was ${said(this.last[other(side)])}`);
    if (look) this.last[side] = look;
    return look;
  }

  private async write(side: Side): Promise<boolean> {
    const key = `observer-${this.writes}`;
    const wrote = await this.ask(side, APPLICATION, async (client) => {
      // Nobody keeps a client from taking this back.
      await client.query('SET default_transaction_read_only = off');
      await client.query(PAY, [key, 'observer']);
      return true;
    });
    this.writes += 1;
    if (wrote) this.acknowledged.push(key);
    return wrote ?? false;
  }

  private async ask<T>(side: Side, user: string | undefined, work: (client: Client) => Promise<T>): Promise<T | undefined> {
    const name = `${side} ${user}`;
    try {
      const client = this.clients.get(name) ?? await this.connect(side, user);
      this.clients.set(name, client);
      return await work(client);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '25006') return undefined;
      void this.clients.get(name)?.end().catch(() => undefined);
      this.clients.delete(name);
      return undefined;
    }
  }

  private async connect(side: Side, user: string | undefined): Promise<Client> {
    const limits = { connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS };
    return this.servers[side].connect(DATABASE, user ? { ...limits, user, password: user } : limits);
  }
}
