import { Endpoint, type IDatabaseCluster, type IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { POSTGRES_PORT } from './contract';
import type { MigrationDatabaseConfig } from './database-binding';
import { checkNotReplica, checkPostgres, checkSecretReadableByDms, checkWriterHost } from './source-checks';
import { checkMajor } from './versions';
import { checkPattern, checkRange, invalidInput, knownToDiffer } from '../core';

/** What a database that exists cannot say about itself. */
export interface ExistingDatabaseOptions {
  /** The name of the database that moves. */
  readonly databaseName: string;

  /**
   * The login that DMS and the migration's functions use: JSON with `username`, `password`, `host` and `port`, the password without
   * any of `; . : +`. A login of its own, or the admin's; never a secret that RDS manages. Where the secret has a key of its own,
   * import it with that key, or the functions may not read it.
   *
   * https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
   */
  readonly secret: ISecret;

  /**
   * The major version of PostgreSQL, such as '15'.
   *
   * @default - what the construct knows of its engine, else unknown until preflight asks the server
   */
  readonly majorVersion?: string;
}

/** Options of `MigrationDatabase.external()`. */
export interface ExternalDatabaseOptions extends ExistingDatabaseOptions {
  /** The host name or address of the writer, reachable from the target's network. */
  readonly host: string;

  /**
   * The port that the server listens on.
   *
   * @default 5432
   */
  readonly port?: number;
}

export function bindCluster(cluster: IDatabaseCluster, options: ExistingDatabaseOptions): MigrationDatabaseConfig {
  checkPostgres('cluster', cluster);
  checkNotReplica('cluster', cluster);
  return {
    ...describeExisting('cluster', options, cluster.engine?.engineVersion?.majorVersion, cluster.clusterEndpoint),
    connections: cluster.connections,
    cluster,
  };
}

export function bindInstance(instance: IDatabaseInstance, options: ExistingDatabaseOptions): MigrationDatabaseConfig {
  checkPostgres('instance', instance);
  checkNotReplica('instance', instance);
  return {
    ...describeExisting('instance', options, instance.engine?.engineVersion?.majorVersion, instance.instanceEndpoint),
    connections: instance.connections,
    instance,
  };
}

export function bindExternal(options: ExternalDatabaseOptions): MigrationDatabaseConfig {
  checkPattern('host', options.host, /^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/, 'a host name or an IP address');
  checkRange('port', options.port, 1, 65535);
  return describeExisting('host', options, undefined, new Endpoint(options.host, options.port ?? POSTGRES_PORT));
}

/** @param prop what the caller gave the database as */
function describeExisting(
  prop: string,
  options: ExistingDatabaseOptions,
  knownMajor: string | undefined,
  endpoint: Endpoint,
): MigrationDatabaseConfig {
  checkPattern('databaseName', options.databaseName, /^.{1,63}$/, 'a name of 1 to 63 characters');
  checkWriterHost(prop, endpoint.hostname);
  checkSecretReadableByDms('secret', options.secret);
  checkMajor('majorVersion', options.majorVersion);
  checkMajor(`the version of ${prop}`, knownMajor);
  if (knownMajor !== undefined && options.majorVersion !== undefined && knownToDiffer(options.majorVersion, knownMajor)) {
    throw invalidInput('majorVersion', options.majorVersion, `the ${knownMajor} that ${prop} has`);
  }
  const majorVersion = options.majorVersion ?? knownMajor;
  return { endpoint, databaseName: options.databaseName, migrationSecret: options.secret, majorVersion };
}
