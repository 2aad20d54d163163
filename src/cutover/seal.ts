import { allowDdl } from './arm';
import type { DisarmRequest, DisarmResult, FinishResult, ReleaseRequest, ReleaseResult, Side } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { patiently } from './patience';
import { readArmedSide, readSide } from './side';
import type { Tools } from './tools';
import type { Session } from '../postgres';

const TABLE_PATIENCE_MS = 100;
const TABLE_PAUSE_MS = 400;
const DEADLINE_MS = 240_000;

/** Takes the gates from the side with authority and leaves the rest, so that it can be armed again. */
export async function disarm(databases: Databases, { side }: DisarmRequest, tools: Tools): Promise<DisarmResult> {
  try {
    const session = await databases.on(side);
    const { state, attempt } = await readArmedSide(session, side);
    if (state !== 'open') {
      throw new CutoverError('Refused', `the ${side} is ${state}(${attempt}): without its gate anybody could write there`, 'disarm only the side with authority; release a side that is out of use');
    }
    return { side, tables: await takeGates(session, tools) };
  } catch (error) {
    throw refusal(error);
  }
}

/** The migration is over. Safe to repeat: the sealed side says first that it is sealed for good. */
export async function finish(databases: Databases, tools: Tools): Promise<FinishResult> {
  try {
    const sessions = { source: await databases.on('source'), target: await databases.on('target') };
    const sides = { source: await readSide(sessions.source), target: await readSide(sessions.target) };
    const authority = (['source', 'target'] as const).find((side) => sides[side]?.state === 'open')
      ?? (['source', 'target'] as const).find((side) => !sides[side] && sides[other(side)]?.finished);
    if (!authority) throw new CutoverError('Refused', 'no side has authority now', 'complete or abort the transfer first');
    const sealed = other(authority);
    const closed = sides[sealed];
    if (!closed || closed.state === 'open' || closed.state === 'draining') {
      throw new CutoverError('Refused', `the ${sealed} is ${closed ? closed.state : 'not armed'}`, 'only a side that gave authority away, or never had it, can be sealed');
    }
    const active = [...closed.slots, ...sides[authority]?.slots ?? []].filter((slot) => slot.active).map(({ name }) => name);
    if (active.length > 0) throw new CutoverError('Refused', `slots are in use: ${active.join(', ')}`, 'stop the streams between the sides first');
    const droppedSlots = await dropAllSlots(sessions[sealed]);
    await sessions[sealed].query('UPDATE payment_migration.authority SET finished_at = coalesce(finished_at, clock_timestamp())');
    if (sides[authority]) {
      droppedSlots.push(...await dropAllSlots(sessions[authority]));
      await takeEverything(sessions[authority], tools);
    }
    return { authority, sealed, droppedSlots };
  } catch (error) {
    throw refusal(error);
  }
}

/** From here on nothing keeps anybody from writing to the side, so somebody has to say that it is out of use. */
export async function release(databases: Databases, { side, iHaveDecommissioned }: ReleaseRequest, tools: Tools): Promise<ReleaseResult> {
  if (iHaveDecommissioned !== true) {
    throw new CutoverError('Refused', `iHaveDecommissioned: got ${String(iHaveDecommissioned)}, allowed: true`, `make sure that nobody takes the ${side} for the payments' database`);
  }
  try {
    const session = await databases.on(side);
    const known = await readSide(session);
    if (!known) return { side, released: true };
    await readArmedSide(session, side);
    if (known.state === 'open' || known.state === 'draining') {
      throw new CutoverError('Refused', `the ${side} has authority: it is ${known.state}(${known.attempt})`, 'release the other side, or finish the migration');
    }
    await dropAllSlots(session);
    await session.query('SELECT payment_migration.tell_clients(a, true), payment_migration.let_in(a) FROM payment_migration.authority a');
    await takeEverything(session, tools);
    return { side, released: true };
  } catch (error) {
    throw refusal(error);
  }
}

function other(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

/** Only slots whose names stand in our state. */
async function dropAllSlots(session: Session): Promise<string[]> {
  const slots = await session.query<{ name: string }>('SELECT name FROM payment_migration.slot ORDER BY name');
  for (const { name } of slots) {
    await session.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [name]);
    await session.query('DELETE FROM payment_migration.slot WHERE name = $1', [name]);
  }
  return slots.map(({ name }) => name);
}

async function takeGates(session: Session, tools: Tools): Promise<number> {
  await allowDdl(session);
  const deadline = tools.now() + DEADLINE_MS;
  const tables = await session.query<{ relid: string; name: string }>(`
    SELECT t.tgrelid::text AS relid, t.tgrelid::regclass::text AS name FROM pg_trigger t
    WHERE t.tgfoid = 'payment_migration.pass_gate()'::regprocedure ORDER BY 2`);
  for (const { relid, name } of tables) {
    await patiently(async () => session.transaction(async () => {
      await session.query(`SET LOCAL lock_timeout = ${TABLE_PATIENCE_MS}`);
      await session.query('SELECT payment_migration.disarm_table($1)', [relid]);
    }), { what: `the gate of ${name}`, deadline, pauseMs: TABLE_PAUSE_MS, tools });
  }
  return tables.length;
}

async function takeEverything(session: Session, tools: Tools): Promise<void> {
  await takeGates(session, tools);
  await session.query('DROP SCHEMA IF EXISTS payment_migration CASCADE');
}
