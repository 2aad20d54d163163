import { appendFile, chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account';
import type { Binaries } from './binaries';
import type { ServerCertificate } from './certificate';
import { runAs } from './command';
import type { Guard } from './guard';

export const CERTIFICATE_AUTHORITY_FILE = 'certificate-authority.pem';

/** As a database that is ready for replication in both directions; durability is left as it is. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  ssl: 'on',
  log_destination: 'stderr',
  logging_collector: 'off',
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_worker_processes: '20',
  max_logical_replication_workers: '8',
  max_prepared_transactions: '10',
  max_connections: '200',
  // A standby that was down for a while finds what it missed, without a slot that others would see.
  wal_keep_size: '256MB',
};

/** Only with TLS and a password, as on RDS with rds.force_ssl. */
const HOST_BASED_AUTHENTICATION = `
hostssl all         all 127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
`;

/** Where a server is kept, and as whom it runs. */
export interface ServerPlace {
  readonly folder: string;
  readonly dataDirectory: string;
  readonly account: Account | undefined;
}

export interface DataDirectoryOptions extends ServerPlace {
  readonly binaries: Binaries;
  readonly username: string;
  readonly password: string;
  readonly settings: Record<string, string>;
  readonly guard: Guard;
}

export async function makeDataDirectory(options: DataDirectoryOptions): Promise<void> {
  const { folder, dataDirectory, account } = options;
  const passwordFile = join(folder, 'password');
  await writeFor(account, passwordFile, `${options.password}\n`);
  await runAs(options.binaries.initdb, [
    '--pgdata', dataDirectory, '--username', options.username, '--pwfile', passwordFile,
    '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-instructions',
  ], { account, cwd: folder, started: ({ pid }) => options.guard.watch(pid) });
  options.guard.watch(undefined);
  await rm(passwordFile);
  await writeFor(account, join(dataDirectory, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION);
  await addSettings(dataDirectory, { ...SETTINGS, ...options.settings });
}

/** The server shows this certificate from its next start on. */
export async function useCertificate({ folder, account, dataDirectory }: ServerPlace, made: ServerCertificate): Promise<void> {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'certificate-key.pem')];
  await writeFor(account, certificate, made.certificate);
  await writeFor(account, key, made.key);
  await writeFor(account, join(folder, CERTIFICATE_AUTHORITY_FILE), made.certificateAuthority);
  await addSettings(dataDirectory, { ssl_cert_file: certificate, ssl_key_file: key });
}

/** In the file, not on the command line: ALTER SYSTEM shall be able to change them. The last line of a name counts. */
export async function addSettings(dataDirectory: string, settings: Record<string, string>, file = 'postgresql.conf'): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replace(/\\/g, '\\\\').replace(/'/g, "''")}'\n`);
  await appendFile(join(dataDirectory, file), lines.join(''));
}

export async function writeFor(account: Account | undefined, file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  if (account !== undefined) await chown(file, account.uid, account.gid);
}
