import type { Session } from './session';

/** A session that whoever asks shares: opened when it is asked for, and again when it broke. However many ask at once, one is opened. */
export class KeptSession {
  private opening?: Promise<Session>;

  public constructor(private readonly open: () => Promise<Session>) {}

  public async get(): Promise<Session> {
    const found = this.opening;
    const known = await found?.catch(() => undefined);
    if (known && !known.broken) return known;
    await known?.end();
    // Somebody else may have opened the next one meanwhile.
    if (this.opening !== found) return this.get();
    this.opening = this.open();
    return this.opening;
  }

  /** Who asks afterwards gets a new one. */
  public async end(): Promise<void> {
    const last = this.opening;
    this.opening = undefined;
    await (await last?.catch(() => undefined))?.end();
  }
}
