import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg';
import { serverAccount } from './account';
import { findBinaries, type Binaries, type Major } from './binaries';
import { serverCertificate } from './certificate';
import { conninfo } from './conninfo';
import { CERTIFICATE_AUTHORITY_FILE, makeDataDirectory, useCertificate, type ServerPlace } from './data-directory';
import { PortTakenError, withFreePort } from './free-port';
import { Guard } from './guard';
import type { LocalLogin, LocalServerOptions, StandbyOptions } from './local-server-options';
import { forgetPidFile, Postmaster } from './postmaster';
import { makeServerFolder } from './server-folder';
import { endOfLog, logPosition } from './server-log';
import { copyDataDirectory, followPrimary, promote, streaming, waitForCommitsOn } from './standby';

interface Parts extends ServerPlace {
  readonly major: Major;
  readonly name: string;
  readonly password: string;
  readonly binaries: Binaries;
  readonly guard: Guard;
}

const SUPERUSER = 'postgres';
/** Recovery after a crash under load included. */
const START_MS = 60_000;
const STOP_MS = 60_000;
/** The postmaster itself kills what does not end within 5 s of SIGQUIT. */
const CRASH_MS = 20_000;
const POLL_MS = 20;
const CONNECT_MS = 10_000;

/**
 * A real PostgreSQL server on this machine, for tests and rehearsals: reachable on 127.0.0.1 only, over TLS only, ready for logical
 * replication. It ends with the process that made it, however that ends.
 */
export class LocalServer {
  /** Makes a server and starts it. */
  static async create(options: LocalServerOptions): Promise<LocalServer> {
    const password = randomBytes(24).toString('hex');
    const { major, folder, name = `postgresql-${major}`, settings = {} } = options;
    return LocalServer.make({ major, folder, name, password }, (parts) => makeDataDirectory({ ...parts, username: SUPERUSER, settings }));
  }

  /** Makes a standby that follows the primary by streaming, and starts it. The primary is restarted on the way. */
  static async standbyOf(primary: LocalServer, options: StandbyOptions = {}): Promise<LocalServer> {
    const { major, password } = primary;
    const { folder, name = `${primary.name}-standby`, synchronous = false } = options;
    const standby = await LocalServer.make({ major, folder, name, password }, async (parts) => {
      await primary.stop();
      await copyDataDirectory(primary.dataDirectory, parts).finally(() => primary.start());
      await followPrimary(parts.dataDirectory, parts.account, `${primary.conninfo()} ${conninfo({ application_name: name })}`);
    });
    try {
      await primary.use(async (client) => {
        if (synchronous) await waitForCommitsOn(client, name);
        await streaming(client, name, synchronous);
      });
      return standby;
    } catch (error) {
      await standby.remove();
      throw error;
    }
  }

  private static async make(
    wanted: { major: Major; folder?: string; name: string; password: string },
    fill: (parts: Parts) => Promise<void>,
  ): Promise<LocalServer> {
    const account = serverAccount();
    const binaries = await findBinaries(wanted.major, account);
    const folder = await makeServerFolder(wanted.folder, wanted.name, account);
    const parts: Parts = { ...wanted, folder, dataDirectory: join(folder, 'data'), account, binaries, guard: new Guard(folder) };
    try {
      await fill(parts);
      const certificate = await serverCertificate();
      await useCertificate(parts, certificate);
      return await withFreePort(async (port) => {
        const server = new LocalServer(parts, port, certificate.certificateAuthority);
        await server.start();
        return server;
      });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      parts.guard.release();
      throw error;
    }
  }

  readonly major: Major;
  readonly name: string;
  readonly host = 'localhost';
  /** The superuser. */
  readonly username = SUPERUSER;
  readonly password: string;
  /** The certificate authority as a file, for `sslrootcert`. */
  readonly certificateAuthorityFile: string;
  readonly folder: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  private postmaster: Postmaster | undefined;
  private starting: Promise<void> | undefined;
  private removing: Promise<void> | undefined;

  /** `certificateAuthority` is what a client must trust, in PEM. */
  private constructor(private readonly parts: Parts, readonly port: number, readonly certificateAuthority: string) {
    this.major = parts.major;
    this.name = parts.name;
    this.password = parts.password;
    this.folder = parts.folder;
    this.certificateAuthorityFile = join(parts.folder, CERTIFICATE_AUTHORITY_FILE);
    this.dataDirectory = parts.dataDirectory;
    this.logFile = join(parts.folder, 'server.log');
  }

  get isRunning(): boolean {
    return this.postmaster?.isRunning === true;
  }

  /** The operating system's number of the main process; undefined when the server is down. */
  get pid(): number | undefined {
    return this.isRunning ? this.postmaster?.pid : undefined;
  }

  /** Starts the server where it is down, and waits until it accepts connections. */
  async start(): Promise<void> {
    this.starting ??= this.launch().finally(() => { this.starting = undefined; });
    await this.starting;
  }

  /** Shuts the server down cleanly, whoever is connected. */
  async stop(): Promise<void> {
    if (await this.postmaster?.end('SIGINT', STOP_MS) ?? true) return;
    throw new Error(`${this.name} did not stop within ${STOP_MS / 1000} s; ${await endOfLog(this.logFile)}`);
  }

  /** Ends the server as a crash does: nothing is written any more, and the next start recovers. */
  async crash(): Promise<void> {
    if (!this.isRunning) throw new Error(`crash: got ${this.name}, which is down; start it first`);
    // Not SIGKILL: that leaves the server's other processes running for a while.
    if (await this.postmaster?.end('SIGQUIT', CRASH_MS)) return;
    throw new Error(`${this.name} is still there ${CRASH_MS / 1000} s after SIGQUIT; ${await endOfLog(this.logFile)}`);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Makes a standby a primary of its own. The old primary is not told. */
  async promote(): Promise<void> {
    await this.use((client) => promote(client, this.name, this.dataDirectory));
  }

  /** Ends the server and deletes its folder. */
  async remove(): Promise<void> {
    this.removing ??= this.erase();
    await this.removing;
  }

  /**
   * A connected client of the superuser, or of the login that the overrides name.
   *
   * The authority signed nothing but this server's certificate: whoever answers here is this server.
   */
  async connect(database = 'postgres', overrides: ClientConfig = {}): Promise<Client> {
    const client = new Client({
      host: this.host,
      port: this.port,
      user: this.username,
      password: this.password,
      database,
      connectionTimeoutMillis: CONNECT_MS,
      ssl: { ca: this.certificateAuthority, rejectUnauthorized: true },
      ...overrides,
    });
    // A server that goes away fails the queries that wait for it; without a listener it would end this process.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  /** The same for libpq, such as for CREATE SUBSCRIPTION on another local server. */
  conninfo(database = 'postgres', login: Pick<LocalLogin, 'username' | 'password'> = this): string {
    const { host, port, certificateAuthorityFile: sslrootcert } = this;
    return conninfo({ host, port, dbname: database, user: login.username, password: login.password, sslmode: 'verify-full', sslrootcert });
  }

  async createDatabase(name: string): Promise<void> {
    await this.use((client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)}`));
  }

  async createLogin(login: LocalLogin): Promise<void> {
    const rights = [login.superuser ?? false ? 'SUPERUSER' : 'NOSUPERUSER', login.replication ?? false ? 'REPLICATION' : 'NOREPLICATION'];
    const statement = `CREATE ROLE ${escapeIdentifier(login.username)} LOGIN ${rights.join(' ')} PASSWORD ${escapeLiteral(login.password)}`;
    await this.use((client) => client.query(statement));
  }

  private async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.connect();
    return work(client).finally(() => client.end());
  }

  private async launch(): Promise<void> {
    if (this.removing !== undefined) throw new Error(`start: got ${this.name}, which was removed; create another`);
    if (this.isRunning) return;
    const { binaries: { postgres }, account, guard } = this.parts;
    const { dataDirectory, port, logFile } = this;
    await forgetPidFile(dataDirectory, this.postmaster);
    const logged = await logPosition(logFile);
    const postmaster = new Postmaster({ postgres, dataDirectory, port, logFile, account });
    this.postmaster = postmaster;
    guard.watch(postmaster.pid);
    void postmaster.ended.then(() => guard.watch(undefined));

    const deadline = Date.now() + START_MS;
    while (postmaster.isRunning && Date.now() < deadline) {
      // Who has taken the port may be silent: an end is not waited for behind it.
      if (await Promise.race([this.answers(), postmaster.ended.then(() => false)])) return;
      await sleep(POLL_MS);
    }
    const reason = postmaster.isRunning ? `no answer within ${START_MS / 1000} s` : await postmaster.ended;
    await postmaster.end('SIGQUIT', CRASH_MS);
    const message = `${this.name} did not start: ${reason}; ${await endOfLog(logFile, logged)}`;
    throw message.includes('Address already in use') ? new PortTakenError(message) : new Error(message);
  }

  private async answers(): Promise<boolean> {
    try {
      const { rows: [{ place }] } = await this.use((client) => client.query<{ place: string }>("SELECT current_setting('data_directory') AS place"));
      return place === this.dataDirectory;
    } catch {
      return false;
    }
  }

  private async erase(): Promise<void> {
    // Nothing of it is needed any more, so it need not shut down in order.
    if (this.isRunning && !await this.postmaster?.end('SIGQUIT', CRASH_MS)) await this.postmaster?.end('SIGKILL', CRASH_MS);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    this.parts.guard.release();
  }
}
