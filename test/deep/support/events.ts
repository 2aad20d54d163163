const KEPT = 300;

/** What happened, for the report of a failure. */
export class Events {
  private readonly begin = performance.now();
  private readonly lines: string[] = [];

  public add(what: string): void {
    this.lines.push(`${((performance.now() - this.begin) / 1_000).toFixed(3).padStart(9)} ${what}`);
    if (this.lines.length > KEPT) this.lines.shift();
  }

  public last(count = KEPT): string {
    return this.lines.slice(-count).join('\n');
  }
}
