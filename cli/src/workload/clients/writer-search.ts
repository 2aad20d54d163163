import { WriterSession, type SessionOptions } from './session';
import type { Side } from '../contract';

/** After a search that found no writer nobody looks again for so long: the servers have better things to do in a pause than handshakes. */
const REST_MS = 25;

/**
 * Finds the side that takes writes, as libpq does with `target_session_attrs=read-write` and several hosts.
 *
 * One client looks at a time and the others wait for what it finds: every look costs both servers a handshake, and in the pause of a
 * cutover all clients would look at once.
 */
export class WriterSearch {
  /** Where the writer was seen last: the first to be asked. */
  private last: Side = 'source';
  private known = false;
  private searching?: Promise<void>;
  private restsUntil = 0;

  /** Each connection that fails, or finds a side closed, is told to `onProblem`. */
  constructor(private readonly options: SessionOptions, private readonly onProblem: (error: unknown) => void) {}

  /** A session where writes are taken; undefined when no side takes any now. */
  async connect(): Promise<WriterSession | undefined> {
    if (this.searching === undefined && !this.known) {
      if (performance.now() < this.restsUntil) return undefined;
      const search = this.search();
      this.searching = search.then(() => { this.searching = undefined; });
      return search;
    }
    await this.searching;
    if (!this.known) return undefined;
    const side = this.last;
    const session = await this.open(side);
    if (session === undefined) this.doubt(side);
    return session;
  }

  /** This side took no write, or ended a session: the next one who connects looks again. */
  doubt(side: Side): void {
    if (side === this.last) this.known = false;
  }

  private async search(): Promise<WriterSession | undefined> {
    const order: readonly Side[] = this.last === 'source' ? ['source', 'target'] : ['target', 'source'];
    for (const side of order) {
      const session = await this.open(side);
      if (session === undefined) continue;
      this.last = side;
      this.known = true;
      return session;
    }
    this.restsUntil = performance.now() + REST_MS;
    return undefined;
  }

  private async open(side: Side): Promise<WriterSession | undefined> {
    try {
      return await WriterSession.open(this.options, side);
    } catch (error) {
      this.onProblem(error);
      return undefined;
    }
  }
}
