import type { Duration, Size } from 'aws-cdk-lib';
import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { AuroraPostgresEngineVersion, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** What every database that is made has in common. */
export interface ProvisionedDatabaseOptions {
  /**
   * The instance class, without its 'db.' prefix.
   *
   * @default - r6g.large
   */
  readonly instanceType?: InstanceType;

  /**
   * The name of the database that the server starts with.
   *
   * @default 'payments'
   */
  readonly databaseName?: string;

  /**
   * The port that the server listens on.
   *
   * @default 5432
   */
  readonly port?: number;

  /**
   * The admin login, a secret with `username` and `password`; never one that RDS manages, since RDS alone may change that.
   *
   * @default - RDS makes a secret for the login 'postgres', and changes its password every seven days
   */
  readonly adminSecret?: ISecret;

  /**
   * How often the password of the migration login changes, and that of `adminSecret` where you give one. Switch this on when the migration
   * is over: a running DMS task may not survive the change of its password. At least four hours.
   *
   * @default - they do not change; a secret of the admin that RDS made changes all the same
   */
  readonly rotationInterval?: Duration;

  /**
   * How long automated backups are kept, and so how far back a point-in-time restore reaches: 7 to 35 days.
   *
   * @default Duration.days(7)
   */
  readonly backupRetention?: Duration;

  /**
   * How long the exported logs are kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;

  /**
   * When AWS may work on the database, cluster and instances, such as 'Sun:03:00-Sun:04:00' (UTC). Keep it out of the cutover's window.
   *
   * @default - AWS picks a window
   */
  readonly preferredMaintenanceWindow?: string;

  /**
   * More server parameters. Those that the migration needs cannot be weakened.
   *
   * @default - those that the migration needs
   */
  readonly parameters?: { [name: string]: string };
}

/** Options of `MigrationDatabase.auroraPostgres()`. */
export interface AuroraPostgresOptions extends ProvisionedDatabaseOptions {
  /**
   * The version of Aurora PostgreSQL. When AWS ends its standard support, RDS Extended Support is billed until the next major upgrade.
   *
   * @default - the newest 17 that this release knows
   */
  readonly version?: AuroraPostgresEngineVersion;

  /**
   * How many readers stand beside the writer: 0 to 15.
   *
   * @default - 1 under Protection.production(), 0 under Protection.ephemeral()
   */
  readonly readers?: number;

  /**
   * The readers' instance class. One that differs from the writer's makes them wait for the writer in CloudFormation,
   * since the first instance of a cluster becomes its writer.
   *
   * @default - the writer's
   */
  readonly readerInstanceType?: InstanceType;
}

/** Options of `MigrationDatabase.rdsPostgres()`. */
export interface RdsPostgresOptions extends ProvisionedDatabaseOptions {
  /**
   * The version of RDS for PostgreSQL. When AWS ends its standard support, RDS Extended Support is billed until the next major upgrade.
   *
   * @default - the newest 17 that this release knows
   */
  readonly version?: PostgresEngineVersion;

  /**
   * The storage at first, gp3: 20 GiB to 64 TiB.
   *
   * @default Size.gibibytes(100)
   */
  readonly storage?: Size;

  /**
   * The storage that the database may grow to by itself: at least a tenth more than at first.
   *
   * @default - ten times the storage at first, at most 64 TiB; where that leaves no room, the storage does not grow
   */
  readonly maxStorage?: Size;
}
