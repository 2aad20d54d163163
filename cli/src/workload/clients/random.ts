const MODULUS = 2_147_483_647;
const FACTOR = 48_271;

/** Park and Miller's generator: numbers from 0 to below 1, the same ones for the same seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = 1 + Math.abs(Math.trunc(seed)) % (MODULUS - 1);
    // The first number of neighbouring seeds is nearly the same.
    this.next();
  }

  next(): number {
    this.state = this.state * FACTOR % MODULUS;
    return this.state / MODULUS;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
