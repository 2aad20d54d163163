import { X509Certificate } from 'node:crypto';
import { DatabaseProblem, problem } from './problem';
import type { SecretReader } from './secrets';

/** What says where a database is and who logs in. */
export interface DatabaseReference {
  /**
   * Name or ARN of a secret: JSON with `username`, `password`, `host` and `port`, as DMS wants it, and optionally
   * `certificateAuthority`, the PEM of the CA that signed the server's certificate, for servers that RDS's CAs did not sign.
   */
  readonly secretId: string;
  readonly databaseName: string;
}

/** Where a server is and who logs in. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** One or more certificates in PEM, trusted instead of RDS's. */
  readonly certificateAuthority?: string;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads a login and judges it, naming everything that is wrong with it at once and never a value.
 *
 * `port` may be a number or a string of digits: RDS writes the one, people the other.
 */
export async function readLogin(secretId: string, read: SecretReader): Promise<DatabaseLogin> {
  const where = `secret '${secretId}'`;
  const content = contentOf(await textOf(secretId, read), where);
  const faults: string[] = [];
  const login = {
    host: text(content, 'host', faults),
    port: port(content, faults),
    username: text(content, 'username', faults),
    password: text(content, 'password', faults),
    ...certificateAuthority(content, faults),
  };
  if (/[\s/]/.test(login.host)) faults.push('host is not a host name');
  if (faults.length > 0) throw problem('bad-secret', where, { said: faults.join(', ') });
  return login;
}

async function textOf(secretId: string, read: SecretReader): Promise<string> {
  try {
    return await read(secretId);
  } catch (error) {
    if (error instanceof DatabaseProblem) throw error;
    throw problem('unexpected', `secret '${secretId}'`, { said: error instanceof Error ? error.name : typeof error });
  }
}

function contentOf(json: string, where: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    // What JSON.parse says quotes the secret.
    throw problem('bad-secret', where, { said: 'it is not JSON' });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw problem('bad-secret', where, { said: 'it is not a JSON object' });
  return { ...content };
}

function text(content: Record<string, unknown>, key: string, faults: string[]): string {
  const value = content[key];
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  faults.push(value === undefined ? `${key} is missing` : `${key} is not a string of one character or more`);
  return '';
}

function port(content: Record<string, unknown>, faults: string[]): number {
  const value = content.port;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  faults.push(value === undefined ? 'port is missing' : 'port is not a number from 1 to 65535');
  return 0;
}

function certificateAuthority(content: Record<string, unknown>, faults: string[]): Pick<DatabaseLogin, 'certificateAuthority'> {
  const { certificateAuthority: value } = content;
  if (value === undefined) return {};
  const certificates = typeof value === 'string' ? value.match(PEM) ?? [] : [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return { certificateAuthority: certificates.join('\n') };
  faults.push('certificateAuthority is not a certificate in PEM');
  return {};
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
