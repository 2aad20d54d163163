/** What can go wrong between a handler and a database, by the name that callers decide on. */
export type ProblemName =
  | 'unreachable'
  | 'untrusted-certificate'
  | 'wrong-credentials'
  | 'missing-secret'
  | 'bad-secret'
  | 'missing-database'
  | 'permission-denied'
  | 'lock-timeout'
  | 'statement-timeout'
  /** The session is gone, and what was asked for has certainly not been done: it was never sent, or its transaction never saw its COMMIT. */
  | 'connection-lost'
  /** It was sent, and whether it was done is not known: read the state before acting again. */
  | 'answer-lost'
  | 'server-restarting'
  | 'too-many-connections'
  | 'disk-full'
  | 'read-only'
  | 'writes-moved'
  | 'serialization'
  | 'object-missing'
  /** One of our own functions on the server said no: SQLSTATE class PM. */
  | 'refused'
  | 'unexpected';

export interface DatabaseProblemProps {
  readonly problem: ProblemName;
  readonly message: string;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly code?: string;
  readonly detail?: string;
}

/**
 * An error of a database, in words that may be logged: neither a password nor a row's values are in it.
 *
 * It has no `cause`, since PostgreSQL's own error can hold values of rows and a logger would print them.
 */
export class DatabaseProblem extends Error {
  readonly problem: ProblemName;
  /** What a person can do about it. */
  readonly remedy: string;
  /** Whether the same may go well later, although nobody changes anything. After 'answer-lost' the state must be read first. */
  readonly retryable: boolean;
  /** The SQLSTATE, or the code of Node or of AWS. */
  readonly code?: string;
  /** PostgreSQL's DETAIL, where our own functions wrote it (SQLSTATE class PM, and 25006 of the gate). */
  readonly detail?: string;

  constructor(props: DatabaseProblemProps) {
    super(props.message);
    this.name = 'DatabaseProblem';
    this.problem = props.problem;
    this.remedy = props.remedy;
    this.retryable = props.retryable;
    this.code = props.code;
    this.detail = props.detail;
  }
}

interface Catalogued {
  readonly happened: (where: string) => string;
  readonly remedy: string;
  readonly retryable: boolean;
}

/** 'refused' has no entry: its words come from the server. */
const CATALOGUE: Record<Exclude<ProblemName, 'refused'>, Catalogued> = {
  'unreachable': {
    happened: (where) => `${where} cannot be reached`,
    remedy: 'check host and port in the secret, that the server runs, and that routes and security groups let this handler through',
    retryable: true,
  },
  'untrusted-certificate': {
    happened: (where) => `the TLS certificate of ${where} is not trusted`,
    remedy: 'use the host name that the certificate names, have TLS on, and put the PEM of its CA into the secret as certificateAuthority unless an RDS CA signed it',
    retryable: false,
  },
  'wrong-credentials': {
    happened: (where) => `the login was refused by ${where}`,
    remedy: 'check username and password in the secret, and that the server lets this login in from here',
    retryable: false,
  },
  'missing-secret': {
    happened: (where) => `${where} does not exist`,
    remedy: 'check its name and Region, and that it is not scheduled for deletion',
    retryable: false,
  },
  'bad-secret': {
    happened: (where) => `${where} cannot be used`,
    remedy: 'store JSON with username, password, host and port',
    retryable: false,
  },
  'missing-database': {
    happened: (where) => `there is no database ${where}`,
    remedy: 'check the database name',
    retryable: false,
  },
  'permission-denied': {
    happened: (where) => `the login lacks a permission for ${where}`,
    remedy: 'grant what the message names',
    retryable: false,
  },
  'lock-timeout': {
    happened: (where) => `a lock could not be had in time in ${where}`,
    remedy: 'try again, or end the transaction that holds it (pg_locks, pg_blocking_pids)',
    retryable: true,
  },
  'statement-timeout': {
    happened: (where) => `a statement was cancelled in ${where}`,
    remedy: 'try again when the server is less busy, or allow it more time',
    retryable: true,
  },
  'connection-lost': {
    happened: (where) => `the connection to ${where} was lost`,
    remedy: 'try again on a new session: nothing of this was done',
    retryable: true,
  },
  'answer-lost': {
    happened: (where) => `no certain answer came from ${where}, so whether this was done and will last is not known`,
    remedy: 'read the state on a new session, then act again',
    retryable: true,
  },
  'server-restarting': {
    happened: (where) => `${where} is starting, is shutting down, or ended the session`,
    remedy: 'try again in a moment',
    retryable: true,
  },
  'too-many-connections': {
    happened: (where) => `no connection is free for ${where}`,
    remedy: 'end idle sessions, or raise max_connections or the limit of the login',
    retryable: true,
  },
  'disk-full': {
    happened: (where) => `storage is full for ${where}`,
    remedy: 'add storage, and look for replication slots that hold WAL back (pg_replication_slots)',
    retryable: false,
  },
  'read-only': {
    happened: (where) => `${where} does not accept writes`,
    remedy: 'use the endpoint of the writer, and look for default_transaction_read_only or a full disk',
    retryable: false,
  },
  'writes-moved': {
    happened: (where) => `${where} is closed for writes`,
    remedy: 'write to the database that has authority, or wait until one has',
    retryable: false,
  },
  'serialization': {
    happened: (where) => `a transaction lost against another one in ${where}`,
    remedy: 'run the transaction again',
    retryable: true,
  },
  'object-missing': {
    happened: (where) => `something that the statement names does not exist in ${where}`,
    remedy: 'check that the migration was set up on this side, and that nobody dropped the object',
    retryable: false,
  },
  'unexpected': {
    happened: (where) => `an unexpected error in ${where}`,
    remedy: 'look the code up, and look at the log of the server',
    retryable: false,
  },
};

export interface ProblemFacts {
  readonly code?: string;
  readonly detail?: string;
  /** What the other end said, or what was observed: shown in parentheses. */
  readonly said?: string;
  readonly remedy?: string;
  readonly retryable?: boolean;
}

/** A problem in the catalogue's words: what happened where, what was said, and what to do. */
export function problem(name: Exclude<ProblemName, 'refused'>, where: string, facts: ProblemFacts = {}): DatabaseProblem {
  const { happened, remedy: usual, retryable } = CATALOGUE[name];
  const { code, detail, said, remedy = usual } = facts;
  const parts = [said, code].filter((part) => part !== undefined && part !== '' && !(part === code && said?.includes(part)));
  const observed = parts.length > 0 ? ` (${parts.join(', ')})` : '';
  return new DatabaseProblem({
    problem: name,
    message: `${happened(where)}${observed}; ${remedy}`,
    remedy,
    retryable: facts.retryable ?? retryable,
    code,
    detail,
  });
}
