import { types } from 'node:util';
import { DatabaseProblem, problem, type ProblemName } from './problem';

/** The fields of PostgreSQL's ErrorResponse that are looked at: https://www.postgresql.org/docs/current/protocol-error-fields.html */
export interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly routine?: string;
}

type Catalogued = Exclude<ProblemName, 'refused'>;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: five characters first, then classes of two. */
const SQLSTATES: Readonly<Record<string, Catalogued>> = {
  '08001': 'unreachable',
  '08003': 'connection-lost',
  '08006': 'connection-lost',
  '25P03': 'connection-lost',
  '25P04': 'connection-lost',
  '25006': 'read-only',
  '28': 'wrong-credentials',
  '3D000': 'missing-database',
  '3F000': 'object-missing',
  '40': 'serialization',
  '42501': 'permission-denied',
  '42703': 'object-missing',
  '42704': 'object-missing',
  '42883': 'object-missing',
  '42P01': 'object-missing',
  '53100': 'disk-full',
  '53300': 'too-many-connections',
  '55P03': 'lock-timeout',
  '57014': 'statement-timeout',
  '57P01': 'server-restarting',
  '57P02': 'server-restarting',
  '57P03': 'server-restarting',
  '57P04': 'missing-database',
  '57P05': 'connection-lost',
};

/** How the gate's DETAIL begins. */
const WRITES_MOVED = 'PM001';
/** What passes by itself among what has no name of its own: out of memory, an object in use. */
const PASSING = ['53200', '55006'];

/** Classes whose messages are made of names and never of values: what an error of another class says stays unsaid. */
const MADE_OF_NAMES = ['08', '0A', '23', '25', '28', '2B', '3D', '3F', '40', '42', '53', '54', '55', '57', '58'];
/** `syntax error at or near …` quotes the statement. */
const QUOTES_THE_STATEMENT = ['42601'];

const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'];
const LOST = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];
/** OpenSSL's verdicts on a chain, Node's on a name, and handshakes that failed: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /^(UNABLE_TO_|CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|ERROR_IN_CERT_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$|ERR_TLS_|ERR_SSL_|EPROTO$)/;
/** pg's words, which come without a code: it hears 'N', or something that is no answer, to its request for TLS. */
const NO_TLS = /^(The server does not support SSL connections|There was an error establishing an SSL connection)$/;

/** Unlike `instanceof`, also for an error of another realm, such as Node's own under a test runner. */
const { isNativeError } = types;

/** Whether PostgreSQL itself sent this. */
export function isServerError(error: unknown): error is ServerError {
  return isNativeError(error) && 'severity' in error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code);
}

/**
 * Names what pg, Node or AWS threw.
 *
 * PostgreSQL's DETAIL can hold values of rows, and so can messages of some classes: they are left out, and nothing that is thrown
 * carries them. `detail` is kept where our own functions wrote it.
 */
export function explain(error: unknown, where: string): DatabaseProblem {
  if (error instanceof DatabaseProblem) return error;
  if (isServerError(error)) return explainServerError(error, where);
  if (!isNativeError(error)) return problem('unexpected', where, { said: saidBy(error) });
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return problem(nameOf(code, error.message), where, { code, said: saidBy(error) });
}

/** What of an error's message may be passed on. */
export function saidBy(error: unknown): string {
  if (!isNativeError(error)) return `a ${typeof error} was thrown`;
  if (isServerError(error)) return isMadeOfNames(error) ? error.message : `SQLSTATE ${error.code}`;
  // An AggregateError, of a host with several addresses, has no message; a SyntaxError quotes what it could not read.
  return error.message === '' || error instanceof SyntaxError ? error.name : error.message;
}

/** Not what somebody's PL/pgSQL raises: under any SQLSTATE, that can say anything. */
function isMadeOfNames({ code, routine }: ServerError): boolean {
  return MADE_OF_NAMES.includes(code.slice(0, 2)) && !QUOTES_THE_STATEMENT.includes(code) && routine !== 'exec_stmt_raise';
}

function nameOf(code: string | undefined, message: string): Catalogued {
  if (NO_TLS.test(message)) return 'untrusted-certificate';
  if (code === undefined) return 'unexpected';
  if (UNREACHABLE.includes(code)) return 'unreachable';
  if (LOST.includes(code)) return 'connection-lost';
  return UNTRUSTED.test(code) ? 'untrusted-certificate' : 'unexpected';
}

function explainServerError(error: ServerError, where: string): DatabaseProblem {
  const { code, message, detail, hint } = error;
  const known = code.slice(0, 2);
  if (known === 'PM') {
    return new DatabaseProblem({ problem: 'refused', message, remedy: hint ?? 'read the message: it names what stands in the way', retryable: false, code, detail });
  }
  if (code === '25006' && detail?.startsWith(WRITES_MOVED)) return problem('writes-moved', where, { code, said: message, detail });
  const said = isMadeOfNames(error) ? message : undefined;
  const name = SQLSTATES[code] ?? SQLSTATES[known] ?? 'unexpected';
  return problem(name, where, { code, said, retryable: PASSING.includes(code) ? true : undefined });
}
