const MODULUS = 2 ** 31 - 1;
const MULTIPLIER = 48_271;
/** The first numbers of small seeds are small. */
const SKIPPED = 10;

/** Numbers that look random and are the same for the same seed: Park and Miller's generator. */
export class Random {
  private state: number;

  public constructor(seed: number) {
    this.state = 1 + seed % (MODULUS - 1);
    for (let n = 0; n < SKIPPED; n += 1) this.next();
  }

  /** From 0 up to, and not including, 1. */
  public next(): number {
    this.state = this.state * MULTIPLIER % MODULUS;
    return (this.state - 1) / (MODULUS - 1);
  }

  public between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  public one<T>(of: readonly T[]): T {
    return of[Math.floor(this.next() * of.length)];
  }
}
