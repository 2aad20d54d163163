import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalServer } from '../../cli/src/servers';

const PROGRAM = join(__dirname, '../../examples/service/server.mjs');

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly connection: string | null;
}

export interface ServiceOptions {
  readonly folder: string;
  readonly databaseName: string;
  readonly login: string;
  /** In the order of `PGHOST`; a port in place of a server's own. */
  readonly servers: readonly LocalServer[];
  readonly ports?: readonly number[];
  readonly environment?: Record<string, string>;
}

/** Customer 1 pays merchant 901. */
export const PAYMENT = { customerAccount: 1, merchantAccount: 901, amount: '12.50', currency: 'EUR' };

/** The example payment service as a process of its own, in front of real servers. */
export class PaymentService {
  public static async start(options: ServiceOptions): Promise<PaymentService> {
    const { folder, servers, ports = servers.map(({ port }) => port), databaseName, login, environment } = options;
    const authorities = join(folder, `${randomUUID()}.pem`);
    await writeFile(authorities, servers.map(({ certificateAuthority }) => certificateAuthority).join('\n'));
    const service = new PaymentService(spawn(process.execPath, [PROGRAM], {
      env: {
        PGHOST: servers.map(({ host }) => host).join(','),
        PGPORT: ports.join(','),
        PGDATABASE: databaseName,
        PGUSER: login,
        PGPASSWORD: login,
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: authorities,
        PORT: '0',
        ...environment,
      },
    }));
    service.port = Number((await service.logged(({ event }) => event === 'listening')).port);
    return service;
  }

  /** What it logged, line by line. */
  public readonly log: string[] = [];
  public readonly ended: Promise<number | null>;
  private port = 0;
  private stderr = '';
  private waiting: Array<() => void> = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    void this.ended.then(() => this.wake());
    child.stderr.on('data', (text) => { this.stderr += String(text); });
    createInterface(child.stdout).on('line', (line) => {
      this.log.push(line);
      this.wake();
    });
  }

  public async post(body: unknown, key: string = randomUUID()): Promise<Answer> {
    return this.ask('/payments', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Idempotency-Key': key, 'Content-Type': 'application/json' },
    });
  }

  public async get(path: string): Promise<Answer> {
    return this.ask(path);
  }

  public terminate(): void {
    this.child.kill('SIGTERM');
  }

  /** Waits for a line of the log. */
  public async logged(wanted: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.log.map((line) => JSON.parse(line) as Record<string, unknown>).find(wanted);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`the service ended with ${this.child.exitCode}: ${this.stderr}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  public async remove(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private wake(): void {
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  private async ask(path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, init);
    return { status: response.status, body: await response.json() as Record<string, unknown>, connection: response.headers.get('connection') };
  }
}
