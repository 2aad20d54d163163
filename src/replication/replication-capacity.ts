import type { Construct } from 'constructs';
import type { ReplicationCapacityBindOptions, ReplicationCapacityConfig } from './capacity-binding';
import { bindProvisioned, type ProvisionedCapacityOptions } from './provisioned-capacity';
import { bindServerless, type ServerlessCapacityOptions } from './serverless-capacity';

/**
 * What the tasks of DMS run on.
 *
 * Users may write their own by extending this class.
 */
export abstract class ReplicationCapacity {
  /** A replication instance that all tasks share. */
  public static provisioned(options: ProvisionedCapacityOptions = {}): ReplicationCapacity {
    return new BuiltInCapacity((scope, bound) => bindProvisioned(scope, options, bound));
  }

  /**
   * Capacity that comes with each task and scales with it.
   *
   * DMS does not document the dimensions of its metrics, nor that a replication may start at a position that it is given: try the way back
   * before you rely on it.
   */
  public static serverless(options: ServerlessCapacityOptions = {}): ReplicationCapacity {
    return new BuiltInCapacity((_, bound) => bindServerless(options, bound));
  }

  /** Makes the capacity in an empty scope of its own. */
  public abstract bind(scope: Construct, options: ReplicationCapacityBindOptions): ReplicationCapacityConfig;
}

class BuiltInCapacity extends ReplicationCapacity {
  public constructor(private readonly bindTo: (scope: Construct, options: ReplicationCapacityBindOptions) => ReplicationCapacityConfig) {
    super();
  }

  public bind(scope: Construct, options: ReplicationCapacityBindOptions): ReplicationCapacityConfig {
    return this.bindTo(scope, options);
  }
}
