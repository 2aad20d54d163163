import { PARTIES, type AbortRequest, type Direction, type TransferResult } from './contract';
import { CutoverError, isRefusedWith, refusal } from './cutover-error';
import type { Databases } from './databases';
import { readArmedSide } from './side';
import type { Session } from '../postgres';

const READMIT_PATIENCE_MS = 500;

/**
 * Gives authority back to a giver that is closed; safe to repeat. Needs the giver alone: a dead taker cannot hold payments up.
 *
 * Where the giver was not closed, nothing closes it with this attempt any more, however late; and a gate that a crash forgot opens.
 */
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
  await checkNotMoved(session, direction, attempt);
  const result = aborted(direction, attempt, reason, problem);
  await session.query('SELECT payment_migration.abort($1, $2)', [attempt, JSON.stringify(result)]).catch(async (error: unknown) => {
    // A flip that nobody heard of was faster.
    if (isRefusedWith(error, 'PM010')) await checkNotMoved(session, direction, attempt);
    throw error;
  });
  const { gate } = await readArmedSide(session, giver);
  // Who connected while both sides refused would take this one for the reader for ever.
  if (gate === 'closed') await session.query('SELECT payment_migration.terminate_clients()');
  await session.query('SELECT payment_migration.open_gate($1)', [attempt + 1]).catch((error: unknown) => {
    // Opened by somebody else, who has gone on since.
    if (!isRefusedWith(error, 'PM010')) throw error;
  });
  // Payments go on already. What is not done here is done when the next attempt is prepared.
  await inTime(databases.on(taker).then(async (taking) => taking.query('SELECT payment_migration.readmit($1)', [attempt])), READMIT_PATIENCE_MS).catch(() => undefined);
  return result;
}

async function checkNotMoved(session: Session, direction: Direction, attempt: number): Promise<void> {
  const { giver } = PARTIES[direction];
  const { state, attempt: current } = await readArmedSide(session, giver);
  if (state === 'moved' && current === attempt) {
    throw new CutoverError('OpenPending', `the ${giver} gave authority away with attempt ${attempt}`, 'call transfer again with the same attempt: it can only go forward');
  }
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([work, new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), ms); })]);
  } finally {
    clearTimeout(timer);
  }
}

function aborted(direction: Direction, attempt: number, reason: string, problem?: string): TransferResult {
  return { outcome: 'aborted', direction, attempt, authority: PARTIES[direction].giver, authorityAttempt: attempt + 1, steps: [], reason, problem };
}
