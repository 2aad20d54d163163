import { PARTIES, type AbortRequest, type Direction, type TransferResult } from './contract';
import { CutoverError, isRefusedWith, refusal } from './cutover-error';
import type { Databases } from './databases';
import { readArmedSide } from './side';

/** Gives authority back to a giver that is closed; safe to repeat. Needs the giver alone: a dead taker cannot hold payments up. */
export async function abort(databases: Databases, request: AbortRequest): Promise<TransferResult> {
  try {
    return await giveBack(databases, request, 'the transfer ended without a result');
  } catch (error) {
    throw refusal(error);
  }
}

/** The two transactions on the giver, then the taker's appliers where the taker answers. Errors are the database's own. */
export async function giveBack(databases: Databases, { direction, attempt }: AbortRequest, reason: string, problem?: string): Promise<TransferResult> {
  const { giver, taker } = PARTIES[direction];
  const session = await databases.on(giver);
  const before = await readArmedSide(session, giver);
  if (before.state === 'moved' && before.attempt === attempt) {
    throw new CutoverError('OpenPending', `the ${giver} gave authority away with attempt ${attempt}`, 'call transfer again with the same attempt: it can only go forward');
  }
  const result = aborted(direction, attempt, reason, problem);
  await session.query('SELECT payment_migration.abort($1, $2)', [attempt, JSON.stringify(result)]);
  // Who connected while both sides refused would take this one for the reader for ever.
  await session.query('SELECT payment_migration.terminate_clients()');
  await session.query('SELECT payment_migration.open_gate($1)', [attempt + 1]).catch((error: unknown) => {
    // Opened by somebody else, who has gone on since.
    if (!isRefusedWith(error, 'PM010')) throw error;
  });
  await databases.on(taker).then(async (taking) => taking.query('SELECT payment_migration.readmit($1)', [attempt])).catch(() => undefined);
  return result;
}

function aborted(direction: Direction, attempt: number, reason: string, problem?: string): TransferResult {
  return { outcome: 'aborted', direction, attempt, authority: PARTIES[direction].giver, authorityAttempt: attempt + 1, steps: [], reason, problem };
}
