import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ValidationOptions } from './validation-options';
import type { ValidationSide } from './validation-side';
import type { Protection } from '../core';
import type { IMigrationNetwork } from '../network';

/** Properties of `DataValidation`. */
export interface DataValidationProps extends ValidationOptions {
  /** What the system moves from. */
  readonly source: ValidationSide;

  /** What the system moves to. */
  readonly target: ValidationSide;

  /**
   * The network that the function stands in: in the Region of the stack, with a way to both databases.
   *
   * @default - the target's network
   */
  readonly network?: IMigrationNetwork;

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
