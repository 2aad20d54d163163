import { PARTIES, type TransferRequest } from './contract';
import { CutoverError } from './cutover-error';

const LONGEST_DEADLINE_MS = 600_000;
const SHORTEST_DEADLINE_MS = 1_000;

function invalid(what: string, got: unknown, allowed: string): CutoverError {
  return new CutoverError('Refused', `${what}: got ${JSON.stringify(got)}`, `allowed: ${allowed}`);
}

/** Refuses what could not work before anything is touched. */
export function checkTransfer({ direction, attempt, streams, deadlineMs, sequenceGap }: TransferRequest): void {
  if (!(direction in PARTIES)) throw invalid('direction', direction, Object.keys(PARTIES).join(' or '));
  if (!Number.isInteger(attempt) || attempt < 1) throw invalid('attempt', attempt, 'a whole number from 1: one more than the giver\'s');
  const names = streams?.map(({ name }) => name) ?? [];
  if (names.length === 0 || names.some((name) => !name) || new Set(names).size < names.length) {
    throw invalid('streams', streams, 'at least one, each with a name of its own and its slot');
  }
  if (streams.some(({ slot }) => !slot)) throw invalid('streams', streams, 'each with its slot on the giver');
  if (deadlineMs !== undefined && !(deadlineMs >= SHORTEST_DEADLINE_MS && deadlineMs <= LONGEST_DEADLINE_MS)) {
    throw invalid('deadlineMs', deadlineMs, `${SHORTEST_DEADLINE_MS} to ${LONGEST_DEADLINE_MS}`);
  }
  if (sequenceGap !== undefined && !(Number.isSafeInteger(sequenceGap) && sequenceGap >= 1)) throw invalid('sequenceGap', sequenceGap, 'a whole number from 1');
}
