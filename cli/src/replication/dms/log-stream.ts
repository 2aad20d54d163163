import type { Client } from 'pg';
import { formatLsn } from './lsn';
import { RawQuery } from './raw-query';

/** https://www.postgresql.org/docs/current/protocol-replication.html */
const LOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
const STATUS = 'r'.charCodeAt(0);
const LOG_DATA_HEADER = 25;
/** Microseconds between 1970 and 2000. */
const EPOCH = 946_684_800_000_000n;

/** One message of the output plugin. */
export interface LogMessage {
  readonly text: string;
  /** For COMMIT: the end of the transaction, from which on the next one may be read. */
  readonly lsn: bigint;
}

export interface LogStreamOptions {
  readonly slot: string;
  readonly from: bigint;
  readonly onMessage: (message: LogMessage) => void;
  /** Everything that was committed before this position has been sent. */
  readonly onSent: (lsn: bigint) => void;
  /** The server wants to know how far we are, soon. */
  readonly onAsked: () => void;
}

/** Reads a slot of the plugin test_decoding by the streaming protocol, so that the reading session is there for all to see. */
export class LogStream extends RawQuery {
  constructor(private readonly client: Client, { slot, from, onMessage, onSent, onAsked }: LogStreamOptions) {
    super(client, `START_REPLICATION SLOT ${client.escapeIdentifier(slot)} LOGICAL ${formatLsn(from)} ("include-xids" '0', "skip-empty-xacts" '1')`, (bytes) => {
      if (bytes[0] === LOG_DATA) {
        onMessage({ lsn: bytes.readBigUInt64BE(1), text: bytes.toString('utf8', LOG_DATA_HEADER) });
      } else if (bytes[0] === KEEPALIVE) {
        onSent(bytes.readBigUInt64BE(1));
        if (bytes[17] === 1) onAsked();
      }
    });
  }

  /** What was committed before this position need not be sent again. */
  confirm(lsn: bigint): void {
    const message = Buffer.alloc(34);
    message[0] = STATUS;
    for (const offset of [1, 9, 17]) message.writeBigUInt64BE(lsn, offset);
    message.writeBigInt64BE(BigInt(Date.now()) * 1000n - EPOCH, 25);
    this.connection.sendCopyFromChunk(message);
  }

  pause(): void {
    this.client.connection.stream.pause();
  }

  resume(): void {
    this.client.connection.stream.resume();
  }
}
