import { PARTIES, type TransferRequest } from './contract';
import { CutoverError, isRefusedWith } from './cutover-error';
import type { Databases } from './databases';
import { readArmedSide } from './side';
import { DatabaseProblem, type Session } from '../postgres';

const MAX_LAG_BYTES = 16 * 1024 * 1024;
const MAX_TRANSACTION_AGE_MS = 60_000;
export const SEQUENCE_GAP = 1_000;

interface GiverLook {
  readonly streams: readonly {
    readonly slot: string;
    readonly found: boolean;
    readonly reader: string | null;
    readonly lagBytes: string | number | null;
  }[];
  readonly prepared: number;
  readonly subscriptions: readonly string[];
  readonly oldestMs: number;
  readonly standbys: readonly { readonly name: string; readonly sync: boolean }[];
}

/** What a transfer has to know of the moment before. */
export interface Readiness {
  /** The slot for the way back, on the taker. */
  readonly slot: string;
}

/**
 * The last look before the pause: finds everything in place, or says what is not, and changes nothing but that the streams' slots become ours.
 *
 * The giver's row is read first. All that is read after it belongs to the time in which the giver is open with that attempt, since the
 * closing compares it again and a row never returns to it.
 */
export async function look(databases: Databases, request: TransferRequest): Promise<Readiness> {
  const { giver, taker } = PARTIES[request.direction];
  const [giving, taking] = [await databases.on(giver), await databases.on(taker)];
  const problems: string[] = [];
  const slots = request.streams.map(({ slot }) => slot);

  // Finds out whether this is the server that was armed, before anything else is said about it.
  await giving.query('SELECT payment_migration.locked_row()');
  const { look: seen } = await giving.one<{ look: GiverLook }>('SELECT payment_migration.giver_look($1) AS look', [slots]);
  for (const { slot, found, reader, lagBytes } of seen.streams) {
    if (!found) problems.push(`slot ${slot} is not there`);
    else if (!reader) problems.push(`nobody reads slot ${slot}`);
    else if (Number(lagBytes) > (request.maxLagBytes ?? MAX_LAG_BYTES)) problems.push(`slot ${slot} is ${lagBytes} bytes behind`);
  }
  if (seen.subscriptions.length > 0) {
    problems.push(`subscriptions write to the ${giver}, which no gate keeps from it: ${seen.subscriptions.join(', ')}; disable them`);
  }
  if (seen.prepared > 0) problems.push(`${seen.prepared} prepared transactions are open on the ${giver}`);
  if (seen.oldestMs > (request.maxTransactionAgeMs ?? MAX_TRANSACTION_AGE_MS)) {
    problems.push(`a transaction on the ${giver} has been writing for ${Math.round(seen.oldestMs / 1_000)} s`);
  }
  const asynchronous = seen.standbys.filter(({ sync }) => !sync).map(({ name }) => name);
  if (asynchronous.length > 0 && !request.acceptAsynchronousStandbys) {
    problems.push(`the ${giver} has asynchronous standbys (${asynchronous.join(', ')}), one of which could be promoted without knowing of the closing`);
  }

  const [closed, open] = [await readArmedSide(taking, taker), await readArmedSide(giving, giver)];
  problems.push(...open.problems.map((problem) => `${giver}: ${problem}`), ...closed.problems.map((problem) => `${taker}: ${problem}`));
  if (open.gate !== 'open') problems.push(`the gate of the ${giver} is closed although it has authority: arm it again`);
  if (closed.gate !== 'closed' || !['standby', 'moved'].includes(closed.state) || closed.attempt >= request.attempt) {
    problems.push(`the ${taker} is ${closed.state}(${closed.attempt}) with its gate ${closed.gate}`);
  }
  if (!closed.sameServer) problems.push(`the ${taker} is not the server that was armed`);
  const old = closed.slots.filter(({ spent }) => spent).map(({ name }) => name);
  if (old.length > 0) problems.push(`the ${taker} still has the slots of the stream that it was the source of: ${old.join(', ')}`);
  const slot = closed.slots.find(({ spent, active, status }) => !spent && !active && !['missing', 'lost'].includes(status));
  if (!slot) problems.push(`there is no slot for the way back on the ${taker}: prepare it`);

  const { tables } = await taking.one<{ tables: string[] }>('SELECT payment_migration.unready_tables() AS tables');
  problems.push(...tables.map((table) => `${taker}: ${table}`));
  const { sequences } = await giving.one<{ sequences: unknown }>('SELECT payment_migration.sequences() AS sequences');
  const planned = await taking.query<{ problem: string }>(
    'SELECT problem FROM payment_migration.plan_sequences($1, $2) WHERE problem IS NOT NULL', [JSON.stringify(sequences), request.sequenceGap ?? SEQUENCE_GAP]);
  problems.push(...planned.map(({ problem }) => problem));

  if (!slot || problems.length > 0) {
    throw new CutoverError('Refused', `not ready, and nothing was closed: ${problems.join('; ')}`, 'mend what is named and try again with the same attempt');
  }
  await Promise.all([warm(giving, GIVER_CALLS), warm(taking, TAKER_CALLS)]);
  // Only now, so that a slot which was named by mistake is not dropped by `finish`.
  await giving.query('SELECT payment_migration.adopt_slots($1, $2)', [request.attempt, slots]);
  return { slot: slot.name };
}

const NO_ATTEMPT = -1;
/** What the pause calls: what only reads, and what looks at the attempt first. */
const GIVER_CALLS = [
  'unfinished_changes()', "standbys_behind('0/0')", `close(${NO_ATTEMPT}, 100)`, `mark(${NO_ATTEMPT}, '{}', '{}')`, `flip(${NO_ATTEMPT})`, `abort(${NO_ATTEMPT}, NULL)`,
];
const TAKER_CALLS = [
  `markers_here('', ${NO_ATTEMPT}, '{}')`, `raise_to(${NO_ATTEMPT})`, `record_way_back(${NO_ATTEMPT}, '', '{}', '', 100)`, `open_row(${NO_ATTEMPT}, '', '{}')`,
  `open_gate(${NO_ATTEMPT})`,
];

/**
 * Calls them for an attempt that there never is: what would write refuses. A session compiles a function the first time that it calls it, and that
 * belongs before the pause; so does finding out that one may not be called.
 */
async function warm(session: Session, calls: readonly string[]): Promise<void> {
  const rolledBack = new Error('only to have it compiled');
  await session.transaction(async () => {
    await session.query(`
      INSERT INTO payment_migration.stream VALUES (${NO_ATTEMPT}, '', payment_migration.reader(''));
      INSERT INTO payment_migration.marker VALUES ('', '', ${NO_ATTEMPT});
      INSERT INTO payment_migration.record VALUES (${NO_ATTEMPT}, '', pg_current_wal_insert_lsn());
      UPDATE payment_migration.applier SET admitted = admitted;
      UPDATE payment_migration.slot SET spent = spent;
      SELECT payment_migration.write_row(r.state, r.attempt), payment_migration.tell_clients(r, r.state = 'open') FROM payment_migration.locked_row() r`);
    throw rolledBack;
  }).catch((error: unknown) => { if (error !== rolledBack) throw error; });
  for (const call of calls) {
    await session.query(`SELECT payment_migration.${call}`).catch((error: unknown) => {
      // Writers, and appliers, may be in the way for longer than this waits.
      if (!isRefusedWith(error, 'PM010') && !isLockTimeout(error)) throw error;
    });
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseProblem && error.problem === 'lock-timeout';
}
