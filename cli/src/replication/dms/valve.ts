/** Lets through, or holds back until it is opened. */
export class Valve {
  private opened: Promise<void> | undefined;
  private resolve: () => void = () => undefined;

  close(): void {
    this.opened ??= new Promise((resolve) => { this.resolve = resolve; });
  }

  open(): void {
    this.resolve();
    this.opened = undefined;
  }

  async pass(): Promise<void> {
    while (this.opened !== undefined) await this.opened;
  }
}
