import type { LogMessage } from './log-stream';
import { parseChange, parseHead, type Change } from './test-decoding';

/** Transactions of the giver, in their order, that are to be applied together. */
export interface Group {
  readonly changes: readonly Change[];
  /** From here on the next one may be read. */
  readonly end: bigint;
}

/** Puts the messages of the log together to transactions, and keeps them until they are taken. */
export class TransactionQueue {
  private changes: Change[] = [];
  private end: bigint | undefined;
  private unfinished: Change[] | undefined;
  private wake?: () => void;

  /** Only what changes these tables counts. */
  constructor(private readonly tables: ReadonlySet<string>) {}

  /** How many changes of complete transactions wait. */
  get size(): number {
    return this.changes.length;
  }

  /** Everything that was read has been taken. */
  get isEmpty(): boolean {
    return this.end === undefined && this.unfinished === undefined;
  }

  add({ text, lsn }: LogMessage): void {
    if (text.startsWith('BEGIN')) {
      this.unfinished = [];
    } else if (text.startsWith('COMMIT')) {
      for (const change of this.unfinished ?? []) this.changes.push(change);
      this.unfinished = undefined;
      this.end = lsn;
      if (this.size > 0) this.wake?.();
    } else if (parseHead(text)?.tables.some((table) => this.tables.has(table))) {
      const change = parseChange(text);
      if (change !== undefined) this.unfinished?.push(change);
    }
  }

  /** Waits until this many changes are there, or for the time given after the first. */
  async collect(size: number, timeoutMs: () => number): Promise<void> {
    await this.reach(1);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => { timer = setTimeout(resolve, timeoutMs()); });
    await Promise.race([this.reach(size), timeout]);
    clearTimeout(timer);
  }

  take(): Group | undefined {
    const { changes, end } = this;
    if (end === undefined) return undefined;
    this.changes = [];
    this.end = undefined;
    return { changes, end };
  }

  private async reach(size: number): Promise<void> {
    while (this.size < size) await new Promise<void>((resolve) => { this.wake = resolve; });
  }
}
