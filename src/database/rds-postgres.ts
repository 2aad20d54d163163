import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInsightsMode, DatabaseInstance, DatabaseInstanceEngine, StorageType } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { MigrationDatabaseBindOptions, MigrationDatabaseConfig } from './database-binding';
import { checkInstanceType } from './instance-classes';
import { acknowledgeBackups, acknowledgePort, attachLogins, INSTANCE_PROPS, provisionDatabase, writerEndpoint } from './provisioned-database';
import type { RdsPostgresOptions } from './provisioned-options';
import { RDS_POSTGRES_DEFAULT, checkMajor } from './versions';
import { checkRange } from '../core';

const LOG_EXPORTS = ['postgresql', 'upgrade'];
const MAX_STORAGE_GIB = 65536;

/** A part of a GiB stays a part, for the check to name; the CDK's own conversion would not tell which property it was. */
function gibibytes(size: Size): number {
  return size.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
}

/**
 * Where there is no room to grow, the storage does not grow by itself.
 *
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
 */
function maxStorage(storage: number, given?: Size): number | undefined {
  const unknown = Token.isUnresolved(storage);
  const lowest = unknown ? 20 : Math.ceil((storage * 11) / 10);
  if (given) {
    checkRange('maxStorage', gibibytes(given), lowest, MAX_STORAGE_GIB, 'GiB');
    return gibibytes(given);
  }
  return unknown || lowest > MAX_STORAGE_GIB ? undefined : Math.min(10 * storage, MAX_STORAGE_GIB);
}

/** An RDS for PostgreSQL instance, with a standby in another zone under production. */
export function bindRdsPostgres(scope: Construct, options: RdsPostgresOptions, bound: MigrationDatabaseBindOptions): MigrationDatabaseConfig {
  const version = options.version ?? RDS_POSTGRES_DEFAULT;
  checkMajor('version', version.postgresMajorVersion);
  const instanceType = options.instanceType ?? InstanceType.of(InstanceClass.R6G, InstanceSize.LARGE);
  checkInstanceType('instanceType', 'postgres', instanceType);
  const allocatedStorage = gibibytes(options.storage ?? Size.gibibytes(100));
  checkRange('storage', allocatedStorage, 20, MAX_STORAGE_GIB, 'GiB');
  const maxAllocatedStorage = maxStorage(allocatedStorage, options.maxStorage);
  const made = provisionDatabase(scope, 'instance', LOG_EXPORTS, options, bound);

  const instance = new DatabaseInstance(scope, 'Instance', {
    ...made.shared,
    ...INSTANCE_PROPS,
    engine: DatabaseInstanceEngine.postgres({ version }),
    instanceIdentifier: made.identifier,
    instanceType,
    databaseName: made.databaseName,
    multiAz: made.protection.highlyAvailable,
    storageType: StorageType.GP3,
    allocatedStorage,
    maxAllocatedStorage,
    backupRetention: made.backupRetention,
    databaseInsightsMode: DatabaseInsightsMode.STANDARD,
  });
  instance.node.addDependency(made.logs);
  acknowledgeBackups(instance);
  acknowledgePort(instance);
  return {
    ...attachLogins(made, instance),
    endpoint: writerEndpoint(instance.instanceEndpoint, made),
    databaseName: made.databaseName,
    majorVersion: version.postgresMajorVersion,
    connections: instance.connections,
    instance,
  };
}
