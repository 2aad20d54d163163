import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { DmsServiceRoles } from './dms-service-roles';
import type { ReplicationEndpointOptions } from './endpoint-options';
import type { ReplicationCapacity } from './replication-capacity';
import type { TableMappings } from './table-mappings';
import type { TaskSettings } from './task-settings';
import type { MigrationStage, Protection } from '../core';
import type { MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';

/** What a caller may say about a replication. */
export interface ReplicationOptions {
  /**
   * Which tables are replicated, and what they are called on the target.
   *
   * @default - every table of every schema, under its own name
   */
  readonly tableMappings?: TableMappings;

  /**
   * The same from the target to the source, for the way back.
   *
   * @default - tableMappings the other way round
   */
  readonly reverseTableMappings?: TableMappings;

  /**
   * How rows and changes are carried; for the way back too, which has no load.
   *
   * @default TaskSettings.forPayments()
   */
  readonly taskSettings?: TaskSettings;

  /**
   * What the tasks run on.
   *
   * @default ReplicationCapacity.provisioned()
   */
  readonly capacity?: ReplicationCapacity;

  /**
   * The roles that DMS needs once in an account.
   *
   * @default DmsServiceRoles.ensure()
   */
  readonly serviceRoles?: DmsServiceRoles;

  /**
   * How DMS connects to the source.
   *
   * @default - verified TLS for RDS and Aurora, the plugin test_decoding, a heartbeat each minute
   */
  readonly sourceEndpoint?: ReplicationEndpointOptions;

  /**
   * How DMS connects to the target.
   *
   * @default - verified TLS for RDS and Aurora, the plugin test_decoding, a heartbeat each minute
   */
  readonly targetEndpoint?: ReplicationEndpointOptions;

  /**
   * How long the log is kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
}

/** Properties of `DatabaseReplication`. */
export interface DatabaseReplicationProps extends ReplicationOptions {
  /** The database that the system moves from. */
  readonly source: MigrationDatabaseConfig;

  /** The database that the system moves to. */
  readonly target: MigrationDatabaseConfig;

  /** Where DMS stands: in the replication subnets of a network in the stack's Region, of at least two Availability Zones. */
  readonly network: IMigrationNetwork;

  /**
   * The network that the source is in.
   *
   * @default - none: the source is not in a VPC of the account, and `network` reaches it already
   */
  readonly sourceNetwork?: IMigrationNetwork;

  /**
   * The network that the target is in.
   *
   * @default - network
   */
  readonly targetNetwork?: IMigrationNetwork;

  /**
   * How the identifiers of everything of DMS's begin, which are unique in an account and Region: 1 to 20 lower-case letters, digits and
   * single hyphens, a letter first. Another one later would replace the tasks, and is refused by them.
   *
   * @default - made from the construct's path
   */
  readonly identifier?: string;

  /**
   * Encrypts what DMS stores, its connections and its log. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * How far the migration is: under `MigrationStage.HOLDING` there is no task `load`, since payments are in the target by then.
   *
   * @default MigrationStage.MIGRATING
   */
  readonly stage?: MigrationStage;

  /**
   * What happens to the log and the key on deletion, and how available the capacity is.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}
