import type { Client } from 'pg';
import { LocalServer, type Major } from '../../../cli/src/servers';
import type { DatabaseLogin } from '../../../src/postgres';
import type { Finding, PreflightRequest, PreflightResult, Side } from '../../../src/preflight/contract';
import { preflight, type Assessor } from '../../../src/preflight/run';
import { Sides } from '../../../src/preflight/sides';
import { TOOLS, type Tools } from '../../../src/preflight/tools';

export const LOGIN = 'payment_migration';
export const OWNER = 'payments_owner';
export const APPLICATION = 'payments_app';
const SIDES: readonly Side[] = ['source', 'target'];

export interface ServersOptions {
  readonly majors?: Record<Side, Major>;
  readonly settings?: Partial<Record<Side, Record<string, string>>>;
  /** How the migration's login is made, on both servers. @default - with the rights that it needs */
  readonly login?: string;
}

export interface DatabaseOptions {
  /** Run by the owner of everything, on both sides. */
  readonly ddl?: string;
  /** Run after it, by a superuser, on one side. */
  readonly source?: string;
  readonly target?: string;
  /** @default - PostgreSQL's own */
  readonly create?: Partial<Record<Side, string>>;
}

export interface RunOptions {
  readonly tools?: Partial<Tools>;
  readonly assessor?: Assessor;
  /** Of the source, where it is another than what was made. */
  readonly login?: Partial<DatabaseLogin>;
}

const RIGHTS = `LOGIN REPLICATION PASSWORD '${LOGIN}' IN ROLE ${OWNER}, pg_monitor, pg_signal_backend`;

/** Two real servers, on which databases are made in pairs and asked about. */
export class Preflighted {
  public static async create({ majors = { source: 17, target: 17 }, settings, login = RIGHTS }: ServersOptions = {}): Promise<Preflighted> {
    const create = async (side: Side) => LocalServer.create({ major: majors[side], name: side, settings: settings?.[side] });
    const [source, target] = await Promise.all(SIDES.map(create));
    const servers = { source, target };
    await Promise.all(SIDES.map(async (side) => {
      const admin = await servers[side].connect();
      await admin.query(`CREATE ROLE ${OWNER}; CREATE ROLE ${APPLICATION} LOGIN PASSWORD '${APPLICATION}'; CREATE ROLE ${LOGIN} ${login}`);
      if (majors[side] >= 15) await admin.query(`GRANT SET ON PARAMETER session_replication_role TO ${LOGIN}`);
      await admin.end();
    }));
    return new Preflighted(servers);
  }

  private readonly clients: Client[] = [];
  private count = 0;

  private constructor(public readonly servers: Record<Side, LocalServer>) {}

  /** The name of a new pair of databases. */
  public async database({ ddl = '', source = '', target = '', create = {} }: DatabaseOptions = {}): Promise<string> {
    const name = `payments_${++this.count}`;
    await Promise.all(SIDES.map(async (side) => {
      const admin = await this.servers[side].connect();
      await admin.query(`CREATE DATABASE ${name} OWNER ${OWNER} ${create[side] ?? ''}`);
      await admin.end();
      const inside = await this.admin(side, name);
      await inside.query(`SET ROLE ${OWNER}; ${ddl}; RESET ROLE`);
      const more = { source, target }[side];
      if (more !== '') await inside.query(more);
    }));
    return name;
  }

  /** A superuser's connection. */
  public async admin(side: Side, database: string): Promise<Client> {
    const client = await this.servers[side].connect(database);
    this.clients.push(client);
    return client;
  }

  public async ask(database: string, request: Omit<PreflightRequest, 'action'> = {}, options: RunOptions = {}): Promise<PreflightResult> {
    const { tools, assessor, login } = options;
    const all = { ...TOOLS, ...tools };
    const sides = new Sides({
      references: { source: { secretId: 'source', databaseName: database }, target: { secretId: 'target', databaseName: database } },
      readSecret: async (side) => {
        const { host, port, certificateAuthority } = this.servers[side as Side];
        return JSON.stringify({ username: LOGIN, password: LOGIN, host, port, certificateAuthority, ...side === 'source' ? login : {} });
      },
      tools: all,
    });
    try {
      return await preflight(sides, { action: 'preflight', ...request }, all, assessor);
    } finally {
      await sides.end();
    }
  }

  public async remove(): Promise<void> {
    await Promise.all(this.clients.map(async (client) => client.end().catch(() => undefined)));
    await Promise.all(SIDES.map(async (side) => this.servers[side].remove()));
  }
}

/** `severity id (side): object` of each finding but those that are named, for a look at all of them. */
export function told({ findings }: PreflightResult, ...without: string[]): string[] {
  return findings.filter(({ id }) => !without.includes(id)).map(({ severity, id, side, object }) => `${severity} ${id} (${side ?? 'both'}): ${object}`);
}

export function of({ findings }: PreflightResult, id: string, side?: Side): Finding[] {
  return findings.filter((finding) => finding.id === id && (side === undefined || finding.side === side));
}
