import type { LocalServer } from '../../cli/src/servers';
import { DatabaseProblem, Session, type DatabaseLogin, type SessionOptions } from '../../src/postgres';

/** How a handler would log in to a local server. */
export function loginOf(server: LocalServer, overrides: Partial<DatabaseLogin> = {}): DatabaseLogin {
  const { host, port, username, password, certificateAuthority } = server;
  return { host, port, username, password, certificateAuthority, ...overrides };
}

export async function open(login: DatabaseLogin, options: Partial<SessionOptions> = {}, database = 'postgres'): Promise<Session> {
  return Session.open(login, database, { applicationName: 'test', ...options });
}

/** The problem that something ends with; it must end with one. */
export async function problemOf(work: Promise<unknown>): Promise<DatabaseProblem> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof DatabaseProblem) return error;
  throw new Error(`got ${String(error)}, expected a DatabaseProblem`);
}

/** Everything of an error that a logger would print. */
export function printed(error: Error): string {
  return [String(error), error.stack, JSON.stringify(error), JSON.stringify(Object.entries(error)), String(error.cause)].join('\n');
}

/** How many TCP sockets this process still holds. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCPSocketWrap|TLSWrap)$/.test(kind)).length;
}

export async function until(condition: () => boolean | Promise<boolean>, patienceMs = 5_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`not so within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A port on which nobody listens. */
export const CLOSED_PORT = 1;
