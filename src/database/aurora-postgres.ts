import { Token } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { CfnDBInstance, ClusterInstance, DatabaseCluster, DatabaseClusterEngine, DatabaseInsightsMode } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { MigrationDatabaseBindOptions, MigrationDatabaseConfig } from './database-binding';
import { checkInstanceType } from './instance-classes';
import { acknowledgeBackups, attachLogins, INSTANCE_PROPS, provisionDatabase, writerEndpoint } from './provisioned-database';
import type { AuroraPostgresOptions } from './provisioned-options';
import { AURORA_POSTGRES_DEFAULT, checkMajor } from './versions';
import { checkRange, invalidInput } from '../core';

/** 'upgrade' is a log of RDS only. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.Concepts.PostgreSQL.html */
const LOG_EXPORTS = ['postgresql'];

/** An Aurora PostgreSQL cluster, its writer and its readers. */
export function bindAuroraPostgres(
  scope: Construct,
  options: AuroraPostgresOptions,
  bound: MigrationDatabaseBindOptions,
): MigrationDatabaseConfig {
  const version = options.version ?? AURORA_POSTGRES_DEFAULT;
  checkMajor('version', version.auroraPostgresMajorVersion);
  const instanceType = options.instanceType ?? InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE);
  const readerInstanceType = options.readerInstanceType ?? instanceType;
  checkInstanceType('instanceType', 'aurora-postgresql', instanceType);
  checkInstanceType('readerInstanceType', 'aurora-postgresql', readerInstanceType);
  // How many instances the template holds is decided here, so a token cannot say it.
  if (Token.isUnresolved(options.readers)) throw invalidInput('readers', 'a token', 'a literal number');
  checkRange('readers', options.readers, 0, 15);
  const made = provisionDatabase(scope, 'cluster', LOG_EXPORTS, options, bound);
  const readers = options.readers ?? (made.protection.highlyAvailable ? 1 : 0);
  // The cluster's settings reach its instances all the same; the L2 warns where they are not repeated.
  const instanceProps = {
    ...INSTANCE_PROPS,
    enablePerformanceInsights: true,
    performanceInsightEncryptionKey: made.key,
    preferredMaintenanceWindow: options.preferredMaintenanceWindow,
  };

  const cluster = new DatabaseCluster(scope, 'Cluster', {
    ...made.shared,
    engine: DatabaseClusterEngine.auroraPostgres({ version }),
    clusterIdentifier: made.identifier,
    defaultDatabaseName: made.databaseName,
    backup: { retention: made.backupRetention },
    databaseInsightsMode: DatabaseInsightsMode.STANDARD,
    writer: ClusterInstance.provisioned('Writer', { ...instanceProps, instanceType }),
    readers: Array.from({ length: readers }, (_, index) => (
      ClusterInstance.provisioned(`Reader${index + 1}`, { ...instanceProps, instanceType: readerInstanceType })
    )),
  });
  cluster.node.addDependency(made.logs);
  const instances = cluster.node.findAll().filter((child) => CfnDBInstance.isCfnDBInstance(child));
  instances.forEach(acknowledgeBackups);
  // The first instance of a cluster becomes its writer: readers of another class must not be first.
  if (readerInstanceType.toString() === instanceType.toString()) instances.forEach(startAtOnce);

  return {
    ...attachLogins(made, cluster),
    endpoint: writerEndpoint(cluster.clusterEndpoint, made),
    databaseName: made.databaseName,
    majorVersion: version.auroraPostgresMajorVersion,
    connections: cluster.connections,
    cluster,
  };
}

/** The L2 makes every reader wait for the writer, which doubles the time that a cluster takes. */
function startAtOnce(instance: CfnDBInstance): void {
  instance.addDeletionOverride('DependsOn');
}
