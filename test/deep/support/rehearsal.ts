import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Events } from './events';
import { Handlers, type Ending } from './handlers';
import { Observer } from './observer';
import type { Fault, Plan } from './plan';
import type { AbortRequest, DropOldSlotsRequest, PrepareRequest, Side, TransferRequest, TransferResult } from '../../../src/cutover/contract';
import { eventually } from '../../cutover/support/eventually';
import { Migration, other } from '../../cutover/support/migration';
import { audit, type Payers } from '../../cutover/support/payers';
import { MIGRATION, SIDES } from '../../support/pair';
import { TcpProxy } from '../../support/tcp-proxy';

export const DEADLINE_MS = 3_000;
/** What the function has beyond the deadline. */
const TIMEOUT_MS = DEADLINE_MS + 5_000;
const RETRY_MS = 200;
/** From close to open: the deadline, a second, one retry, and what the observer needs to see it. */
export const LONGEST_CLOSED_MS = DEADLINE_MS + 1_000 + RETRY_MS + 100;
const PATIENCE_MS = 30_000;
/** Longer than the replicator itself waits for one thing. */
const REPLICATOR_PATIENCE_MS = 45_000;
const LINES_OF_LOG = 25;

export interface Round {
  readonly outcome: 'completed' | 'aborted' | 'refused';
  readonly closedMs: number;
  readonly closedInAllMs: number;
}

/** A migration under load, with handlers that can be killed, servers that crash, and a supervisor as the workflow is one. */
export class Rehearsal {
  public static async create(): Promise<Rehearsal> {
    const migration = await Migration.loaded();
    const { servers } = migration.pair;
    const proxies = { source: await TcpProxy.to(servers.source.port), target: await TcpProxy.to(servers.target.port) };
    return new Rehearsal(migration, proxies);
  }

  public readonly events = new Events();
  private readonly handlers: Handlers;
  private readonly observer: Observer;
  private readonly payers: Payers;
  private audited = 0;
  private auditedOfObserver = 0;
  private restarts: Promise<void>[] = [];

  private constructor(private readonly migration: Migration, private readonly proxies: Record<Side, TcpProxy>) {
    const { servers } = migration.pair;
    const secret = (side: Side) => {
      const { host, certificateAuthority } = servers[side];
      return JSON.stringify({ username: MIGRATION, password: MIGRATION, host, port: proxies[side].port, certificateAuthority });
    };
    this.handlers = new Handlers(() => ({ source: secret('source'), target: secret('target') }), this.events);
    this.observer = new Observer(servers, this.events);
    this.payers = migration.pay('deep', 3);
  }

  public async round(plan: Plan): Promise<Round> {
    this.observer.beginRound();
    const { direction, attempt, giver } = await this.migration.next();
    await eventually(`the stream out of the ${giver}`, async () => (await this.migration.replicator.status(giver)) === 'running', PATIENCE_MS);
    await this.insist({ action: 'prepare', direction, attempt, plugin: this.migration.replicator.plugin });
    const request: TransferRequest = { action: 'transfer', direction, attempt, streams: [this.migration.stream], deadlineMs: DEADLINE_MS };
    if (plan.lagMs !== undefined) await this.lag(giver, plan.lagMs);
    const troubles = this.troubles(plan, 'transfer');
    const result = await this.decided(request, plan);
    await troubles;
    await this.restarted();
    if (result?.outcome === 'completed') {
      const later = this.troubles(plan, 'turn around');
      await this.turnAround(result);
      await later;
      await this.restarted();
    }
    await this.check();
    const { longestClosedMs: closedMs, longestClosedInAllMs: closedInAllMs } = this.observer;
    return { outcome: result?.outcome ?? 'refused', closedMs, closedInAllMs };
  }

  /** Everything that was ever acknowledged, on both sides. */
  public async finish(): Promise<string[]> {
    await this.payers.stop();
    await this.observer.stop();
    this.audited = 0;
    this.auditedOfObserver = 0;
    return this.problems();
  }

  /** For the report of a failure. */
  public async story(): Promise<string> {
    const logs = await Promise.all(SIDES.map(async (side) => {
      const lines = (await readFile(this.migration.pair.servers[side].logFile, 'utf8')).split('\n');
      return `The log of the ${side} ends with:\n${lines.slice(-LINES_OF_LOG).join('\n')}`;
    }));
    const violations = this.observer.violations.map((violation) => `VIOLATION: ${violation}`);
    return [...violations, 'The last events:', this.events.last(), ...logs].join('\n');
  }

  public get payments(): number {
    return this.payers.acknowledged.length + this.observer.acknowledged.length;
  }

  public async remove(): Promise<void> {
    await this.observer.stop();
    this.handlers.close();
    await this.migration.remove();
    await Promise.all(SIDES.map(async (side) => this.proxies[side].close()));
  }

  /** As the workflow: aborts when an invocation ends without a result, and goes forward when only that is left. */
  private async decided(request: TransferRequest, plan: Plan): Promise<TransferResult | undefined> {
    const { direction, attempt } = request;
    const abort: AbortRequest = { action: 'abort', direction, attempt };
    const at = 'step' in plan.at ? plan.at : undefined;
    let ask: TransferRequest | AbortRequest = request;
    let planned = { stopAt: at, failBefore: plan.failBefore, onStop: async () => this.strike(plan) };
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const ending = await this.handlers.invoke(ask, { ...planned, timeoutMs: TIMEOUT_MS });
      // Nothing more is planned for the invocations that mend it.
      planned = { ...planned, stopAt: undefined, failBefore: undefined };
      if (ending.kind === 'result') return ending.result as TransferResult;
      if (ending.kind === 'error' && ending.name === 'Refused' && ask === request) return undefined;
      if (ending.kind === 'error' && ending.name === 'StaleAttempt') throw new Error(`nobody else is there, and yet: ${ending.message}`);
      ask = ending.kind === 'error' && ending.name === 'OpenPending' ? request : abort;
      if (ending.kind === 'error') await sleep(RETRY_MS);
    }
    throw new Error('nothing was decided');
  }

  /** Repeats what is outside of the pause until it is done. */
  private async insist(request: PrepareRequest | DropOldSlotsRequest): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    let ending: Ending = { kind: 'lost' };
    while (Date.now() < deadline) {
      ending = await this.handlers.invoke(request, { timeoutMs: PATIENCE_MS });
      if (ending.kind === 'result') return;
      await sleep(RETRY_MS);
    }
    throw new Error(`${request.action} did not succeed: ${JSON.stringify(ending)}`);
  }

  private async turnAround({ direction, attempt, authority, wayBack }: TransferResult): Promise<void> {
    const from = wayBack ?? (await this.migration.side(authority)).wayBack;
    if (!from) throw new Error('nobody knows where the way back starts');
    const { replicator } = this.migration;
    await this.patiently('the old stream ends', async () => replicator.stop(other(authority)));
    await this.insist({ action: 'drop-old-slots', direction, attempt });
    this.migration.stream = await this.patiently('the way back starts', async () => replicator.start(authority, from));
    await eventually('the way back runs', async () => (await this.migration.state()).wayBack === 'running', PATIENCE_MS);
    this.events.add('turned around');
  }

  private async patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + REPLICATOR_PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        this.events.add(`${what}: not yet: ${String(error)}`);
        if (Date.now() > deadline) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  private async troubles(plan: Plan, phase: 'transfer' | 'turn around'): Promise<void> {
    if ('step' in plan.at || plan.at.phase !== phase) return;
    await sleep(plan.at.afterMs);
    await this.strike(plan);
  }

  private async lag(giver: Side, ms: number): Promise<void> {
    const { replicator } = this.migration;
    await replicator.stall(giver);
    this.restarts.push(sleep(ms).then(async () => {
      await replicator.resume(giver);
      this.events.add('what was held back arrives');
    }));
  }

  /** Resolves when what comes at once has happened. */
  private async strike({ faults, downMs }: Plan): Promise<void> {
    const later = faults.filter(({ afterMs }) => afterMs > 0);
    this.restarts.push(...later.map(async ({ fault, afterMs }) => {
      await sleep(afterMs);
      await this.happen(fault, downMs);
    }));
    await Promise.all(faults.filter(({ afterMs }) => afterMs === 0).map(async ({ fault }) => this.happen(fault, downMs)));
  }

  private async happen(fault: Fault, downMs: number): Promise<void> {
    this.events.add(`*** ${fault}`);
    if (fault === 'kill handler') {
      this.handlers.kill();
      return;
    }
    const [verb, side] = fault.split(' ') as ['crash' | 'cut', Side];
    if (verb === 'cut') {
      this.proxies[side].cut();
      return;
    }
    const server = this.migration.pair.servers[side];
    if (!server.isRunning) return;
    await server.crash();
    this.events.add(`${side} is down`);
    this.restarts.push(sleep(downMs).then(async () => {
      await server.start();
      this.events.add(`${side} is up`);
    }));
  }

  private async restarted(): Promise<void> {
    while (this.restarts.length > 0) await Promise.all(this.restarts.splice(0));
  }

  private async check(): Promise<void> {
    const problems = await this.problems();
    if (problems.length > 0) throw new Error(problems.join('\n'));
    if (this.observer.longestClosedMs > LONGEST_CLOSED_MS) throw new Error(`nobody could write for ${Math.round(this.observer.longestClosedMs)} ms`);
  }

  private async problems(): Promise<string[]> {
    const keys = [...this.payers.keys().slice(this.audited), ...this.observer.acknowledged.slice(this.auditedOfObserver)];
    this.audited = this.payers.acknowledged.length;
    this.auditedOfObserver = this.observer.acknowledged.length;
    const { giver, taker } = await this.migration.next();
    const looks = async (side: Side) => (await audit(await this.migration.admin(side), keys)).map((problem) => `${side}: ${problem}`);
    const here = await looks(giver);
    let there: string[] = [];
    await eventually('', async () => {
      there = await looks(taker);
      return there.length === 0;
    }).catch(() => undefined);
    return [...this.observer.violations, ...here, ...there];
  }
}
