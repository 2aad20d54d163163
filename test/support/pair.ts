import type { Client } from 'pg';
import { LocalServer, type Major } from '../../cli/src/servers';
import { arm } from '../../src/cutover/arm';
import type { ArmRequest, Side } from '../../src/cutover/contract';
import { Databases } from '../../src/cutover/databases';
import { TOOLS } from '../../src/cutover/tools';
import type { SessionOptions } from '../../src/postgres';

export const SIDES: readonly Side[] = ['source', 'target'];
export const DATABASE = 'payments';
export const MIGRATION = 'payment_migration';
export const APPLICATION = 'payments_app';
export const OWNER = 'payments_owner';

export interface PairOptions {
  readonly majors?: Record<Side, Major>;
  /** What both databases get, run by the owner of the tables. */
  readonly ddl: string;
  /** Whether the migration's login is a superuser; RDS has none. @default false */
  readonly superuser?: boolean;
  readonly settings?: Record<string, string>;
}

/** Two real servers of two majors, each with a database, its owner, the application's login and the migration's. */
export class Pair {
  public static async create(options: PairOptions): Promise<Pair> {
    const majors = options.majors ?? { source: 17, target: 18 };
    const create = async (side: Side) => LocalServer.create({ major: majors[side], name: side, settings: options.settings });
    const [source, target] = await Promise.all([create('source'), create('target')]);
    const pair = new Pair({ source, target });
    await Promise.all(SIDES.map(async (side) => pair.prepare(side, options)));
    return pair;
  }

  private readonly clients: Client[] = [];
  private readonly opened: Databases[] = [];

  private constructor(public readonly servers: Record<Side, LocalServer>) {}

  /** A superuser's connection. */
  public async admin(side: Side): Promise<Client> {
    return this.remembered(this.servers[side].connect(DATABASE));
  }

  /** The application's connection. */
  public async app(side: Side): Promise<Client> {
    return this.remembered(this.servers[side].connect(DATABASE, { user: APPLICATION, password: APPLICATION }));
  }

  /** What a handler is given. */
  public databases(session?: Partial<SessionOptions>, through?: Partial<Record<Side, { readonly port: number }>>): Databases {
    const databases = new Databases({
      references: { source: { secretId: 'source', databaseName: DATABASE }, target: { secretId: 'target', databaseName: DATABASE } },
      readSecret: async (secretId) => {
        const { host, port, certificateAuthority } = this.servers[secretId as Side];
        const login = { username: MIGRATION, password: MIGRATION };
        return JSON.stringify({ ...login, host, port: through?.[secretId as Side]?.port ?? port, certificateAuthority });
      },
      session,
    });
    this.opened.push(databases);
    return databases;
  }

  public async arm(side: Side, request: Partial<ArmRequest> = {}) {
    const databases = this.databases();
    try {
      return await arm(databases, { action: 'arm', side, ...request }, TOOLS);
    } finally {
      await databases.end();
    }
  }

  public async remove(): Promise<void> {
    await Promise.all(this.opened.map(async (databases) => databases.end()));
    await Promise.all(this.clients.map(async (client) => client.end().catch(() => undefined)));
    await Promise.all(SIDES.map(async (side) => this.servers[side].remove()));
  }

  private async remembered(connecting: Promise<Client>): Promise<Client> {
    const client = await connecting;
    this.clients.push(client);
    return client;
  }

  private async prepare(side: Side, { ddl, superuser }: PairOptions): Promise<void> {
    const root = await this.servers[side].connect();
    await root.query(`
      CREATE ROLE ${OWNER};
      CREATE ROLE ${APPLICATION} LOGIN PASSWORD '${APPLICATION}';
      CREATE ROLE ${MIGRATION} LOGIN REPLICATION CREATEROLE ${superuser ? 'SUPERUSER' : ''} PASSWORD '${MIGRATION}' IN ROLE ${OWNER}, pg_monitor, pg_signal_backend`);
    await root.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
    await root.end();
    const admin = await this.servers[side].connect(DATABASE);
    await admin.query(`SET ROLE ${OWNER}; ${ddl}`);
    await admin.end();
  }
}
