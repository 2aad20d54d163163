import type { IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { bindAuroraPostgres } from './aurora-postgres';
import type { MigrationDatabaseBindOptions, MigrationDatabaseConfig } from './database-binding';
import { bindCluster, bindExternal, bindInstance, type ExistingDatabaseOptions, type ExternalDatabaseOptions } from './existing-database';
import type { AuroraPostgresOptions, RdsPostgresOptions } from './provisioned-options';
import { bindRdsPostgres } from './rds-postgres';

/**
 * The PostgreSQL database of one side of a migration.
 *
 * Users may write their own by extending this class.
 */
export abstract class MigrationDatabase {
  /** A new Aurora PostgreSQL cluster. */
  public static auroraPostgres(options: AuroraPostgresOptions = {}): MigrationDatabase {
    return new BuiltInDatabase((scope, bound) => bindAuroraPostgres(scope, options, bound));
  }

  /** A new RDS for PostgreSQL instance. */
  public static rdsPostgres(options: RdsPostgresOptions = {}): MigrationDatabase {
    return new BuiltInDatabase((scope, bound) => bindRdsPostgres(scope, options, bound));
  }

  /**
   * An Aurora PostgreSQL cluster that exists, owned by the app or imported.
   *
   * Its cluster parameter group must have `rds.logical_replication` on.
   */
  public static fromCluster(cluster: IDatabaseCluster, options: ExistingDatabaseOptions): MigrationDatabase {
    return new BuiltInDatabase(() => bindCluster(cluster, options));
  }

  /**
   * An RDS for PostgreSQL instance that exists, owned by the app or imported; never a read replica.
   *
   * Its parameter group must have `rds.logical_replication` on.
   */
  public static fromInstance(instance: IDatabaseInstance, options: ExistingDatabaseOptions): MigrationDatabase {
    return new BuiltInDatabase(() => bindInstance(instance, options));
  }

  /**
   * A PostgreSQL server anywhere else: on-premises, on EC2, with another provider.
   *
   * It needs `wal_level = logical`, and a route from the target's network.
   */
  public static external(options: ExternalDatabaseOptions): MigrationDatabase {
    return new BuiltInDatabase(() => bindExternal(options));
  }

  /** Makes or describes the database in an empty scope of its own. */
  public abstract bind(scope: Construct, options: MigrationDatabaseBindOptions): MigrationDatabaseConfig;
}

class BuiltInDatabase extends MigrationDatabase {
  public constructor(private readonly bindTo: (scope: Construct, options: MigrationDatabaseBindOptions) => MigrationDatabaseConfig) {
    super();
  }

  public bind(scope: Construct, options: MigrationDatabaseBindOptions): MigrationDatabaseConfig {
    return this.bindTo(scope, options);
  }
}
