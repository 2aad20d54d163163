import { PARTIES, type AbortRequest, type Direction, type TransferResult } from './contract';
import { CutoverError, isRefusedWith, refusal } from './cutover-error';
import type { Databases } from './databases';
import { inTime } from './in-time';
import { isOpenedWith, readArmedSide } from './side';
import { checkAttempt } from './transfer-request';
import { DatabaseProblem, type Session } from '../postgres';

const READMIT_PATIENCE_MS = 500;

/**
 * Gives authority back to a giver that is closed; safe to repeat. Needs the giver alone: a dead taker cannot hold payments up.
 *
 * Where the giver was not closed, nothing closes it with this attempt any more, however late; and a gate that a crash forgot opens.
 */
export async function abort(databases: Databases, request: AbortRequest): Promise<TransferResult> {
  checkAttempt(request);
  try {
    return await giveBack(databases, request, 'the transfer ended without a result');
  } catch (error) {
    // A giver that does not answer cannot say so, but a taker whose row is open says it too.
    if (error instanceof DatabaseProblem && await isOpened(databases, request)) throw openPending(request);
    throw refusal(error);
  }
}

/** The two transactions on the giver, then the taker's appliers where the taker answers. Errors are the database's own. */
export async function giveBack(databases: Databases, request: AbortRequest, reason: string, problem?: string): Promise<TransferResult> {
  const { direction, attempt } = request;
  const { giver, taker } = PARTIES[direction];
  const session = await databases.on(giver);
  await checkNotMoved(session, request);
  const result = aborted(direction, attempt, reason, problem);
  await session.query('SELECT payment_migration.abort($1, $2)', [attempt, JSON.stringify(result)]).catch(async (error: unknown) => {
    // A flip that nobody heard of was faster.
    if (isRefusedWith(error, 'PM010')) await checkNotMoved(session, request);
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
  const readmit = async () => (await databases.on(taker)).query('SELECT payment_migration.readmit($1)', [attempt]);
  await inTime(readmit, READMIT_PATIENCE_MS, `the ${taker} is silent`).catch(() => undefined);
  return result;
}

async function isOpened(databases: Databases, { direction, attempt }: AbortRequest): Promise<boolean> {
  const { taker } = PARTIES[direction];
  return databases.on(taker).then(async (session) => isOpenedWith(await readArmedSide(session, taker), attempt)).catch(() => false);
}

function openPending({ direction, attempt }: AbortRequest): CutoverError {
  return new CutoverError('OpenPending', `the ${PARTIES[direction].giver} gave authority away with attempt ${attempt}`,
    'call transfer again with the same attempt: it can only go forward');
}

async function checkNotMoved(session: Session, request: AbortRequest): Promise<void> {
  const { state, attempt } = await readArmedSide(session, PARTIES[request.direction].giver);
  if (state === 'moved' && attempt === request.attempt) throw openPending(request);
}

function aborted(direction: Direction, attempt: number, reason: string, problem?: string): TransferResult {
  return { outcome: 'aborted', direction, attempt, authority: PARTIES[direction].giver, authorityAttempt: attempt + 1, steps: [], reason, problem };
}
