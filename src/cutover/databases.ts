import type { Side } from './contract';
import { KeptSession, readLogin, Session, type DatabaseReference, type SecretReader, type SessionOptions } from '../postgres';

export interface DatabasesOptions {
  readonly references: Record<Side, DatabaseReference>;
  readonly readSecret: SecretReader;
  /** Time-outs other than the usual ones. */
  readonly session?: Partial<SessionOptions>;
}

/** A database that answers does so within moments; a dead one must not use up the deadline. */
const SESSION = { connectTimeoutMs: 2_000, statementTimeoutMs: 10_000, lockTimeoutMs: 1_000, answerTimeoutMs: 12_000 };

/** One session for each side: opened when it is asked for, and again when it broke. Never through a pooler. */
export class Databases {
  private readonly sessions: Record<Side, KeptSession> = {
    source: new KeptSession(async () => this.open('source')),
    target: new KeptSession(async () => this.open('target')),
  };
  private readonly logins = new Map<Side, ReturnType<typeof readLogin>>();

  public constructor(private readonly options: DatabasesOptions) {}

  public async on(side: Side): Promise<Session> {
    return this.sessions[side].get();
  }

  public async end(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map(async (session) => session.end()));
  }

  private async open(side: Side): Promise<Session> {
    const { secretId, databaseName } = this.options.references[side];
    // Read once for each invocation: Secrets Manager is not asked again while payments wait.
    const login = this.logins.get(side) ?? readLogin(secretId, this.options.readSecret);
    this.logins.set(side, login);
    login.catch(() => this.logins.delete(side));
    return Session.open(await login, databaseName, { applicationName: `payment-migration ${side}`, ...SESSION, ...this.options.session });
  }
}
