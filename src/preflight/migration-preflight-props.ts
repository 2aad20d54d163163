import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { PreflightAssessmentOptions } from './assessment-access';
import type { PreflightSide } from './preflight-side';
import type { Protection } from '../core';
import type { IMigrationNetwork } from '../network';

/** What a caller may say about the preflight. */
export interface PreflightOptions {
  /**
   * How long the function may take, which reads every table for values that DMS damages: 1 to 15 minutes.
   *
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Memory of the function in MiB, 128 to 10240; its share of a processor grows with it.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
}

/** Properties of `MigrationPreflight`. */
export interface MigrationPreflightProps extends PreflightOptions {
  /** What the system moves from. */
  readonly source: PreflightSide;

  /** What the system moves to. */
  readonly target: PreflightSide;

  /**
   * The network that the function stands in: in the Region of the stack, with a way to both databases.
   *
   * @default - the target's network
   */
  readonly network?: IMigrationNetwork;

  /**
   * DMS's own assessment, whose findings stand among the rest. The function must reach DMS's API, by an interface endpoint; in a network that is
   * no `MigrationNetwork` a route to the internet does as well.
   *
   * @default - DMS is not asked
   */
  readonly assessment?: PreflightAssessmentOptions;

  /**
   * Names the migration in logs and traces, and is the dimension `service` of its metrics: 1 to 64 characters without spaces.
   *
   * @default - made from the construct's path
   */
  readonly serviceName?: string;

  /**
   * Encrypts log and environment of the function. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to the log and its key on deletion.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}
