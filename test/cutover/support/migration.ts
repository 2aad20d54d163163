import type { Client } from 'pg';
import { eventually } from './eventually';
import { audit, PAYMENTS, Payers } from './payers';
import { NativeReplicator } from '../../../cli/src/replication';
import type { Direction, Side, SideState, StateResult, Step, Stream, TransferRequest, TransferResult, WayBack } from '../../../src/cutover/contract';
import type { Databases } from '../../../src/cutover/databases';
import { dropOldSlots, prepare } from '../../../src/cutover/prepare';
import { state } from '../../../src/cutover/state';
import { TOOLS, type Tools } from '../../../src/cutover/tools';
import { transfer } from '../../../src/cutover/transfer';
import { DATABASE, Pair, SIDES } from '../../support/pair';

/** A subscription that lost its server, and a worker that ended, are started again after this time. */
const SETTINGS = { wal_retrieve_retry_interval: '100ms', max_prepared_transactions: '5' };

export interface MigrationOptions {
  /** Beside the payments. */
  readonly ddl?: string;
}

/** Two armed servers with payments and a stream between them, and what it takes to move authority to and fro. */
export class Migration {
  /** Everything but the load. */
  public static async create(options: MigrationOptions = {}): Promise<Migration> {
    const pair = await Pair.create({ ddl: `${PAYMENTS} ${options.ddl ?? ''}`, settings: SETTINGS });
    const { source, target } = pair.servers;
    const sides = { source: { server: source, database: DATABASE }, target: { server: target, database: DATABASE } };
    const replicator = new NativeReplicator({ sides });
    await pair.arm('source', { appliers: [replicator.appliers.source] });
    await pair.arm('target', { appliers: [replicator.appliers.target] });
    return new Migration(pair, replicator);
  }

  public static async loaded(options: MigrationOptions = {}): Promise<Migration> {
    const migration = await Migration.create(options);
    migration.stream = await migration.replicator.load();
    return migration;
  }

  public readonly databases: Databases;
  /** Out of the side with authority. */
  public stream: Stream = { name: 'none', slot: 'none' };
  private readonly admins = new Map<Side, Client>();
  private payers: Payers[] = [];

  private constructor(public readonly pair: Pair, public readonly replicator: NativeReplicator) {
    this.databases = pair.databases();
  }

  public async state(): Promise<StateResult> {
    return state(this.databases);
  }

  public async side(side: Side): Promise<SideState> {
    const { sides } = await this.state();
    const found = sides[side];
    if ('unreachable' in found) throw new Error(found.unreachable);
    return found;
  }

  /** Whoever has authority, from where the next attempt starts. */
  public async next(): Promise<{ giver: Side; taker: Side; direction: Direction; attempt: number }> {
    const { authority, sides } = await this.state();
    const giver = authority ? sides[authority] : undefined;
    if (!authority || !giver || 'unreachable' in giver || giver.attempt === undefined) throw new Error(`nobody has authority: ${JSON.stringify(sides)}`);
    const direction = authority === 'source' ? 'cutover' : 'rollback';
    return { giver: authority, taker: authority === 'source' ? 'target' : 'source', direction, attempt: giver.attempt + 1 };
  }

  /** The next transfer's request, prepared. */
  public async prepared(request: Partial<TransferRequest> = {}): Promise<TransferRequest> {
    const { direction, attempt, giver } = await this.next();
    await eventually(`stream out of the ${giver}`, async () => (await this.replicator.status(giver)) === 'running');
    await prepare(this.databases, { action: 'prepare', direction, attempt, plugin: this.replicator.plugin });
    return { action: 'transfer', direction, attempt, streams: [this.stream], deadlineMs: 10_000, ...request };
  }

  public async transfer(request: TransferRequest, tools: Partial<Tools> = {}, databases = this.databases): Promise<TransferResult> {
    return transfer(databases, request, { ...TOOLS, ...tools });
  }

  /** After the pause: the old stream ends, its slot goes, and only then the way back starts. */
  public async turnAround({ direction, attempt, wayBack, authority }: TransferResult): Promise<void> {
    if (!wayBack) throw new Error(`the transfer did not say where the way back starts: ${JSON.stringify(await this.state())}`);
    await this.replicator.stop(other(authority));
    await dropOldSlots(this.databases, { action: 'drop-old-slots', direction, attempt });
    this.stream = await this.startWayBack(authority, wayBack);
    await eventually('way back', async () => (await this.state()).wayBack === 'running');
  }

  public async startWayBack(giver: Side, wayBack: WayBack): Promise<Stream> {
    return this.replicator.start(giver, wayBack);
  }

  /** A superuser's session on a side, connected again where it broke. */
  public async admin(side: Side): Promise<Client> {
    const known = this.admins.get(side);
    const answers = await known?.query('SELECT 1').then(() => true, () => false);
    if (known && answers) return known;
    const client = await this.pair.admin(side);
    await client.query('SET default_transaction_read_only = off');
    this.admins.set(side, client);
    return client;
  }

  public pay(name: string, clients?: number): Payers {
    const payers = new Payers({ servers: this.pair.servers, name, clients });
    this.payers.push(payers);
    return payers;
  }

  /** What is wrong with the payments, once everything that was acknowledged has had time to arrive on both sides. */
  public async problemsOf(keys: readonly string[]): Promise<string[]> {
    const { giver, taker } = await this.next();
    const here = await audit(await this.admin(giver), keys);
    let there: string[] = ['never looked at'];
    await eventually(`all payments on the ${taker}`, async () => {
      there = await audit(await this.admin(taker), keys);
      return there.length === 0;
    }, 5_000).catch(() => undefined);
    return [...here.map((problem) => `${giver}: ${problem}`), ...there.map((problem) => `${taker}: ${problem}`)];
  }

  public async remove(): Promise<void> {
    await Promise.all(this.payers.map(async (payers) => payers.stop()));
    await this.replicator.close();
    await this.pair.remove();
  }
}

export function other(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

/** Tools that do something before or after a step, once. */
export function at(when: 'before' | 'after', step: Step, work: () => Promise<unknown>): Pick<Tools, 'onStep'> {
  let done = false;
  return {
    onStep: async (now, what) => {
      if (done || now !== when || what !== step) return;
      done = true;
      await work();
    },
  };
}

/** What a refused transfer must leave as it was: rows, gates and records of both sides. */
export async function rowsAndGates(migration: Migration): Promise<unknown> {
  return Promise.all(SIDES.map(async (side) => {
    const { rows } = await (await migration.admin(side)).query(`
      SELECT a.side, a.state, a.attempt, (SELECT last_value FROM payment_migration.gate) AS gate,
        (SELECT json_agg(r ORDER BY attempt) FROM payment_migration.record r) AS records,
        (SELECT json_agg(r ORDER BY attempt) FROM payment_migration.result r) AS results,
        (SELECT json_agg(s ORDER BY attempt, slot) FROM payment_migration.stream s) AS streams,
        (SELECT json_agg(m ORDER BY giver, stream) FROM payment_migration.marker m) AS markers,
        (SELECT json_agg(p ORDER BY login) FROM payment_migration.applier p) AS appliers
      FROM payment_migration.authority a`);
    return rows[0] as unknown;
  }));
}
