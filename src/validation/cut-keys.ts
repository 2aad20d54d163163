import type { Key, KeyRange, Side } from './contract';
import type { Sides } from './sides';
import { cuts, sampledCuts } from './statements';
import type { TablePlan } from './table-plan';

const PAGE_BYTES = 8_192;
/** Pages that are read for a sample, or fewer. */
const SAMPLE_PAGES = 400;
/** A page holds rows that lie together. Pieces need not be even: a range takes as many as its time allows. */
const PAGES_FOR_A_PIECE = 2;

/** Keys that cut a range into about so many pieces of about the same size, from a sample of the table's pages: the table is not read. */
export async function cutKeys(sides: Sides, plan: TablePlan, side: Side, range: KeyRange, pieces: number): Promise<Key[]> {
  const pages = plan.bytes[side] / PAGE_BYTES;
  const wanted = Math.max(SAMPLE_PAGES, Math.min(pieces, MOST_PIECES) * PAGES_FOR_A_PIECE);
  const percent = Math.min(100, wanted / Math.max(pages, 1) * 100);
  const { text, values } = sampledCuts(plan, side, range, Math.min(pieces, MOST_PIECES), Number(percent.toFixed(6)));
  return (await sides.query<{ key: Key }>(side, text, values)).map(({ key }) => key);
}

export const MOST_PIECES = 2_000;

/** The same, even where a sample says nothing of so small a range: its index is walked then. */
export async function cutInto(sides: Sides, plan: TablePlan, side: Side, range: KeyRange, pieces: number): Promise<Key[]> {
  const sampled = await cutKeys(sides, plan, side, range, pieces);
  if (sampled.length > 0) return sampled;
  const { text, values } = cuts(plan, side, range, pieces);
  return (await sides.query<{ key: Key }>(side, text, values)).map(({ key }) => key);
}
