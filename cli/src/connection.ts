import { readFileSync } from 'node:fs';

/** A database as an operator names it, in the form that the functions read from a secret. */
export interface NamedDatabase {
  readonly databaseName: string;
  /** JSON, as Secrets Manager would hold it. */
  readonly secret: string;
}

const ALLOWED = "a URL such as 'postgresql://login@host:5432/payments?sslrootcert=/path/to/ca.pem', its password in it or in PGPASSWORD";
const DEFAULT_PORT = '5432';

/**
 * Reads a PostgreSQL connection URL. The connection is always verified: by the authorities of RDS, or by those in the file that `sslrootcert`
 * names. Nothing of the URL but what is wrong with it is told: it may hold a password.
 *
 * @param option what the URL was given as
 */
export function parseDatabase(option: string, text: string, env: NodeJS.ProcessEnv = process.env): NamedDatabase {
  const wrong = (what: string) => new Error(`${option}: got ${what}, allowed: ${ALLOWED}`);
  if (!URL.canParse(text)) throw wrong('what is no URL');
  const url = new URL(text);
  if (!['postgresql:', 'postgres:'].includes(url.protocol)) throw wrong(`a URL of ${url.protocol}`);
  const { 'sslmode': mode, 'sslrootcert': root, ...others } = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw wrong(`the parameter ${unknown.join(', ')}`);
  if (mode !== undefined && mode !== 'verify-full') throw wrong(`sslmode=${mode}, which does not check who answers`);
  const username = decodeURIComponent(url.username);
  const password = url.password === '' ? env.PGPASSWORD : decodeURIComponent(url.password);
  const databaseName = decodeURIComponent(url.pathname.slice(1));
  if (username === '') throw wrong('no login');
  if (!password) throw wrong('no password');
  if (url.hostname === '') throw wrong('no host');
  if (databaseName === '' || databaseName.includes('/')) throw wrong('no name of one database');
  return {
    databaseName,
    secret: JSON.stringify({
      username,
      password,
      host: url.hostname,
      port: Number(url.port || DEFAULT_PORT),
      ...(root === undefined ? {} : { certificateAuthority: authorities(root, wrong) }),
    }),
  };
}

function authorities(file: string, wrong: (what: string) => Error): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(`an sslrootcert that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}
