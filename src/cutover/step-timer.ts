import type { Step, TransferResult } from './contract';
import type { Tools } from './tools';

/** Runs the steps of a transfer, and remembers how long each took. */
export class StepTimer {
  public readonly steps: { step: Step; ms: number }[] = [];

  public constructor(private readonly tools: Tools) {}

  public async run<T>(step: Step, work: () => Promise<T>): Promise<T> {
    await this.tools.onStep?.('before', step);
    const begin = this.tools.now();
    const result = await work();
    this.steps.push({ step, ms: this.round(this.tools.now() - begin) });
    await this.tools.onStep?.('after', step);
    return result;
  }

  public round(ms: number): number {
    return Math.round(ms * 100) / 100;
  }

  public report(): TransferResult['steps'] {
    return [...this.steps];
  }
}
