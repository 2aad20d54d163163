import { Token } from 'aws-cdk-lib';
import type { ReplicationCapacityBindOptions, ReplicationCapacityConfig } from './capacity-binding';
import { invalidInput } from '../core';

/** Options of `ReplicationCapacity.serverless()`. */
export interface ServerlessCapacityOptions {
  /**
   * The fewest capacity units: 1, 2, 4, 8, 16, 32, 64, 128, 192, 256 or 384.
   *
   * @default 2
   */
  readonly minCapacity?: number;

  /**
   * The most capacity units: one of the same numbers.
   *
   * @default 16
   */
  readonly maxCapacity?: number;

  /**
   * Whether a standby waits in another Availability Zone.
   *
   * @default - true under Protection.production(), false under Protection.ephemeral()
   */
  readonly multiAz?: boolean;
}

const UNITS = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384];

export function bindServerless(options: ServerlessCapacityOptions, { protection }: ReplicationCapacityBindOptions): ReplicationCapacityConfig {
  const { minCapacity = 2, maxCapacity = 16, multiAz = protection.highlyAvailable } = options;
  checkUnits('minCapacity', minCapacity);
  checkUnits('maxCapacity', maxCapacity);
  if (!Token.isUnresolved(minCapacity) && !Token.isUnresolved(maxCapacity) && maxCapacity < minCapacity) {
    throw invalidInput('maxCapacity', maxCapacity, `at least the ${minCapacity} of minCapacity`);
  }
  return { serverless: { minCapacity, maxCapacity, multiAz } };
}

function checkUnits(prop: string, units: number): void {
  if (!Token.isUnresolved(units) && !UNITS.includes(units)) throw invalidInput(prop, units, UNITS.join(', '));
}
