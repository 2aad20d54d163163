import { DatabaseError, type Client, type Connection, type QueryResult, type Submittable } from 'pg';
import { CONTENTS, DDL } from './gate-schema';
import type { Major } from '../../cli/src/servers';
import type { Side } from '../../src/cutover/contract';
import { APPLICATION, DATABASE, MIGRATION, OWNER, Pair, type PairOptions } from '../support/pair';

export type Login = 'application' | 'owner' | 'superuser' | 'migration';

export const MAJORS: readonly Major[] = [17, 18];
/** What clients would be told by default of a closed database; the gate is tried without it. */
const WRITABLE = '-c default_transaction_read_only=off';

const LOGINS: Record<Login, { readonly user: string; readonly password: string } | undefined> = {
  application: { user: APPLICATION, password: APPLICATION },
  owner: { user: OWNER, password: OWNER },
  superuser: undefined,
  migration: { user: MIGRATION, password: MIGRATION },
};

/** A pair whose source has this major and whose target the other one. */
export async function pairOf(source: Major, options: Partial<PairOptions> = {}): Promise<Pair> {
  const majors = { source, target: source === 17 ? 18 : 17 } as const;
  const pair = await Pair.create({ ddl: DDL, majors, ...options });
  await Promise.all((['source', 'target'] as const).map(async (side) => {
    const admin = await pair.admin(side);
    await admin.query(`ALTER ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'`);
  }));
  return pair;
}

/** A session that ends with the work. */
export async function as<T>(pair: Pair, side: Side, login: Login, work: (client: Client) => Promise<T>, database = DATABASE): Promise<T> {
  const client = await pair.servers[side].connect(database, { options: WRITABLE, ...LOGINS[login] });
  return work(client).finally(() => client.end());
}

export async function contentsOf(client: Client): Promise<string> {
  const { rows: [{ contents }] } = await client.query<{ contents: string }>(CONTENTS);
  return contents;
}

/** What pg's connection can do beside what its types say. */
interface CopyingConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** COPY ... FROM STDIN, as a driver sends it. */
class CopyIn implements Submittable {
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: Error) => void;

  constructor(private readonly text: string, private readonly rows: string) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyingConnection): void {
    connection.sendCopyFromChunk(Buffer.from(this.rows));
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleCommandComplete(): void {
    // What it was is known.
  }

  handleReadyForQuery(): void {
    this.resolve();
  }
}

export async function copyIn(client: Client, text: string, rows: string): Promise<void> {
  await client.query(new CopyIn(text, rows)).done;
}

/** Runs statements one after the other, and tells what each gave. */
export async function run(client: Client, statements: readonly string[], rows?: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const [index, statement] of statements.entries()) {
    if (rows !== undefined && index === statements.length - 1) await copyIn(client, statement, rows);
    else results.push([await client.query(statement)].flat().map((result: QueryResult) => [result.command, result.rowCount, result.rows]));
  }
  return results;
}

/** The error that PostgreSQL answered with. */
export async function errorOf(work: Promise<unknown>): Promise<DatabaseError> {
  const error: unknown = await work.then(() => new Error('it went well'), (thrown: unknown) => thrown);
  if (!(error instanceof DatabaseError)) throw error;
  return error;
}

/** What the migration's login does on the side with authority. */
export async function close(client: Client, attempt: number, patienceMs = 100): Promise<void> {
  await client.query('SELECT payment_migration.close($1, $2)', [attempt, patienceMs]);
}

/** Gives authority back and opens the gate; the next attempt is two more. */
export async function reopen(client: Client, attempt: number): Promise<void> {
  await client.query("SELECT payment_migration.abort($1, '{}')", [attempt]);
  await client.query('SELECT payment_migration.open_gate($1)', [attempt + 1]);
}
