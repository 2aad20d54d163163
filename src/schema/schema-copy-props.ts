import type { ContainerImage, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { MissingRoles } from './missing-roles';
import type { Protection } from '../core';
import type { MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';

/** One of the two databases: the one whose schema is copied, or the one that gets it. */
export interface SchemaCopySide {
  /** The database. */
  readonly database: MigrationDatabaseConfig;

  /**
   * The network that the database is in.
   *
   * @default - none: the database is not in a VPC of the account, and the other side's network reaches it already
   */
  readonly network?: IMigrationNetwork;

  /**
   * The login: JSON with `username`, `password`, `host` and `port`. The source's must read everything that is copied; the target's makes
   * everything, so it must be a member of each role that owns something.
   *
   * @default - the database's migration login
   */
  readonly login?: ISecret;

  /**
   * The authorities, as PEM, of which one has signed the server's certificate. TLS is always verified, the host's name too.
   *
   * @default - RDS's authorities of the Region for RDS and Aurora, else the field `certificateAuthority` of the login
   */
  readonly certificateAuthority?: string;
}

/** What a caller may say about the copy of the schema. */
export interface SchemaCopyOptions {
  /**
   * Has bash, psql, pg_dump and pg_restore on its path, and a user 999.
   *
   * @default - PostgreSQL's official image of `clientMajor`, from Amazon ECR Public
   */
  readonly image?: ContainerImage;

  /**
   * The major version of PostgreSQL's clients in the image: the source's or later, '13' to '18'.
   *
   * @default - the source's, and '18' where that is not known
   */
  readonly clientMajor?: string;

  /**
   * How many keys are built, or validated, at a time: 1 to 99. Each takes one of the target's processors.
   *
   * @default 4
   */
  readonly jobs?: number;

  /**
   * What happens about roles that the target does not have.
   *
   * @default MissingRoles.REFUSE
   */
  readonly missingRoles?: MissingRoles;

  /**
   * Schemas that are not copied.
   *
   * @default - none but PostgreSQL's own, the migration's and DMS's
   */
  readonly excludedSchemas?: string[];

  /**
   * How long the copy's log is kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
}

/** Properties of `SchemaCopy`. */
export interface SchemaCopyProps extends SchemaCopyOptions {
  /** Where the schema is. */
  readonly source: SchemaCopySide;

  /** Where it is copied to. */
  readonly target: SchemaCopySide;

  /**
   * The network that the task runs in, in the subnets of services: they need a way to the image's registry, by a NAT gateway or by endpoints
   * of Amazon ECR.
   *
   * @default - the target's network
   */
  readonly network?: IMigrationNetwork;

  /**
   * The cluster that the task runs in.
   *
   * @default - a new one, watched by Container Insights
   */
  readonly cluster?: ICluster;

  /**
   * Encrypts the logs. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to the logs and their key on deletion.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}
