/** How a session is opened and how long it waits. */
export interface SessionOptions {
  /** What pg_stat_activity shows. */
  readonly applicationName: string;
  /** TCP, TLS, login and the first settings together. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** @default 30000 */
  readonly statementTimeoutMs?: number;
  /** @default 5000 */
  readonly lockTimeoutMs?: number;
  /** How long a transaction may wait for its client: a handler that died must not hold locks. @default 10000 */
  readonly idleInTransactionTimeoutMs?: number;
  /** How long one answer may take before the session is given up: a dead peer must not hang a handler. @default - 5000 more than `statementTimeoutMs` */
  readonly answerTimeoutMs?: number;
}

/** `SessionOptions` with everything filled in. */
export interface SessionLimits {
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
  readonly answerMs: number;
}

const LONGEST_MS = 2_147_483_647;

export function limitsOf(options: SessionOptions): SessionLimits {
  const statementMs = judged('statementTimeoutMs', options.statementTimeoutMs ?? 30_000);
  return {
    connectMs: judged('connectTimeoutMs', options.connectTimeoutMs ?? 5_000),
    statementMs,
    lockMs: judged('lockTimeoutMs', options.lockTimeoutMs ?? 5_000),
    idleInTransactionMs: judged('idleInTransactionTimeoutMs', options.idleInTransactionTimeoutMs ?? 10_000),
    // Later than the server's own verdict, which says more.
    answerMs: judged('answerTimeoutMs', options.answerTimeoutMs ?? Math.min(statementMs + 5_000, LONGEST_MS)),
  };
}

function judged(name: string, ms: number): number {
  if (!Number.isInteger(ms) || ms < 1 || ms > LONGEST_MS) throw new Error(`${name}: got ${ms}, allowed: whole milliseconds from 1 to ${LONGEST_MS}`);
  return ms;
}

/**
 * What is true of every session whatever a role, a database or a server has as its default: sent with the startup packet, where it
 * wins over `ALTER ROLE` and `ALTER DATABASE`. Spelt as pg_settings shows it, since it is compared with that.
 */
export function startupSettings(limits: SessionLimits): Readonly<Record<string, string>> {
  return {
    // Names mean built-in ones or are qualified; temporary objects, which are looked at first by default, come last.
    search_path: 'pg_catalog, pg_temp',
    default_transaction_isolation: 'read committed',
    // The closed side has `on`, for discovery.
    default_transaction_read_only: 'off',
    default_transaction_deferrable: 'off',
    // What was answered survives a crash.
    synchronous_commit: 'on',
    statement_timeout: String(limits.statementMs),
    lock_timeout: String(limits.lockMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
    // A policy that would hide rows is an error instead: a comparison or a marker must not miss any silently.
    row_security: 'off',
    standard_conforming_strings: 'on',
    transform_null_equals: 'off',
    array_nulls: 'on',
    // How values and definitions are written, which is compared between the sides.
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    xmlbinary: 'base64',
    quote_all_identifiers: 'off',
    client_min_messages: 'warning',
  };
}

/** The server's own watch over a client that went away: half a minute. Not compared: what a system does not have reads as 0. */
export const KEEPALIVE_SETTINGS: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '15',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
};

/** Set after the login, where the server knows them: a startup packet with an unknown one is refused. */
export const LATER_SETTINGS: Readonly<Record<string, string>> = {
  // 14: waiting for work is not being away.
  idle_session_timeout: '0',
  // 17: `statement_timeout` and `idle_in_transaction_session_timeout` bound a transaction here.
  transaction_timeout: '0',
};

/** 14, and not on every system: ends a statement whose client is gone. */
export const CONNECTION_CHECK_SETTING: Readonly<Record<string, string>> = { client_connection_check_interval: '1000' };

/** Settings as the startup packet's `options` want them: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS */
export function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`).join(' ');
}
