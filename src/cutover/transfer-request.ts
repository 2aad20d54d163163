import { PARTIES, type Direction, type TransferRequest } from './contract';
import { CutoverError } from './cutover-error';

const LONGEST_DEADLINE_MS = 600_000;
const SHORTEST_DEADLINE_MS = 1_000;
/** An `integer` on the server holds one more still, for what follows an abort. */
const LAST_ATTEMPT = 2_147_483_646;

export function invalid(what: string, got: unknown, allowed: string): CutoverError {
  return new CutoverError('Refused', `${what}: got ${got === undefined ? 'nothing' : JSON.stringify(got)}`, `allowed: ${allowed}`);
}

/** Refuses a direction and an attempt that no side could have. */
export function checkAttempt({ direction, attempt }: { readonly direction: Direction; readonly attempt: number }): void {
  if (!Object.keys(PARTIES).includes(direction)) throw invalid('direction', direction, Object.keys(PARTIES).join(' or '));
  if (!Number.isInteger(attempt) || attempt < 1 || attempt > LAST_ATTEMPT) {
    throw invalid('attempt', attempt, 'a whole number from 1: one more than the giver\'s');
  }
}

/** Refuses what could not work before anything is touched. */
export function checkTransfer(request: TransferRequest): void {
  checkAttempt(request);
  const { streams, deadlineMs, sequenceGap } = request;
  // All of them would carry one table of markers, and each bring the others' before their rows.
  if (Array.isArray(streams) && streams.length > 1) throw invalid('streams', streams, 'one stream, which carries all tables');
  if (!Array.isArray(streams) || streams.length === 0 || !streams.every((stream) => isName(stream?.name) && isName(stream.slot))) {
    throw invalid('streams', streams, 'one, with its name and its slot on the giver');
  }
  if (deadlineMs !== undefined && !(deadlineMs >= SHORTEST_DEADLINE_MS && deadlineMs <= LONGEST_DEADLINE_MS)) {
    throw invalid('deadlineMs', deadlineMs, `${SHORTEST_DEADLINE_MS} to ${LONGEST_DEADLINE_MS}`);
  }
  if (sequenceGap !== undefined && !(Number.isSafeInteger(sequenceGap) && sequenceGap >= 1)) throw invalid('sequenceGap', sequenceGap, 'a whole number from 1');
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
