import { Size } from 'aws-cdk-lib';
import { CfnReplicationInstance } from 'aws-cdk-lib/aws-dms';
import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ReplicationCapacityBindOptions, ReplicationCapacityConfig } from './capacity-binding';
import { checkPattern, checkRange, invalidInput } from '../core';
import { DMS_ENGINE_DEFAULT } from '../database';

/** Options of `ReplicationCapacity.provisioned()`. */
export interface ProvisionedCapacityOptions {
  /**
   * The size of the replication instance: of the classes t3, c5, c6i, r5 or r6i. Changes that are not applied yet are kept in its memory.
   *
   * @default - r6i.large
   */
  readonly instanceType?: InstanceType;

  /**
   * Storage for logs, and for changes that the memory has no room for: 5 to 6144 GiB.
   *
   * @default Size.gibibytes(100)
   */
  readonly allocatedStorage?: Size;

  /**
   * Whether a standby waits in another Availability Zone.
   *
   * @default - true under Protection.production(), false under Protection.ephemeral()
   */
  readonly multiAz?: boolean;

  /**
   * The DMS version: it must read the PostgreSQL versions of both databases.
   *
   * @default '3.6.1'
   */
  readonly engineVersion?: string;

  /**
   * The week's half hour or more in which AWS may work on the instance, in UTC: 'sun:04:00-sun:05:00'.
   *
   * @default - AWS chooses
   */
  readonly preferredMaintenanceWindow?: string;
}

const UP_TO_4XLARGE = 'large|xlarge|2xlarge|4xlarge';
/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html */
const INSTANCE_TYPE = new RegExp(`^(t3\\.(micro|small|medium|large)|c5\\.(${UP_TO_4XLARGE}|9xlarge|12xlarge|18xlarge|24xlarge)`
  + `|r5\\.(${UP_TO_4XLARGE}|8xlarge|12xlarge|16xlarge|24xlarge)|[cr]6i\\.(${UP_TO_4XLARGE}|8xlarge|12xlarge|16xlarge|24xlarge|32xlarge))$`);
const TIME = '(mon|tue|wed|thu|fri|sat|sun):([01]\\d|2[0-3]):[0-5]\\d';
const WINDOW = new RegExp(`^${TIME}-${TIME}$`, 'i');

export function bindProvisioned(
  scope: Construct,
  options: ProvisionedCapacityOptions,
  bound: ReplicationCapacityBindOptions,
): ReplicationCapacityConfig {
  const instanceType = options.instanceType ?? InstanceType.of(InstanceClass.R6I, InstanceSize.LARGE);
  checkPattern('instanceType', instanceType.toString(), INSTANCE_TYPE, 'a size of t3, c5, c6i, r5 or r6i that DMS has, such as r6i.large');
  const storage = options.allocatedStorage ?? Size.gibibytes(100);
  if (storage.isUnresolved()) throw invalidInput('allocatedStorage', 'a token', 'a literal Size');
  const allocatedStorage = storage.toGibibytes();
  checkRange('allocatedStorage', allocatedStorage, 5, 6144, 'GiB');
  const engineVersion = options.engineVersion ?? DMS_ENGINE_DEFAULT;
  checkPattern('engineVersion', engineVersion, /^\d+\.\d+\.\d+$/, 'a DMS version such as 3.6.1');
  checkPattern('preferredMaintenanceWindow', options.preferredMaintenanceWindow, WINDOW, 'ddd:hh:mm-ddd:hh:mm in UTC');

  new CfnReplicationInstance(scope, 'Resource', {
    resourceIdentifier: bound.resourceIdentifier,
    replicationInstanceIdentifier: bound.instanceIdentifier,
    replicationInstanceClass: `dms.${instanceType.toString()}`,
    allocatedStorage,
    engineVersion,
    // From 3.4 to 3.5 is a major version to DMS, and nobody asks for another version by accident.
    allowMajorVersionUpgrade: true,
    autoMinorVersionUpgrade: false,
    multiAz: options.multiAz ?? bound.protection.highlyAvailable,
    // Left out, it is public.
    publiclyAccessible: false,
    kmsKeyId: bound.encryptionKey.keyArn,
    replicationSubnetGroupIdentifier: bound.subnetGroupName,
    vpcSecurityGroupIds: bound.securityGroups.map(({ securityGroupId }) => securityGroupId),
    preferredMaintenanceWindow: options.preferredMaintenanceWindow,
  });
  return { engineVersion };
}
