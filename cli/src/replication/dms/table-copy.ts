import type { Client } from 'pg';
import { RawQuery, type CopyConnection } from './raw-query';

/** Copies what one statement yields into another, without keeping it. */
export async function copyBetween(from: Client, out: string, to: Client, into: string, onBytes: (count: number) => void): Promise<void> {
  const [source, sink] = [from.connection.stream, to.connection as CopyConnection];
  const writing = new RawQuery(to, into);
  // An error comes instead of the wish for bytes.
  await Promise.race([writing.wanted, writing.ended]);
  let waiting = false;
  const reading = new RawQuery(from, out, (chunk) => {
    // The chunk is part of a buffer that is used again.
    sink.sendCopyFromChunk(Buffer.from(chunk));
    onBytes(chunk.length);
    if (!waiting && sink.stream.writableNeedDrain) {
      waiting = true;
      source.pause();
      sink.stream.once('drain', () => {
        waiting = false;
        source.resume();
      });
    }
  });
  try {
    await Promise.race([reading.ended, failed(writing.ended)]);
  } catch (error) {
    sink.sendCopyFail('the other side failed');
    throw error;
  }
  sink.endCopyFrom();
  await writing.ended;
}

/** Rejects as the promise does, and never resolves: a COPY that takes rows ends only after it was told so. */
async function failed(ended: Promise<void>): Promise<never> {
  await ended;
  throw new Error('the copy ended early');
}
