import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import type { IAMClient } from '@aws-sdk/client-iam';
import { PATIENCE_SECONDS } from '../contract';

/** What the handler works with. */
export interface ReplicationServices {
  readonly dms: Pick<DatabaseMigrationServiceClient, 'send'>;
  readonly iam: Pick<IAMClient, 'send'>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const PAUSE_MS = 5_000;

/** One request's time. */
export class Patience {
  private readonly deadline: number;

  constructor(private readonly services: Pick<ReplicationServices, 'now' | 'sleep'>) {
    this.deadline = services.now() + PATIENCE_SECONDS * 1000;
  }

  /** @param reason what is waited for, as it is now */
  async pause(reason: string, ms = PAUSE_MS): Promise<void> {
    if (this.services.now() + ms > this.deadline) throw new Error(`gave up after ${PATIENCE_SECONDS} seconds: ${reason}`);
    await this.services.sleep(ms);
  }
}

/** Throws every error but the named. */
export function unless(...names: string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  };
}

export const NOT_FOUND = 'ResourceNotFoundFault';
/** The resource is in a state that does not allow the call: by now, or still. */
export const INVALID_STATE = 'InvalidResourceStateFault';
