import type { Client, Connection, Submittable } from 'pg';

/** What `pg` offers for COPY, and its types leave out. */
export interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** A statement whose answer is a stream of bytes in one direction or both: COPY, START_REPLICATION. */
export class RawQuery implements Submittable {
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
  /** Resolves when the server asks for bytes. */
  readonly wanted: Promise<void>;
  protected readonly connection: CopyConnection;
  private resolve!: () => void;
  private reject!: (error: Error) => void;
  private want!: () => void;

  constructor(client: Client, private readonly text: string, private readonly onBytes: (bytes: Buffer) => void = () => undefined) {
    this.connection = client.connection as CopyConnection;
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.wanted = new Promise((resolve) => { this.want = resolve; });
    // Whoever waits is told; who has turned to something else meanwhile is not ended by it.
    this.ended.catch(() => undefined);
    client.query(this);
  }

  /** Called by `pg`, like all below. */
  submit(connection: Connection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(): void {
    this.want();
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.onBytes(chunk);
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}
}
