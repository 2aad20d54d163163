import { Socket } from 'node:net';
import { Client, type QueryResult } from 'pg';
import { explain, isServerError, saidBy } from './explain';
import type { DatabaseLogin } from './login';
import { DatabaseProblem, problem } from './problem';
import {
  CONNECTION_CHECK_SETTING, KEEPALIVE_SETTINGS, LATER_SETTINGS, limitsOf, startupOptions, startupSettings, type SessionLimits, type SessionOptions,
} from './session-settings';
import { trust } from './trust';
import { VALUE_TYPES } from './value-types';

const KEEPALIVE_DELAY_MS = 10_000;
const END_PATIENCE_MS = 1_000;
/** SQLSTATEs that end the session they are sent to. The severity says so too, but in the server's language. */
const ENDS_SESSION = /^(08|57P|25P0[34])/;
/** Where PostgreSQL warns that a commit which somebody cancelled stands here, and perhaps on no standby. */
const COMMIT_UNCONFIRMED = 'SyncRepWaitForLSN';

/** Something was sent, and no answer came that can be relied on. */
export class AnswerLost extends Error {}

/** The wire under a session: statements go out one after the other, and each has an answer, an error or an end in bounded time. */
export class Connection {
  private readonly limits: SessionLimits;
  private readonly settings: Readonly<Record<string, string>>;
  private readonly socket = new Socket();
  private readonly client: Client;
  /** Why the connection is of no use any more. */
  private lost?: string;
  /** Rejects what is being waited for. */
  private interrupt?: (error: AnswerLost) => void;
  /** The server's warning that the commit may not last. */
  private unconfirmed?: string;
  /** Resolves when the statement before has its answer. */
  private turn: Promise<void> = Promise.resolve();

  constructor(readonly where: string, login: DatabaseLogin, databaseName: string, options: SessionOptions) {
    // A NUL ends a field of the startup packet, and what follows would be taken for further settings.
    for (const text of [login.username, login.password, databaseName, options.applicationName]) {
      if (text === '' || text.includes('\0')) throw new Error(`login, database name and application name of ${where}: got none or a NUL, allowed: text`);
    }
    this.limits = limitsOf(options);
    this.settings = startupSettings(this.limits);
    this.client = new Client({
      host: login.host,
      port: login.port,
      user: login.username,
      password: login.password,
      database: databaseName,
      application_name: options.applicationName,
      options: startupOptions({ ...this.settings, ...KEEPALIVE_SETTINGS }),
      ssl: trust(login),
      sslnegotiation: 'postgres',
      stream: () => this.socket,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
      types: VALUE_TYPES,
    });
    // Without a listener an idle connection that ends would end the process.
    this.client.on('error', (error) => this.lose(saidBy(error)));
    this.client.on('notice', ({ routine, message }) => { if (routine === COMMIT_UNCONFIRMED) this.unconfirmed = message; });
  }

  get isLost(): boolean {
    return this.lost !== undefined;
  }

  /** TCP, TLS, login and settings, within one time-out. */
  async open(): Promise<void> {
    const { connectMs } = this.limits;
    const deadline = Date.now() + connectMs;
    try {
      await this.awaited(this.client.connect(), connectMs);
      await this.settle(() => Math.max(1, deadline - Date.now()));
    } catch (error) {
      this.lose('it was never opened');
      if (error instanceof AnswerLost) throw problem('unreachable', this.where, { said: error.message });
      const named = explain(error, this.where);
      // Whoever hangs up before the login is over was never reached.
      throw named.problem === 'connection-lost' ? problem('unreachable', this.where, { code: named.code, said: saidBy(error) }) : named;
    }
  }

  /**
   * Sends a statement when its turn comes, and gives the answer, that of the last one where the text holds several.
   *
   * Throws the problem 'connection-lost' where nothing was sent, `AnswerLost` where the answer is missing, else what pg throws.
   */
  async exchange(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    if (text.includes('\0')) throw new Error('statement: got a NUL, allowed: any other character');
    const before = this.turn;
    let done: (() => void) | undefined;
    this.turn = new Promise((resolve) => { done = resolve; });
    await before;
    try {
      if (this.lost !== undefined) throw problem('connection-lost', this.where, { said: this.lost });
      return await this.answerTo(text, values);
    } finally {
      done?.();
    }
  }

  /** Gives the connection up. The server rolls back what is not committed as soon as it notices. */
  lose(reason: string): void {
    this.lost ??= reason;
    this.socket.destroy();
    this.interrupt?.(new AnswerLost(this.lost));
  }

  /** Says goodbye, waits a second at most, and closes the socket. Never throws. */
  async end(): Promise<void> {
    this.lost ??= 'it was ended here';
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => { timer = setTimeout(resolve, END_PATIENCE_MS); });
    await Promise.race([this.client.end().catch(() => undefined), patience]);
    clearTimeout(timer);
    this.socket.destroy();
  }

  private async answerTo(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    this.unconfirmed = undefined;
    try {
      const sent: Promise<QueryResult | QueryResult[]> = values === undefined ? this.client.query(text) : this.client.query(text, [...values]);
      const answer = await this.awaited(sent, this.limits.answerMs);
      if (this.unconfirmed !== undefined) throw new AnswerLost(this.unconfirmed);
      return Array.isArray(answer) ? answer[answer.length - 1] : answer;
    } catch (error) {
      if (isServerError(error) && (ENDS_SESSION.test(error.code) || /^(FATAL|PANIC)$/.test(error.severity))) this.lose(saidBy(error));
      // pg's own words for a connection that ended have no code.
      if (this.lost !== undefined && !isServerError(error)) throw new AnswerLost(this.lost);
      throw error;
    }
  }

  /** Waits for an answer of the server until the time is over or the connection ends. */
  private async awaited<T>(answer: Promise<T>, ms: number): Promise<T> {
    const timer = setTimeout(() => this.lose(`no answer within ${ms} ms`), ms);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.interrupt = reject;
        answer.then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      this.interrupt = undefined;
    }
  }

  /** Compares what was sent at startup, and sets what only some servers know. */
  private async settle(leftMs: () => number): Promise<void> {
    const { rows } = await this.awaited(this.client.query<{ name: string }>(
      `SELECT wanted.name
       FROM unnest($1::text[], $2::text[]) AS wanted (name, value) LEFT JOIN pg_catalog.pg_settings AS actual USING (name)
       WHERE actual.setting IS DISTINCT FROM wanted.value
       ORDER BY wanted.name`,
      [Object.keys(this.settings), Object.values(this.settings)],
    ), leftMs());
    if (rows.length > 0) {
      throw problem('unexpected', this.where, {
        said: `these settings did not stay: ${rows.map(({ name }) => name).join(', ')}`,
        remedy: 'connect to the server itself, since a pooler drops what a session needs, and have no login trigger that changes it',
      });
    }
    await this.setLater(LATER_SETTINGS, leftMs());
    await this.setLater(CONNECTION_CHECK_SETTING, leftMs()).catch((error: unknown) => {
      // Invalid value: the server's operating system does not offer it.
      if (!isServerError(error) || error.code !== '22023') throw error;
    });
  }

  private async setLater(settings: Readonly<Record<string, string>>, ms: number): Promise<void> {
    await this.awaited(this.client.query(
      `SELECT pg_catalog.set_config(name, value, false)
       FROM unnest($1::text[], $2::text[]) AS wanted (name, value) JOIN pg_catalog.pg_settings USING (name)`,
      [Object.keys(settings), Object.values(settings)],
    ), ms);
  }
}

/** What a statement of a session met, `DatabaseProblem` where it was none. */
export function problemOf(error: unknown, where: string, answerLost: 'answer-lost' | 'connection-lost'): DatabaseProblem {
  return error instanceof AnswerLost ? problem(answerLost, where, { said: error.message }) : explain(error, where);
}
