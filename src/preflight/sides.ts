import type { Found, ServerFacts } from './check';
import type { Side } from './contract';
import { reachProblem } from './server/reach';
import type { SettledRequest } from './settled-request';
import type { Tools } from './tools';
import { DatabaseProblem, KeptSession, readLogin, Session, type DatabaseReference, type SecretReader } from '../postgres';

export interface SidesOptions {
  readonly references: Record<Side, DatabaseReference>;
  readonly readSecret: SecretReader;
  readonly tools: Tools;
}

const APPLICATION_NAME = 'payment-migration preflight';
/** Somebody who wants a table for themselves must not wait behind a question, nor a question for long behind them. */
const LOCK_TIMEOUT_MS = 1_000;
const FACTS = `SELECT current_setting('server_version_num')::int AS version, current_database() AS database, session_user AS login,
  (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) AS superuser, pg_is_in_recovery() AS "inRecovery",
  set_config('default_transaction_read_only', 'on', false)`;

export interface Greeting {
  /** Of the sides that can be used. */
  readonly facts: Partial<Record<Side, ServerFacts>>;
  readonly found: Found[];
}

/** Both databases, for reading: a session each, opened again where it was lost. */
export class Sides {
  private readonly sessions: Record<Side, KeptSession> = {
    source: new KeptSession(async () => this.open('source')),
    target: new KeptSession(async () => this.open('target')),
  };
  private statementTimeoutMs = 0;

  public constructor(private readonly options: SidesOptions) {}

  /** Connects to both. Where one cannot be used, that is found, and it has no facts. */
  public async greet({ statementTimeoutMs }: SettledRequest, deadline: number): Promise<Greeting> {
    this.statementTimeoutMs = statementTimeoutMs;
    const facts: Partial<Record<Side, ServerFacts>> = {};
    const found = await Promise.all((['source', 'target'] as const).map(async (side): Promise<Found[]> => {
      try {
        const { host } = await readLogin(this.options.references[side].secretId, this.options.readSecret);
        const [row] = await this.read<Omit<ServerFacts, 'host'>>(side, FACTS, deadline);
        facts[side] = { host, ...row };
        return [];
      } catch (error) {
        if (!(error instanceof DatabaseProblem)) throw error;
        return [{ ...reachProblem(error), side, object: this.options.references[side].databaseName }];
      }
    }));
    return { facts, found: found.flat() };
  }

  /** Rows of a statement. Since nothing is changed by it, it is sent once more where the connection was lost. */
  public async read<R>(side: Side, sql: string, deadline: number): Promise<R[]> {
    const session = await this.sessions[side].get();
    try {
      return await this.ask(session, sql, deadline);
    } catch (error) {
      if (!session.broken) throw error;
      return this.ask(await this.sessions[side].get(), sql, deadline);
    }
  }

  public async end(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map(async (session) => session.end()));
  }

  private async ask<R>(session: Session, sql: string, deadline: number): Promise<R[]> {
    const left = Math.max(1, Math.ceil(Math.min(this.statementTimeoutMs, deadline - this.options.tools.now())));
    await session.query(`SET statement_timeout = ${left}`);
    return session.query<R>(sql);
  }

  private async open(side: Side): Promise<Session> {
    const { secretId, databaseName } = this.options.references[side];
    const session = await Session.open(await readLogin(secretId, this.options.readSecret), databaseName, {
      applicationName: APPLICATION_NAME, statementTimeoutMs: this.statementTimeoutMs, lockTimeoutMs: LOCK_TIMEOUT_MS,
    });
    try {
      await session.query("SELECT set_config('default_transaction_read_only', 'on', false)");
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }
}
