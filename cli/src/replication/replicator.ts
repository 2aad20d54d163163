import type { Side, Stream, WayBack } from './protocol';

/**
 * - `absent`: there never was a stream, or nobody here knows of one
 * - `loading`: rows are being copied
 * - `running`: every table is ready, and the giver's log is being read
 * - `stopped`: it was ended for good
 * - `failed`: it is meant to run and does not, or not yet; what can be tried again is being tried again
 */
export type StreamStatus = 'absent' | 'loading' | 'running' | 'stopped' | 'failed';

/**
 * What carries changes between the two sides. A stream is named by its giver, the side that it comes out of.
 *
 * All but `stall` and `resume` may be called again after a failure, and go on where they were.
 */
export interface Replicator {
  /** The output plugin that slots for `start` are made with. */
  readonly plugin: 'pgoutput' | 'test_decoding';

  /** The login that changes are applied with, which each side must admit: one of the `appliers` that it is armed with. */
  readonly appliers: Readonly<Record<Side, string>>;

  /** Copies the tables' rows from source to target and follows their changes. Makes its own slot. Resolves when every table is ready. */
  load(): Promise<Stream>;

  /**
   * Starts the stream out of `giver` from exactly this slot and this position: nothing from before it, nothing left out.
   *
   * A missing slot, or one that was read beyond the position, is an error and never a reason to make another.
   */
  start(giver: Side, from: WayBack): Promise<Stream>;

  /** Ends the stream out of `giver` for good, and leaves its slot. */
  stop(giver: Side): Promise<void>;

  status(giver: Side): Promise<StreamStatus>;

  /** Holds back applying: the log is still read, but nothing arrives until `resume`. */
  stall(giver: Side): Promise<void>;

  resume(giver: Side): Promise<void>;

  /** Lets go of connections and processes of this replicator. What it made in the databases stays. */
  close(): Promise<void>;
}

/** The side that the stream out of `giver` arrives at. */
export function takerOf(giver: Side): Side {
  return giver === 'source' ? 'target' : 'source';
}

/** What the stream out of `giver` is called, in markers and in the databases. */
export function streamName(giver: Side): string {
  return `payment_migration_to_${takerOf(giver)}`;
}
