import { DEFAULTS, type CatchUpKind, type Side } from './contract';
import { BOTH, type Sides } from './sides';
import type { Tools } from './tools';
import { ValidationError } from './validation-error';
import { qualified } from '../postgres';
import { MARKER_TABLE, SCHEMA } from '../postgres/migration-schema';

/** Waits until the other side has everything that the writing side has at the moment of the call. */
export interface CatchUp {
  readonly kind: CatchUpKind;
  /** False where it did not in time: then what differs is not known to be wrong. */
  reach(): Promise<boolean>;
}

export interface CatchUpOptions {
  readonly writer?: Side;
  readonly catchUp?: CatchUpKind;
  readonly catchUpMs?: number;
  readonly delayMs?: number;
}

const DELAY_MS = 2_000;
const POLL_MS = 50;
/** Our own row among the markers: a transfer's are named for its streams, and none of them has a space. */
const STREAM = 'of validation';

export async function catchUpFor(sides: Sides, { writer = 'source', catchUp, catchUpMs = DEFAULTS.catchUpMs, delayMs = DELAY_MS }: CatchUpOptions, tools: Tools): Promise<CatchUp> {
  const kind = catchUp ?? (await hasMarkers(sides) ? 'marker' : 'delay');
  const deadline = () => Math.min(tools.now() + catchUpMs, tools.now() + tools.remainingMs() - POLL_MS);
  switch (kind) {
    case 'none': return { kind, reach: async () => true };
    case 'delay': return { kind, reach: async () => slotsAndDelay(sides, writer, delayMs, deadline(), tools) };
    case 'marker': return { kind, reach: async () => marker(sides, writer, deadline(), tools) };
    default: throw new ValidationError('Refused', `catchUp: got ${JSON.stringify(kind)}, allowed: marker, delay, none`);
  }
}

async function hasMarkers(sides: Sides): Promise<boolean> {
  const there = await sides.both(async (side) => {
    const [row] = await sides.query<{ there: boolean }>(side, `SELECT to_regclass('${SCHEMA}.${MARKER_TABLE}') IS NOT NULL AS there`);
    return row.there;
  });
  return BOTH.every((side) => there[side]);
}

/** The row is committed after everything that could be seen before: changes arrive in the order of their commits. */
async function marker(sides: Sides, writer: Side, deadline: number, { now, sleep }: Tools): Promise<boolean> {
  const reader = writer === 'source' ? 'target' : 'source';
  const table = qualified(SCHEMA, MARKER_TABLE);
  const [{ number }] = await sides.writing(writer, async (session) => session.query<{ number: number }>(
    `INSERT INTO ${table} AS m (giver, stream, attempt) VALUES ($1, $2, 1)
     ON CONFLICT (giver, stream) DO UPDATE SET attempt = m.attempt + 1 RETURNING attempt AS number`, [writer, STREAM]));
  for (;;) {
    const [{ here }] = await sides.query<{ here: boolean }>(reader,
      `SELECT EXISTS (SELECT FROM ${table} WHERE giver = $1 AND stream = $2 AND attempt >= $3) AS here`, [writer, STREAM, number]);
    if (here) return true;
    if (now() > deadline) return false;
    await sleep(POLL_MS);
  }
}

async function slotsAndDelay(sides: Sides, writer: Side, delayMs: number, deadline: number, { now, sleep }: Tools): Promise<boolean> {
  const [{ lsn }] = await sides.query<{ lsn: string }>(writer, 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
  for (;;) {
    const [{ behind }] = await sides.query<{ behind: number }>(writer, `SELECT count(*)::int AS behind FROM pg_replication_slots
      WHERE slot_type = 'logical' AND active AND database = current_database() AND confirmed_flush_lsn < $1::pg_lsn`, [lsn]);
    if (behind === 0) break;
    if (now() > deadline) return false;
    await sleep(POLL_MS);
  }
  await sleep(delayMs);
  return true;
}
