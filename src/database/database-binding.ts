import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Endpoint, IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Protection } from '../core';
import type { IMigrationNetwork } from '../network';

/** What a database is bound to. */
export interface MigrationDatabaseBindOptions {
  /**
   * Where a database that is made stands; one that exists stands where it is.
   *
   * @default - none: only a database that exists can do without
   */
  readonly network?: IMigrationNetwork;

  /**
   * Encrypts storage, insights, logs and secrets of a database that is made. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to a database that is made when it is deleted, and how available it is.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;

  /**
   * How the identifier of a database that is made begins; a part of the stack's id follows.
   *
   * @default - made from the scope's path
   */
  readonly identifier?: string;
}

/** A database that one side of a migration uses. */
export interface MigrationDatabaseConfig {
  /** Where the writer listens. */
  readonly endpoint: Endpoint;

  /** The name of the database that moves. */
  readonly databaseName: string;

  /** The login that DMS and the migration's functions use: JSON with `username`, `password`, `host` and `port`. */
  readonly migrationSecret: ISecret;

  /**
   * The login that owns everything of a database that was made: JSON with `username` and `password`, and `host` and `port` in a secret of your own.
   *
   * @default - none: the database existed
   */
  readonly adminSecret?: ISecret;

  /**
   * The major version of PostgreSQL, such as '17'.
   *
   * @default - unknown until preflight asks the server
   */
  readonly majorVersion?: string;

  /**
   * Who may connect.
   *
   * @default - none: the database is not in AWS
   */
  readonly connections?: Connections;

  /**
   * The Aurora cluster.
   *
   * @default - the database is no cluster
   */
  readonly cluster?: IDatabaseCluster;

  /**
   * The RDS instance.
   *
   * @default - the database is no RDS instance
   */
  readonly instance?: IDatabaseInstance;
}
