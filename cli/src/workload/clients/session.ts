import { Socket } from 'node:net';
import { Client, DatabaseError, type QueryConfig, type QueryResult } from 'pg';
import { ConnectionProblem } from './problem';
import type { Place, Side, WorkloadLogin } from '../contract';

/** From the first packet to the answer whether this side takes writes. */
const CONNECT_MS = 500;

/** What every session of a run shares. */
export interface SessionOptions {
  readonly sides: Readonly<Record<Side, Place>>;
  readonly login: WorkloadLogin;
  readonly databaseName: string;
}

/** A client's connection to one side. Whatever happens to the connection, what waits for it is told. */
export class WriterSession {
  /** Connects where writes are taken; throws where they are not. */
  static async open(options: SessionOptions, side: Side): Promise<WriterSession> {
    const session = new WriterSession(options, side);
    const timer = setTimeout(() => session.lose('ETIMEDOUT', `no session within ${CONNECT_MS} ms`), CONNECT_MS);
    try {
      await session.awaited(session.client.connect());
      const { rows: [{ closed }] } = await session.awaited(session.client.query<{ closed: boolean }>(
        "SELECT current_setting('transaction_read_only')::boolean AS closed",
      ));
      if (closed) throw new ConnectionProblem('read-only', `the ${side} takes no writes`);
      return session;
    } catch (error) {
      session.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private readonly socket = new Socket();
  private readonly client: Client;
  private lost?: ConnectionProblem;
  /** Rejects what is being waited for. */
  private interrupt?: (error: ConnectionProblem) => void;

  private constructor({ sides, login, databaseName }: SessionOptions, readonly side: Side) {
    const { host, port, certificateAuthority } = sides[side];
    this.client = new Client({
      host,
      port,
      user: login.username,
      password: login.password,
      database: databaseName,
      application_name: 'payment-migration workload',
      ssl: { ca: certificateAuthority, rejectUnauthorized: true },
      stream: () => this.socket,
    });
    this.client.on('error', (error: NodeJS.ErrnoException) => this.lose(error.code ?? 'ECONNRESET', error.message));
    this.client.on('end', () => this.lose('ECONNRESET', 'the connection ended'));
  }

  /** Runs one statement. */
  async query<Row extends object>(config: QueryConfig): Promise<QueryResult<Row>> {
    if (this.lost !== undefined) throw this.lost;
    return this.awaited(this.client.query<Row>(config));
  }

  /** Closes without waiting for anybody; what waits is told so. */
  end(reason = 'the client ended it'): void {
    this.lose('ECONNABORTED', reason);
  }

  private async awaited<T>(answer: Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.interrupt = reject;
        answer.then(resolve, reject);
      });
    } catch (error) {
      if (error instanceof DatabaseError || error instanceof ConnectionProblem) throw error;
      // pg's own words for a connection that ended, and the operating system's.
      const { code = 'ECONNRESET', message } = error as NodeJS.ErrnoException;
      throw this.lost ?? new ConnectionProblem(code, message);
    } finally {
      this.interrupt = undefined;
    }
  }

  private lose(code: string, message: string): void {
    this.lost ??= new ConnectionProblem(code, message);
    this.socket.destroy();
    this.interrupt?.(this.lost);
  }
}
