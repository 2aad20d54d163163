import type { Side, StateResult } from './contract';
import type { Databases } from './databases';
import { readSide, type ArmedSide } from './side';

/** What is now, on both sides; a side that does not answer is said to be so. */
export async function state(databases: Databases): Promise<StateResult> {
  const [source, target] = await Promise.all([look(databases, 'source'), look(databases, 'target')]);
  const sides = { source, target };
  const authority = (['source', 'target'] as const).find((side) => isOpen(sides[side]));
  return { sides: { source: publicState(source), target: publicState(target) }, authority, wayBack: wayBackOf(authority, sides) };
}

type Look = ArmedSide | { readonly side: Side; readonly armed: false } | { readonly side: Side; readonly unreachable: string };

async function look(databases: Databases, side: Side): Promise<Look> {
  try {
    return await readSide(await databases.on(side)) ?? { side, armed: false };
  } catch (error) {
    return { side, unreachable: error instanceof Error ? error.message : String(error) };
  }
}

function isArmed(side: Look): side is ArmedSide {
  return 'armed' in side && side.armed;
}

function isOpen(side: Look): boolean {
  return isArmed(side) && side.state === 'open' && side.gate === 'open';
}

function publicState(side: Look): StateResult['sides'][Side] {
  if (!isArmed(side)) return side;
  const { markers, closedForMs, finished: sealed, ...rest } = side;
  return { ...rest, sealed };
}

/** The side with authority wrote a marker when it was opened: where that has come to the other side, its stream runs. */
function wayBackOf(authority: Side | undefined, sides: Record<Side, Look>): StateResult['wayBack'] {
  const open = authority && sides[authority];
  if (!open || !isArmed(open) || !open.wayBack || open.wayBack.attempt > open.attempt) return 'none';
  const other = sides[authority === 'source' ? 'target' : 'source'];
  const { attempt } = open.wayBack;
  const arrived = isArmed(other) && other.markers.some((marker) => marker.giver === authority && marker.stream === '' && marker.attempt === attempt);
  return arrived ? 'running' : 'pending';
}
