import type { Client } from 'pg';
import type { Side } from '../../../src/cutover/contract';
import { LocalServer, type Major } from '../servers';
import { APPLICATION, installLogins, installSchema, OWNER, type Place } from '../workload';

export const SIDES: readonly Side[] = ['source', 'target'];
export const DATABASE = 'payments';
export const MIGRATION_LOGIN = 'payment_migration';
/** What reads and applies changes by SQL, where replication does not do it inside the server. */
const REPLICATION_LOGIN = 'payments_replication';
/** Two majors, as in a migration. */
export const MAJORS: Record<Side, Major> = { source: 17, target: 18 };
/** A subscription whose connection broke tries again soon; by default PostgreSQL waits five seconds. */
const SETTINGS = { wal_retrieve_retry_interval: '500ms' };

/** Where the migration takes place: two servers of this machine that are thrown away, each with a database and its logins. */
export class LocalSite {
  public static async create(): Promise<LocalSite> {
    const create = async (side: Side) => LocalServer.create({ major: MAJORS[side], name: side, settings: SETTINGS });
    const [source, target] = await Promise.all([create('source'), create('target')]);
    const site = new LocalSite({ source, target });
    try {
      await Promise.all(SIDES.map(async (side) => site.install(side)));
    } catch (error) {
      await site.remove();
      throw error;
    }
    return site;
  }

  private constructor(public readonly servers: Record<Side, LocalServer>) {}

  /** What Secrets Manager holds on AWS. The migration's login is no superuser, as on RDS. */
  public secret(side: Side): string {
    const { host, port, certificateAuthority } = this.servers[side];
    return JSON.stringify({ username: MIGRATION_LOGIN, password: passwordOf(MIGRATION_LOGIN), host, port, certificateAuthority });
  }

  public get applicationLogin(): { readonly username: string; readonly password: string } {
    return { username: APPLICATION, password: passwordOf(APPLICATION) };
  }

  public get replicationLogin(): { readonly username: string; readonly password: string } {
    return { username: REPLICATION_LOGIN, password: passwordOf(REPLICATION_LOGIN) };
  }

  /** Where clients find the side: plain data, since they run in a thread of their own. */
  public place(side: Side): Place {
    const { host, port, certificateAuthority } = this.servers[side];
    return { host, port, certificateAuthority };
  }

  /** As a superuser, who is told that a closed side is read-only and is not meant by it. */
  public async connect(side: Side): Promise<Client> {
    return this.servers[side].connect(DATABASE, { options: '-c default_transaction_read_only=off' });
  }

  /** As who reads and applies changes by SQL. */
  public async connectToApply(side: Side): Promise<Client> {
    const { username: user, password } = this.replicationLogin;
    return this.servers[side].connect(DATABASE, { user, password });
  }

  public async using<T>(side: Side, work: (client: Client) => Promise<T>, connecting = this.connect(side)): Promise<T> {
    const client = await connecting;
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Makes the payments' tables by the rehearsal's own statements. */
  public async installSchema(side: Side): Promise<void> {
    await this.using(side, async (client) => installSchema(client));
  }

  public async remove(): Promise<void> {
    await Promise.all(SIDES.map(async (side) => this.servers[side].remove()));
  }

  private async install(side: Side): Promise<void> {
    const root = await this.servers[side].connect();
    try {
      await root.query(`
        CREATE ROLE ${OWNER};
        CREATE ROLE ${APPLICATION} LOGIN;
        CREATE ROLE ${REPLICATION_LOGIN} LOGIN REPLICATION PASSWORD '${passwordOf(REPLICATION_LOGIN)}'`);
      await root.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
      // The migration's login may set this for itself alone.
      await root.query(`ALTER ROLE ${REPLICATION_LOGIN} IN DATABASE ${DATABASE} SET default_transaction_read_only = off`);
      await root.query(`
        CREATE ROLE ${MIGRATION_LOGIN} LOGIN REPLICATION PASSWORD '${passwordOf(MIGRATION_LOGIN)}'
          IN ROLE ${OWNER}, pg_monitor, pg_signal_backend, pg_create_subscription`);
    } finally {
      await root.end();
    }
    await this.using(side, async (client) => installLogins(client, { password: passwordOf(APPLICATION) }));
  }
}

/** The servers listen on this machine's loopback alone and are gone in a minute. */
function passwordOf(login: string): string {
  return `${login}-rehearsal`;
}
