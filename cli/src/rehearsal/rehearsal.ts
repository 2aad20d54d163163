import { Checks } from './checks';
import { Faults } from './faults';
import { LocalFunctions } from './functions';
import { isToBeRefused, type RehearsalOptions } from './options';
import type { Progress } from './progress';
import type { RunRecord } from './report';
import { NOTHING_AUDITED, type CutoverFigures, type Outcome, type RehearsalResult } from './result';
import { findClients, SchemaCopy, type Clients } from './schema-copy';
import { DATABASE, LocalSite } from './site';
import { Refused, Supervisor, type Move } from './supervisor';
import { PARTIES, type ArmResult, type Direction, type Side, type StateResult, type Stream } from '../../../src/cutover/contract';
import { audit, type AuditResult } from '../audit';
import { DmsReplicator, NativeReplicator } from '../replication';
import { seed, startWorkload, type Workload, type WorkloadResult } from '../workload';

/** What one rehearsal leaves behind: its result, and what the report draws. */
export interface Rehearsed {
  readonly result: RehearsalResult;
  /** Undefined where nobody has authority, so that there was nothing to audit. */
  readonly record?: RunRecord;
}

/** One rehearsal from empty servers to the audit: everything that it starts is gone when it ends. */
export class Rehearsal {
  public static async run(options: RehearsalOptions, progress: Progress): Promise<Rehearsed> {
    const clients = await findClients(options.clientFolder);
    const site = await progress.run('Two PostgreSQL servers, 17 and 18', async () => LocalSite.create());
    try {
      const functions = await LocalFunctions.start(site, options.reportFolder);
      try {
        return await new Rehearsal(options, progress, site, functions, clients).run();
      } finally {
        await functions.stop();
      }
    } finally {
      await site.remove();
    }
  }

  private readonly replicator: NativeReplicator | DmsReplicator;
  private readonly faults: Faults;
  private readonly checks: Checks;
  private readonly schemaCopy?: SchemaCopy;
  private readonly moves: { readonly direction: Direction; readonly move: Move }[] = [];
  private readonly startedAt = Date.now();

  private constructor(
    private readonly options: RehearsalOptions,
    private readonly progress: Progress,
    private readonly site: LocalSite,
    private readonly functions: LocalFunctions,
    private readonly clients?: Clients,
  ) {
    const sides = { source: { server: site.servers.source, database: DATABASE }, target: { server: site.servers.target, database: DATABASE } };
    const login = site.replicationLogin;
    this.replicator = options.applyProfile === 'dms' ? new DmsReplicator({ sides, logins: { source: login, target: login } }) : new NativeReplicator({ sides });
    this.faults = new Faults(site, options.faults, options.applyProfile);
    this.checks = new Checks(functions);
    this.schemaCopy = clients && new SchemaCopy(site, clients);
  }

  private async run(): Promise<Rehearsed> {
    const { options, progress, site } = this;
    await progress.run(`${options.seedRows.toLocaleString('en')} payments on the source`, async () => {
      await site.installSchema('source');
      await site.using('source', async (client) => seed(client, options.seedRows));
    });
    await progress.run('May it move?', async (say) => this.checks.ask('before-schema', say));
    await progress.run('The schema on the target', async (say) => this.copySchema(say));
    await progress.run('Gates on the target, closed; the source made ready', async () => {
      await this.arm('target');
      await this.arm('source', false);
    });
    const workload = await progress.run(`${options.clients} clients write ${options.rate} times a second`, async () => this.startClients());
    let written: WorkloadResult | undefined;
    try {
      const problem = await this.migrate();
      written = await progress.run('Clients finish', async () => workload.stop());
      return await this.conclude(written, problem);
    } finally {
      if (!written) await workload.stop().catch(() => undefined);
      await this.faults.over();
      await this.replicator.close();
    }
  }

  /** Tables and keys: replication on this machine finds rows by their keys from the beginning, where DMS waits with them until rows are loaded. */
  private async copySchema(say: (text: string) => void): Promise<void> {
    say(`by ${this.schemaBy}`);
    if (!this.schemaCopy) return this.site.installSchema('target');
    await this.schemaCopy.run('pre-data');
    await this.schemaCopy.run('keys');
  }

  private get schemaBy(): string {
    return this.clients?.name ?? 'the rehearsal\'s own statements';
  }

  /** What only works when the rows are there. The target's gates then know the tables as they are. */
  private async completeSchema(schemaCopy: SchemaCopy): Promise<void> {
    await schemaCopy.run('constraints');
    await schemaCopy.run('validate');
    await this.arm('target');
  }

  /** Everything from the copy of the rows on. Returns why it ended before its end. */
  private async migrate(): Promise<Error | undefined> {
    const { options, progress, faults, checks, schemaCopy } = this;
    try {
      await faults.spoil('schema-drift');
      await progress.run('May the rows be copied?', async (say) => checks.ask('before-load', say));
      const stream = await progress.run('Rows copied, changes followed', async () => this.replicator.load());
      if (schemaCopy) await progress.run('Foreign keys on the target', async () => this.completeSchema(schemaCopy));
      await progress.run('Gates on the source, open', async () => this.arm('source'));
      await faults.spoil('table-added');
      await faults.spoil('corrupt-row');
      await progress.run('May authority move?', async (say) => checks.ask('before-cutover', say));
      await progress.run('Are both sides the same?', async (say) => checks.compare('source', say));
      await this.moveAll(stream);
      await faults.over();
      return this.unstruck();
    } catch (error) {
      await faults.over();
      if (!(error instanceof Refused)) return error instanceof Error ? error : new Error(String(error));
      // Whoever refuses leaves the source as it is.
      await progress.run(`Writes on the source for ${options.settleMs / 1_000} s more`, async () => pause(options.settleMs));
      return this.unstruck(error) ?? error;
    }
  }

  /** An outcome is worth nothing without the faults that were to lead to it. */
  private unstruck(cause?: Error): Error | undefined {
    const { missing } = this.faults;
    return missing.length > 0 ? new Error(`these faults never struck: ${missing.join(', ')}${cause ? `; it ended before: ${cause.message}` : ''}`) : undefined;
  }

  private async arm(side: Side, gates = true): Promise<void> {
    await this.functions.fence<ArmResult>({ action: 'arm', side, gates, appliers: [this.replicator.appliers[side]] });
  }

  private async startClients(): Promise<Workload> {
    const { rate, clients } = this.options;
    return startWorkload({ rate, clients, sides: { source: this.site.place('source'), target: this.site.place('target') }, login: this.site.applicationLogin, databaseName: DATABASE });
  }

  /** The cutover and what follows it. */
  private async moveAll(first: Stream): Promise<void> {
    const { options, progress } = this;
    let stream = first;
    for (const [index, direction] of (['cutover', ...options.then] as const).entries()) {
      const wait = index === 0 ? options.settleMs : options.stayMs;
      await progress.run(`Writes on the ${PARTIES[direction].giver} for ${wait / 1_000} s`, async () => pause(wait));
      if (index === 0) await this.faults.begin();
      const move = await progress.run(titleOf(direction), async (say) => {
        const supervisor = new Supervisor({ functions: this.functions, replicator: this.replicator, arm: async (side) => this.arm(side), say });
        const moved = await supervisor.move(direction, stream, index === 0 ? this.faults.invocation() : {});
        const { pauseMs } = moved.result;
        say(pauseMs === undefined ? 'done, by an invocation that did not close' : `writes paused for ${pauseMs.toFixed(0)} ms`);
        return moved;
      });
      this.moves.push({ direction, move });
      ({ stream } = move);
    }
    await progress.run(`Writes on the new side for ${options.settleMs / 1_000} s`, async () => pause(options.settleMs));
  }

  /** Looks for every acknowledged operation on the side that has authority in the end. */
  private async conclude(written: WorkloadResult, ended?: Error): Promise<Rehearsed> {
    const { authority } = await this.functions.authority<StateResult>({ action: 'state' });
    const problem = ended ?? (authority && await this.settle(authority));
    const audited = authority && await this.progress.run('Audit', async (say) => {
      const found = await this.site.using(authority, async (client) => audit(client, written));
      say(`${found.acknowledged.toLocaleString('en')} acknowledged; ${found.lost} lost, ${found.duplicated} duplicated, ${found.unbalanced} unbalanced`);
      return found;
    });
    const endedAt = Date.now();
    const result: RehearsalResult = {
      outcome: outcomeOf(authority, problem),
      expected: expectedOf(this.options),
      authority: authority ?? null,
      runs: 1,
      preflight: this.checks.preflight,
      schema: { by: this.schemaBy },
      validation: this.checks.validation ?? null,
      audit: audited ? figuresOf(audited) : NOTHING_AUDITED,
      cutovers: this.cutovers(written),
      faults: this.faults.strikes.map(({ description }) => description),
      seconds: Math.round((endedAt - this.startedAt) / 100) / 10,
      ...(problem && { problem: problem.message }),
    };
    if (!audited) return { result };
    const { strikes } = this.faults;
    const transfersBegan = this.moves.map(({ move }) => move.beganAt);
    return { result, record: { startedAt: this.startedAt, endedAt, written, strikes, audit: audited, transfersBegan } };
  }

  /** What was unresolved while everybody wrote is settled now: the way back has brought everything to the other side, or never will. */
  private async settle(authority: Side): Promise<Error | undefined> {
    try {
      await this.progress.run('Are both sides the same in the end?', async (say) => this.checks.settle(authority, say));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private cutovers(written: WorkloadResult): CutoverFigures[] {
    return this.moves.map(({ direction, move: { result, troubles } }) => {
      const gap = written.handovers.find(({ from, to }) => from === PARTIES[direction].giver && to === PARTIES[direction].taker);
      return { direction, pauseMs: result.pauseMs ?? null, clientGapMs: gap?.gapMs ?? null, steps: result.steps, troubles };
    });
  }
}

function figuresOf({ acknowledged, lost, duplicated, unbalanced }: AuditResult): RehearsalResult['audit'] {
  return { acknowledged, lost, duplicated, unbalanced };
}

function titleOf(direction: Direction): string {
  const { giver, taker } = PARTIES[direction];
  return `${direction === 'cutover' ? 'Cutover' : 'Rollback'}: authority moves from the ${giver} to the ${taker}`;
}

function expectedOf(options: RehearsalOptions): Outcome {
  if (isToBeRefused(options)) return 'refused';
  return options.then.at(-1) === 'rollback' ? 'rolled-back' : 'completed';
}

function outcomeOf(authority: Side | undefined, problem?: Error): Outcome {
  if (problem) return problem instanceof Refused ? 'refused' : 'failed';
  if (!authority) return 'failed';
  return authority === 'target' ? 'completed' : 'rolled-back';
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
