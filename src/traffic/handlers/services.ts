import type { Route53Client } from '@aws-sdk/client-route-53';

export type Route53 = Pick<Route53Client, 'send'>;

/** What the handler works with. */
export interface DnsServices {
  /** Route 53, with the rights of the role where there is one. */
  readonly route53: (roleArn?: string) => Promise<Route53>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const PAUSE_MS = 5_000;

/** One request's time. */
export class Patience {
  private readonly deadline: number;

  constructor(private readonly services: Pick<DnsServices, 'now' | 'sleep'>, private readonly seconds: number) {
    this.deadline = services.now() + seconds * 1000;
  }

  /** @param reason what is waited for, as it is now */
  public async pause(reason: string): Promise<void> {
    if (this.services.now() + PAUSE_MS > this.deadline) throw new Error(`gave up after ${this.seconds} seconds: ${reason}`);
    await this.services.sleep(PAUSE_MS);
  }
}

export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
