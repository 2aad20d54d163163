import type { Client } from 'pg';
import { LocalServer, type Major } from '../../../cli/src/servers';
import { answer } from '../../../src/validation/answer';
import type { Side, ValidationRequest, ValidationResult } from '../../../src/validation/contract';
import { runValidation, type RunOptions } from '../../../src/validation/run';
import { BOTH, Sides } from '../../../src/validation/sides';
import { TOOLS, type Tools } from '../../../src/validation/tools';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Two real servers of two majors, with as many pairs of databases as tests want. */
export class TwoServers {
  public static async create(majors: Record<Side, Major> = { source: 17, target: 18 }, settings: Record<string, string> = {}): Promise<TwoServers> {
    const [source, target] = await Promise.all(BOTH.map(async (side) => LocalServer.create({
      major: majors[side], name: side, settings: { fsync: 'off', ...settings },
    })));
    return new TwoServers({ source, target });
  }

  private made = 0;
  private readonly databases: TwoDatabases[] = [];

  private constructor(public readonly servers: Record<Side, LocalServer>) {}

  /** A new pair of databases: `sql` runs on both, then what is for one side. */
  public async databasesWith(sql: string, only: Partial<Record<Side, string>> = {}): Promise<TwoDatabases> {
    this.made += 1;
    const name = `payments_${this.made}`;
    const [source, target] = await Promise.all(BOTH.map(async (side) => {
      await this.servers[side].createDatabase(name);
      return this.servers[side].connect(name);
    }));
    const made = new TwoDatabases(this.servers, name, { source, target });
    this.databases.push(made);
    await Promise.all(BOTH.map(async (side) => made.sql[side].query(`${sql};\n${only[side] ?? ''}`)));
    return made;
  }

  public async remove(): Promise<void> {
    await Promise.all(this.databases.map(async (each) => each.end()));
    await Promise.all(BOTH.map(async (side) => this.servers[side].remove()));
  }
}

/** Two databases that are compared. */
export class TwoDatabases {
  /** What the function logs in with: superusers where it is not said. */
  public logins: Partial<Record<Side, Login>> = {};
  /** Ports that lead to the servers by a detour. */
  public ports: Partial<Record<Side, number>> = {};
  public readonly requests: ValidationRequest[] = [];

  public constructor(private readonly servers: Record<Side, LocalServer>, public readonly name: string, public readonly sql: Record<Side, Client>) {}

  public async both(text: string): Promise<void> {
    await Promise.all(BOTH.map(async (side) => this.sql[side].query(text)));
  }

  /** One call of the function, with what goes in and comes out as JSON. */
  public async ask<R>(request: ValidationRequest, tools: Partial<Tools> = {}): Promise<R> {
    this.requests.push(request);
    const sides = this.sides(tools);
    try {
      return JSON.parse(JSON.stringify(await answer(sides, JSON.parse(JSON.stringify(request)) as ValidationRequest, { ...TOOLS, ...tools }))) as R;
    } finally {
      await sides.end();
    }
  }

  public async validate(options: RunOptions = {}): Promise<ValidationResult> {
    return runValidation(async (request) => this.ask(request), { catchUp: 'none', ...options });
  }

  public sides(tools: Partial<Tools> = {}): Sides {
    return new Sides({
      references: { source: { secretId: 'source', databaseName: this.name }, target: { secretId: 'target', databaseName: this.name } },
      readSecret: async (secretId) => {
        const side = secretId as Side;
        const { host, port, certificateAuthority, username, password } = this.servers[side];
        return JSON.stringify({ host, port: this.ports[side] ?? port, certificateAuthority, username, password, ...this.logins[side] });
      },
      tools: { ...TOOLS, ...tools },
    });
  }

  public async end(): Promise<void> {
    await Promise.all(BOTH.map(async (side) => this.sql[side].end().catch(() => undefined)));
  }
}
