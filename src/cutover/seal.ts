import { allowDdl, tellNoMore } from './arm';
import { checkSide } from './arm-request';
import type { AuthorityState, DisarmRequest, DisarmResult, FinishResult, ReleaseRequest, ReleaseResult, Side } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { patiently } from './patience';
import { readArmedSide, readSide, type ArmedSide } from './side';
import type { Tools } from './tools';
import type { Session } from '../postgres';

const TABLE_PATIENCE_MS = 100;
const TABLE_PAUSE_MS = 400;
const DEADLINE_MS = 240_000;

/** A side as it was found: what is done to it is done only while its row says the same. */
interface Found {
  readonly session: Session;
  readonly side: Side;
  readonly state: AuthorityState;
  readonly attempt: number;
}

/** Takes the gates from the side with authority and leaves the rest, so that it can be armed again. */
export async function disarm(databases: Databases, { side }: DisarmRequest, tools: Tools): Promise<DisarmResult> {
  checkSide(side);
  try {
    const session = await databases.on(side);
    const { state, attempt } = await readArmedSide(session, side);
    if (state !== 'open') {
      throw new CutoverError('Refused', `the ${side} is ${state}(${attempt}): without its gate anybody could write there`, 'disarm only the side with authority; release a side that is out of use');
    }
    return { side, tables: await takeGates({ session, side, state, attempt }, tools) };
  } catch (error) {
    throw refusal(error);
  }
}

/** The migration is over. Safe to repeat: the sealed side says first that it is sealed for good. */
export async function finish(databases: Databases, tools: Tools): Promise<FinishResult> {
  try {
    const sessions = { source: await databases.on('source'), target: await databases.on('target') };
    const sides = { source: await known(sessions.source, 'source'), target: await known(sessions.target, 'target') };
    const authority = (['source', 'target'] as const).find((side) => sides[side]?.state === 'open')
      ?? (['source', 'target'] as const).find((side) => !sides[side] && sides[other(side)]?.finished);
    if (!authority) throw new CutoverError('Refused', 'no side has authority now', 'complete or abort the transfer first');
    const sealed = other(authority);
    const [open, closed] = [sides[authority], sides[sealed]];
    if (!closed || closed.state === 'open' || closed.state === 'draining') {
      throw new CutoverError('Refused', `the ${sealed} is ${closed ? closed.state : 'not armed'}`, 'only a side that gave authority away, or never had it, can be sealed');
    }
    // Read again after the other side: a transfer that has begun meanwhile shows here, or has to raise a side that is sealed.
    const again = await known(sessions[authority], authority);
    if (again?.state !== open?.state || again?.attempt !== open?.attempt) {
      throw new CutoverError('StaleAttempt', `the ${authority} has changed meanwhile`, 'read the state and decide anew');
    }
    refuseActive([...closed.slots, ...again?.slots ?? []]);
    await alone(found(sessions[sealed], closed), async (session) => {
      await session.query('UPDATE payment_migration.authority SET finished_at = coalesce(finished_at, clock_timestamp())');
    });
    const droppedSlots = await dropAllSlots(sessions[sealed]);
    if (open) {
      droppedSlots.push(...await dropAllSlots(sessions[authority]));
      await takeEverything(found(sessions[authority], open), tools);
    }
    return { authority, sealed, droppedSlots };
  } catch (error) {
    throw refusal(error);
  }
}

/** From here on nothing keeps anybody from writing to the side, so somebody has to say that it is out of use. */
export async function release(databases: Databases, { side, iHaveDecommissioned }: ReleaseRequest, tools: Tools): Promise<ReleaseResult> {
  checkSide(side);
  if (iHaveDecommissioned !== true) {
    throw new CutoverError('Refused', `iHaveDecommissioned: got ${String(iHaveDecommissioned)}, allowed: true`, `make sure that nobody takes the ${side} for the payments' database`);
  }
  try {
    const session = await databases.on(side);
    const closed = await known(session, side);
    if (!closed) return { side, released: true };
    if (closed.state === 'open' || closed.state === 'draining') {
      throw new CutoverError('Refused', `the ${side} has authority: it is ${closed.state}(${closed.attempt})`, 'release the other side, or finish the migration');
    }
    if (!closed.finished) throw new CutoverError('Refused', `the ${side} is not sealed: the migration goes on`, 'finish it first');
    refuseActive(closed.slots);
    await alone(found(session, closed), async () => {
      await session.query('SELECT payment_migration.tell_clients(a, true), payment_migration.let_in(a) FROM payment_migration.authority a');
    });
    await dropAllSlots(session);
    await takeEverything(found(session, closed), tools);
    return { side, released: true };
  } catch (error) {
    throw refusal(error);
  }
}

function other(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

async function known(session: Session, side: Side): Promise<ArmedSide | undefined> {
  return await readSide(session) && readArmedSide(session, side);
}

function found(session: Session, { side, state, attempt }: ArmedSide): Found {
  return { session, side, state, attempt };
}

function refuseActive(slots: ArmedSide['slots']): void {
  const active = slots.filter((slot) => slot.active).map(({ name }) => name);
  if (active.length > 0) throw new CutoverError('Refused', `slots are in use: ${active.join(', ')}`, 'stop the streams between the sides first');
}

/** One transaction with the row locked, for what must not happen after authority has moved. */
async function alone(what: Found, work: (session: Session) => Promise<void>): Promise<void> {
  const { session, side, state, attempt } = what;
  await session.transaction(async () => {
    // The side with authority must also be the server that was armed: an older copy of it stays closed.
    const from = state === 'open' ? 'payment_migration.locked_row()' : 'payment_migration.authority FOR UPDATE';
    const now = await session.one<Pick<Found, 'state' | 'attempt'>>(`SELECT state, attempt FROM ${from}`);
    if (now.state !== state || now.attempt !== attempt) {
      throw new CutoverError('StaleAttempt', `the ${side} is ${now.state}(${now.attempt}), not ${state}(${attempt})`, 'read the state and decide anew');
    }
    await work(session);
  });
}

/** Only slots whose names stand in our state. Returns those that were there. */
async function dropAllSlots(session: Session): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name } of await session.query<{ name: string }>('SELECT name FROM payment_migration.slot ORDER BY name')) {
    const there = await session.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [name]);
    if (there.length > 0) dropped.push(name);
    await session.query('DELETE FROM payment_migration.slot WHERE name = $1', [name]);
  }
  return dropped;
}

async function takeGates(what: Found, tools: Tools): Promise<number> {
  const { session } = what;
  await alone(what, allowDdl);
  const deadline = tools.now() + DEADLINE_MS;
  const tables = await session.query<{ relid: string; name: string }>(`
    SELECT DISTINCT t.tgrelid::text AS relid, t.tgrelid::regclass::text AS name FROM pg_trigger t
    WHERE t.tgfoid IN ('payment_migration.pass_gate()'::regprocedure, 'payment_migration.refuse_truncate()'::regprocedure) ORDER BY 2`);
  for (const { relid, name } of tables) {
    await patiently(async () => alone(what, async () => {
      await session.query(`SET LOCAL lock_timeout = ${TABLE_PATIENCE_MS}`);
      await session.query('SELECT payment_migration.disarm_table($1)', [relid]);
    }), { what: `the gate of ${name}`, deadline, pauseMs: TABLE_PAUSE_MS, tools });
  }
  return tables.length;
}

async function takeEverything(what: Found, tools: Tools): Promise<void> {
  const { session } = what;
  await takeGates(what, tools);
  await tellNoMore(session, (await session.query<{ login: string }>('SELECT login FROM payment_migration.applier')).map(({ login }) => login));
  await patiently(async () => alone(what, async () => {
    await session.query('DROP SCHEMA payment_migration CASCADE');
  }), { what: 'the schema payment_migration', deadline: tools.now() + DEADLINE_MS, pauseMs: TABLE_PAUSE_MS, tools });
}
