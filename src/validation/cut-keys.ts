import type { Key, KeyRange, Side } from './contract';
import type { Sides } from './sides';
import { cuts, sampledCuts, type Statement } from './statements';
import type { TablePlan } from './table-plan';

/** A range is cut into no more. */
export const MOST_PIECES = 2_000;
const PAGE_BYTES = 8_192;
/** Pages that are read for a sample, or fewer. */
const SAMPLE_PAGES = 400;
/** A page holds rows that lie together. Pieces need not be even: a range takes as many as its time allows. */
const PAGES_FOR_A_PIECE = 2;

/** Keys that cut a range into about so many pieces of about the same size, from a sample of the table's pages: the table is not read. */
export async function cutKeys(sides: Sides, plan: TablePlan, side: Side, range: KeyRange, pieces: number): Promise<Key[]> {
  const pages = plan.bytes[side] / PAGE_BYTES;
  const atMost = Math.min(pieces, MOST_PIECES);
  const percent = Math.min(100, Math.max(SAMPLE_PAGES, atMost * PAGES_FOR_A_PIECE) / Math.max(pages, 1) * 100);
  return keysOf(sides, side, sampledCuts(plan, side, range, atMost, Number(percent.toFixed(6))));
}

/** The same, even where a sample says nothing of so small a range: its index is walked then. */
export async function cutInto(sides: Sides, plan: TablePlan, side: Side, range: KeyRange, pieces: number): Promise<Key[]> {
  const sampled = await cutKeys(sides, plan, side, range, pieces);
  return sampled.length > 0 ? sampled : keysOf(sides, side, cuts(plan, side, range, pieces));
}

async function keysOf(sides: Sides, side: Side, { text, values }: Statement): Promise<Key[]> {
  return (await sides.query<{ key: Key }>(side, text, values)).map(({ key }) => key);
}
