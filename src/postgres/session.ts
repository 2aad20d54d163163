import type { QueryResult } from 'pg';
import { AnswerLost, Connection, problemOf } from './connection';
import { isServerError, saidBy } from './explain';
import type { DatabaseLogin } from './login';
import { problem, type DatabaseProblem } from './problem';
import type { SessionOptions } from './session-settings';

/** `synchronous_commit` again, since a statement before may have changed the session's. */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE; SET LOCAL synchronous_commit = on';
/** Feature not supported: what a standby says to READ WRITE. */
const NOT_ON_A_STANDBY = '0A000';

/**
 * One connection to one database, for one handler: statements run one after the other in the order in which they are asked for.
 *
 * - It goes straight to the server: where a pooler swallows settings of the session, it is refused.
 * - `int8` and `numeric` come as strings, since a JavaScript number cannot hold them; dates, times and intervals as text, since a
 *   `Date` drops microseconds; `json` parsed, `bytea` as a Buffer.
 * - What goes wrong on the way to the server or there is a `DatabaseProblem`. 'answer-lost' leaves open whether the statement was done:
 *   the connection ended, or was given up after `answerTimeoutMs`, while a COMMIT or a statement outside of `transaction` was under
 *   way, or a commit that waited for a standby was cancelled. 'connection-lost' means that nothing was done.
 */
export class Session {
  /** Connects, logs in, settles the settings. */
  static async open(login: DatabaseLogin, databaseName: string, options: SessionOptions): Promise<Session> {
    const connection = new Connection(`${databaseName} on ${login.host}:${login.port}`, login, databaseName, options);
    await connection.open();
    return new Session(connection);
  }

  /** `payments on db.example.com:5432`, for errors. */
  readonly where: string;
  private inTransaction = false;
  /** What a statement of the open transaction met first. */
  private failure?: DatabaseProblem;

  private constructor(private readonly connection: Connection) {
    this.where = connection.where;
  }

  /** Whether the session can be used no more. */
  get broken(): boolean {
    return this.connection.isLost;
  }

  /**
   * Runs a statement, outside of `transaction` in a transaction of its own.
   *
   * Several statements in one text are possible without values, and give the last one's rows.
   */
  async query<R>(text: string, values?: readonly unknown[]): Promise<R[]> {
    try {
      return (await this.connection.exchange(text, values)).rows;
    } catch (error) {
      const named = problemOf(error, this.where, this.inTransaction ? 'connection-lost' : 'answer-lost');
      this.failure ??= named;
      throw named;
    }
  }

  /** Like `query`, for exactly one row. */
  async one<R>(text: string, values?: readonly unknown[]): Promise<R> {
    const rows = await this.query<R>(text, values);
    if (rows.length !== 1) throw problem('unexpected', this.where, { said: `got ${rows.length} rows, allowed: exactly one` });
    return rows[0];
  }

  /**
   * BEGIN, `work`, COMMIT; ROLLBACK when `work` throws, which is passed on.
   *
   * When it resolves, the transaction is committed. When it throws, it is not, except for 'answer-lost'. Where `work` swallows the error
   * of a statement, it is rolled back too, and that error is thrown. `work` gets this session; nothing else may use it meanwhile.
   */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.inTransaction) throw new Error(`transaction on ${this.where}: got one inside another, allowed: one at a time`);
    this.inTransaction = true;
    this.failure = undefined;
    try {
      await this.begin();
      const result = await this.rollingBack(work);
      await this.commit();
      return result;
    } finally {
      this.inTransaction = false;
    }
  }

  /** Says goodbye, waits a second at most, and closes the socket. Never throws. */
  async end(): Promise<void> {
    await this.connection.end();
  }

  private async begin(): Promise<void> {
    try {
      await this.connection.exchange(BEGIN);
    } catch (error) {
      if (isServerError(error) && error.code === NOT_ON_A_STANDBY) throw problem('read-only', this.where, { code: error.code, said: saidBy(error) });
      throw problemOf(error, this.where, 'connection-lost');
    }
  }

  private async rollingBack<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (error) {
      await this.rollBack();
      throw error;
    }
  }

  private async commit(): Promise<void> {
    const { command } = await this.committed();
    // PostgreSQL answers so, without an error, where a statement had failed before.
    if (command === 'ROLLBACK') {
      throw this.failure ?? problem('unexpected', this.where, { said: 'the transaction was rolled back instead of committed' });
    }
  }

  private async committed(): Promise<QueryResult> {
    try {
      return await this.connection.exchange('COMMIT');
    } catch (error) {
      const named = problemOf(error, this.where, 'answer-lost');
      // An error that the session survives has rolled back. One that ended it may have come after the commit.
      if (error instanceof AnswerLost || !isServerError(error) || await this.rollBack()) throw named;
      throw problem('answer-lost', this.where, { code: named.code, said: saidBy(error) });
    }
  }

  /** Whether the server answered. Without an answer the session is given up, and the server rolls back by itself. */
  private async rollBack(): Promise<boolean> {
    try {
      await this.connection.exchange('ROLLBACK');
      return true;
    } catch (error) {
      this.connection.lose(saidBy(error));
      return false;
    }
  }
}
