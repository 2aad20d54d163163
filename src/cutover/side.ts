import { SCHEMA, type AuthorityState, type FenceKind, type Side, type SideState, type WayBack } from './contract';
import { CutoverError } from './cutover-error';
import type { Session } from '../postgres';

interface Marker {
  readonly giver: Side;
  readonly stream: string;
  readonly attempt: number;
}

/** What `side_state()` says of a side that is armed. */
export interface ArmedSide extends SideState {
  readonly armed: true;
  readonly state: AuthorityState;
  readonly attempt: number;
  readonly gate: 'open' | 'closed';
  readonly fence: FenceKind;
  readonly problems: readonly string[];
  readonly slots: NonNullable<SideState['slots']>;
  readonly sameServer: boolean;
  readonly finished: boolean;
  /** Since when a draining side is closed, by its own clock. */
  readonly closedForMs: number | null;
  readonly markers: readonly Marker[];
  readonly wayBack?: WayBack;
}

/** What a side says of itself; undefined where nothing of the migration is there. */
export async function readSide(session: Session): Promise<ArmedSide | undefined> {
  await refuseStrangersSchema(session);
  const { there } = await session.one<{ there: boolean }>("SELECT to_regprocedure('payment_migration.side_state()') IS NOT NULL AS there");
  if (!there) return undefined;
  const [row] = await session.query<{ state: (ArmedSide & { wayBack: WayBack | null }) | null }>('SELECT payment_migration.side_state() AS state');
  if (!row?.state) return undefined;
  const { wayBack, ...state } = row.state;
  return wayBack ? { ...state, wayBack } : state;
}

/** What somebody else put there under our name would run with our rights. */
export async function refuseStrangersSchema(session: Session): Promise<void> {
  const [stranger] = await session.query<{ owner: string }>(
    `SELECT pg_get_userbyid(nspowner)::text AS owner FROM pg_namespace WHERE nspname = '${SCHEMA}' AND pg_get_userbyid(nspowner) <> session_user`);
  if (stranger) {
    throw new CutoverError('Refused', `the schema ${SCHEMA} belongs to ${stranger.owner}, not to this login`, 'find out who made it and why, and drop it');
  }
}

/** The same where a side must be armed. */
export async function readArmedSide(session: Session, side: Side): Promise<ArmedSide> {
  const state = await readSide(session);
  if (!state) throw new CutoverError('Refused', `the ${side} is not armed`, 'arm it first');
  if (state.side !== side) {
    throw new CutoverError('Refused', `the database that is said to be the ${side} was armed as the ${state.side}`, 'check which secret and database belong to which side');
  }
  return state;
}

/** Whether the side was given authority with this attempt, and not with an abort that happens to have left it open with that number. */
export function isOpenedWith({ state, attempt, wayBack }: ArmedSide, wanted: number): boolean {
  return state === 'open' && attempt === wanted && wayBack?.attempt === wanted;
}
