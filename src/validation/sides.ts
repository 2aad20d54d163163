import { DEFAULTS, type Side } from './contract';
import { settle } from './session-settings';
import type { Tools } from './tools';
import { DatabaseProblem, KeptSession, readLogin, Session, type DatabaseReference, type SecretReader } from '../postgres';

export interface SidesOptions {
  readonly references: Record<Side, DatabaseReference>;
  readonly readSecret: SecretReader;
  readonly tools: Tools;
}

export const BOTH: readonly Side[] = ['source', 'target'];
export const APPLICATION_NAME = 'payment-migration validation';

const LOST: readonly string[] = ['connection-lost', 'answer-lost', 'server-restarting', 'unreachable', 'too-many-connections'];
/** A server that restarts is back by then. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;

/** Both databases, for reading: a session each, opened when it is needed, and again where it was lost. */
export class Sides {
  private readonly sessions: Record<Side, KeptSession> = {
    source: new KeptSession(async () => this.settled('source')),
    target: new KeptSession(async () => this.settled('target')),
  };
  private statementTimeoutMs: number = DEFAULTS.statementTimeoutMs;

  public constructor(private readonly options: SidesOptions) {}

  /** How long a statement may take from here on. */
  public async limit(statementTimeoutMs: number = DEFAULTS.statementTimeoutMs): Promise<void> {
    if (statementTimeoutMs === this.statementTimeoutMs) return;
    this.statementTimeoutMs = statementTimeoutMs;
    await this.end();
  }

  /** Rows of a statement that reads. Since nothing is changed by it, it is sent again where the connection was lost. */
  public async query<R>(side: Side, text: string, values?: readonly unknown[]): Promise<R[]> {
    return this.read(side, async (session) => session.query<R>(text, values));
  }

  /** Something that reads, on a session. */
  public async read<T>(side: Side, work: (session: Session) => Promise<T>): Promise<T> {
    const { now, sleep } = this.options.tools;
    let until: number | undefined;
    for (;;) {
      try {
        return await work(await this.sessions[side].get());
      } catch (error) {
        if (!(error instanceof DatabaseProblem) || !LOST.includes(error.problem)) throw error;
        // A database that was never there is told at once.
        if (error.problem === 'unreachable' && until === undefined) throw error;
        until ??= now() + PATIENCE_MS;
        if (now() > until) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** The same on both sides at once. Where both fail, it waits for both: no statement is left behind. */
  public async both<T>(work: (side: Side) => Promise<T>): Promise<Record<Side, T>> {
    const [source, target] = await Promise.allSettled(BOTH.map(work));
    if (source.status === 'rejected') throw source.reason;
    if (target.status === 'rejected') throw target.reason;
    return { source: source.value, target: target.value };
  }

  /** A session that may write, for one piece of work. */
  public async writing<T>(side: Side, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.open(side);
    return work(session).finally(() => session.end());
  }

  public async end(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map(async (session) => session.end()));
  }

  private async settled(side: Side): Promise<Session> {
    const session = await this.open(side);
    try {
      await settle(session);
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  private async open(side: Side): Promise<Session> {
    const { references, readSecret } = this.options;
    const { secretId, databaseName } = references[side];
    const login = await readLogin(secretId, readSecret);
    return Session.open(login, databaseName, { applicationName: APPLICATION_NAME, statementTimeoutMs: this.statementTimeoutMs });
  }
}
