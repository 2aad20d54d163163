import { PARTIES, SCHEMA, type DropOldSlotsRequest, type DropOldSlotsResult, type PrepareRequest, type PrepareResult } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { readArmedSide } from './side';
import { checkAttempt } from './transfer-request';
import { DatabaseProblem, type Session } from '../postgres';

/** Making a slot waits for all open write transactions of the server, and holds nobody up meanwhile: so long in all ... */
const SLOT_PATIENCE_MS = 60_000;
/** ... and so long at a time, since a session gives up an answer that takes longer. */
const SLOT_TRY_MS = 8_000;

/**
 * Makes the slot that the way back will start from, on the taker, before the pause.
 *
 * One that an aborted attempt left is used again, unless its log is gone.
 */
export async function prepare(databases: Databases, request: PrepareRequest): Promise<PrepareResult> {
  checkAttempt(request);
  const { giver, taker } = PARTIES[request.direction];
  const { attempt, plugin } = request;
  try {
    const giving = await readArmedSide(await databases.on(giver), giver);
    if (giving.state !== 'open' || giving.attempt !== attempt - 1) {
      throw new CutoverError('StaleAttempt', `the ${giver} is ${giving.state}(${giving.attempt}), not open(${attempt - 1})`, 'read the state and decide anew');
    }
    const session = await databases.on(taker);
    const taking = await readArmedSide(session, taker);
    // What the attempt before left when it was aborted while the taker did not answer.
    if (taking.state === 'standby' && taking.attempt < attempt) await session.query('SELECT payment_migration.readmit($1)', [taking.attempt]);
    const usable = taking.slots.find((slot) => !slot.spent && !slot.active && !['missing', 'lost'].includes(slot.status));
    if (usable) return { attempt, slot: usable.name };
    for (const { name } of taking.slots.filter((slot) => !slot.spent && slot.status === 'lost')) {
      await session.query('SELECT pg_drop_replication_slot($1)', [name]);
    }
    const slot = `${SCHEMA}_${taker}_${attempt}`;
    await session.query('SELECT payment_migration.own_slot($1, $2)', [slot, attempt]);
    await makeSlot(session, [slot, attempt, plugin]);
    return { attempt, slot };
  } catch (error) {
    throw refusal(error);
  }
}

async function makeSlot(session: Session, values: readonly unknown[]): Promise<void> {
  const deadline = performance.now() + SLOT_PATIENCE_MS;
  // It waits for transactions as for locks.
  await session.query(`SET statement_timeout = ${SLOT_TRY_MS}; SET lock_timeout = ${SLOT_TRY_MS}`);
  try {
    for (;;) {
      try {
        await session.query('SELECT payment_migration.make_slot($1, $2, $3)', values);
        return;
      } catch (error) {
        if (!(error instanceof DatabaseProblem) || !['statement-timeout', 'lock-timeout'].includes(error.problem) || performance.now() > deadline) throw error;
      }
    }
  } finally {
    if (!session.broken) await session.query('RESET statement_timeout; RESET lock_timeout');
  }
}

/** After the pause: the slots that fed the taker. Their streams must have been stopped, and nobody who sleeps can start them again. */
export async function dropOldSlots(databases: Databases, { direction, attempt }: DropOldSlotsRequest): Promise<DropOldSlotsResult> {
  checkAttempt({ direction, attempt });
  const { giver, taker } = PARTIES[direction];
  try {
    const taking = await readArmedSide(await databases.on(taker), taker);
    // Later than this one where an attempt to go back was given up. That the giver is moved with this attempt is compared below.
    if (taking.state !== 'open' || taking.attempt < attempt) {
      throw new CutoverError('StaleAttempt', `the ${taker} is ${taking.state}(${taking.attempt}), not open(${attempt})`, 'read the state and decide anew');
    }
    const session = await databases.on(giver);
    const giving = await readArmedSide(session, giver);
    const spent = giving.slots.filter((slot) => slot.spent);
    const active = spent.filter((slot) => slot.active).map(({ name }) => name);
    if (active.length > 0) throw new CutoverError('Refused', `slots are still read: ${active.join(', ')}`, 'stop the streams out of that side first');
    for (const { name } of spent) await session.query('SELECT payment_migration.drop_slot($1, $2)', [attempt, name]);
    return { dropped: spent.map(({ name }) => name) };
  } catch (error) {
    throw refusal(error);
  }
}
