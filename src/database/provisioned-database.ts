import { Duration } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CaCertificate, Credentials, Endpoint, type DatabaseCluster, type DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import { DATABASE_NAME, MIGRATION_USERNAME, POSTGRES_PORT } from './contract';
import type { MigrationDatabaseBindOptions } from './database-binding';
import { DatabaseLogs, databaseIdentifier } from './database-logs';
import { loginSecret, rotate } from './logins';
import { manageAdmin, MANAGED_ADMIN } from './managed-admin';
import { monitoringRole } from './monitoring-role';
import type { ProvisionedDatabaseOptions } from './provisioned-options';
import { replicationParameters } from './replication-parameters';
import { checkSecretReadableByDms } from './source-checks';
import { acknowledge, checkPattern, checkRange, encryptionKey, invalidInput, Protection } from '../core';
import type { IMigrationNetwork } from '../network';

/** What Aurora and RDS have in common, decided and made before the server itself. */
export interface ProvisionedDatabase {
  readonly network: IMigrationNetwork;
  readonly protection: Protection;
  readonly key: IKey;
  readonly databaseName: string;
  readonly migrationSecret: ISecret;
  /** Properties that the L2s of Aurora and RDS share. */
  readonly shared: ReturnType<typeof sharedProps>;
  readonly backupRetention: Duration;
  readonly identifier: string;
  readonly logs: DatabaseLogs;
  readonly rotationInterval?: Duration;
}

const UNROTATED = 'A running replication task may not survive the change of its password, so rotation is switched on when the migration is over';

export function provisionDatabase(
  scope: Construct,
  kind: 'cluster' | 'instance',
  logExports: string[],
  options: ProvisionedDatabaseOptions,
  bound: MigrationDatabaseBindOptions,
): ProvisionedDatabase {
  if (!bound.network) throw invalidInput('network', undefined, 'the network that the database stands in');
  const protection = bound.protection ?? Protection.production();
  const key = bound.encryptionKey ?? encryptionKey(scope, 'EncryptionKey', `Database of ${scope.node.path}`, protection);
  const databaseName = options.databaseName ?? DATABASE_NAME;
  checkPattern('databaseName', databaseName, /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/, 'a letter, then at most 62 letters, digits and underscores');
  checkRange('port', options.port, 1150, 65535);
  const backupRetention = options.backupRetention ?? Duration.days(7);
  checkRange('backupRetention', backupRetention.toDays({ integral: false }), 7, 35, 'days');
  checkRange('rotationInterval', options.rotationInterval?.toHours({ integral: false }), 4, 999 * 24, 'hours');

  const identifier = databaseIdentifier(scope, bound.identifier);
  const logs = new DatabaseLogs(scope, 'Logs', {
    kind,
    identifier,
    exports: logExports,
    encryptionKey: key,
    retention: options.logRetention ?? RetentionDays.ONE_YEAR,
    protection,
  });
  if (options.adminSecret) checkSecretReadableByDms('adminSecret', options.adminSecret);
  return {
    network: bound.network,
    protection,
    key,
    databaseName,
    migrationSecret: loginSecret(scope, 'MigrationSecret', {
      username: MIGRATION_USERNAME,
      databaseName,
      encryptionKey: key,
      protection,
      unrotatedReason: options.rotationInterval ? undefined : UNROTATED,
    }),
    shared: sharedProps(scope, {
      options,
      protection,
      key,
      network: bound.network,
      logExports,
      credentials: options.adminSecret ? Credentials.fromSecret(options.adminSecret) : MANAGED_ADMIN,
    }),
    backupRetention,
    identifier,
    logs,
    rotationInterval: options.rotationInterval,
  };
}

interface SharedPropsInput {
  readonly options: ProvisionedDatabaseOptions;
  readonly protection: Protection;
  readonly key: IKey;
  readonly network: IMigrationNetwork;
  readonly logExports: string[];
  readonly credentials: Credentials;
}

function sharedProps(scope: Construct, { options, protection, key, network, logExports, credentials }: SharedPropsInput) {
  return {
    credentials,
    vpc: network.vpc,
    vpcSubnets: network.databaseSubnets,
    securityGroups: [new SecurityGroup(scope, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Who reaches the database; it reaches nobody by itself',
      allowAllOutbound: false,
    })],
    port: options.port ?? POSTGRES_PORT,
    parameters: replicationParameters(options.parameters),
    storageEncryptionKey: key,
    iamAuthentication: true,
    cloudwatchLogsExports: logExports,
    monitoringInterval: Duration.seconds(60),
    monitoringRole: monitoringRole(scope),
    enablePerformanceInsights: true,
    performanceInsightEncryptionKey: key,
    copyTagsToSnapshot: true,
    deletionProtection: protection.deletionProtection,
    deleteAutomatedBackups: !protection.deletionProtection,
    removalPolicy: protection.databaseRemovalPolicy,
    preferredMaintenanceWindow: options.preferredMaintenanceWindow,
  };
}

/** What each instance has, in a cluster or alone. */
export const INSTANCE_PROPS = {
  autoMinorVersionUpgrade: true,
  publiclyAccessible: false,
  // The authority that DMS and the handlers verify; good until 2061.
  caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
};

/** Writes host and port into the logins' secrets, and has them rotated where that is asked for; RDS does so by itself with one of its own. */
export function attachLogins(
  made: ProvisionedDatabase,
  server: DatabaseCluster | DatabaseInstance,
): { migrationSecret: ISecret; adminSecret: ISecret } {
  const migrationSecret = made.migrationSecret.attach(server);
  // The L2 attached the one that was given.
  const given = server.secret;
  if (made.rotationInterval) {
    rotate({
      secrets: { ...(given && { Admin: given }), Migration: migrationSecret },
      interval: made.rotationInterval,
      network: made.network,
      connections: server.connections,
    });
  }
  return { migrationSecret, adminSecret: given ?? manageAdmin(server, made.key) };
}

/** Where the writer listens: the port as a number, which rules of security groups need not wait for and scanners can read. */
export function writerEndpoint({ hostname }: Endpoint, { shared }: ProvisionedDatabase): Endpoint {
  return new Endpoint(hostname, shared.port);
}

export function acknowledgeBackups(instance: IConstruct): void {
  acknowledge(instance, ['HIPAA.Security-RDSInBackupPlan', 'NIST.800.53.R5-RDSInBackupPlan'],
    'RDS keeps automated backups of it with restores to any second of at least the last 7 days');
}

export function acknowledgePort(server: IConstruct): void {
  acknowledge(server, ['AwsSolutions-RDS11'], 'Security groups decide who reaches the database; clients expect PostgreSQL on its own port');
}
