import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Protection } from '../core';

/** What capacity is bound to. */
export interface ReplicationCapacityBindOptions {
  /** What the ARN of a replication instance must end with: everything around the instance knows it before the instance is there. */
  readonly resourceIdentifier: string;
  /** The name of a replication instance, after which DMS names its log group. */
  readonly instanceIdentifier: string;
  /** The subnets that replication runs in. */
  readonly subnetGroupName: string;
  /** Lets replication reach both databases and AWS. */
  readonly securityGroups: ISecurityGroup[];
  /** Encrypts what replication stores on its way. */
  readonly encryptionKey: IKey;
  /** How available the capacity is. */
  readonly protection: Protection;
}

/** What tasks run on. */
export interface ReplicationCapacityConfig {
  /**
   * The DMS version, where it is chosen.
   *
   * @default - DMS chooses
   */
  readonly engineVersion?: string;

  /**
   * What each task scales between.
   *
   * @default - none: the tasks share a replication instance with the resource identifier that was asked for
   */
  readonly serverless?: ServerlessScaling;
}

/** Between how many capacity units a serverless replication scales; one has 2 GiB of memory. */
export interface ServerlessScaling {
  /** The fewest. */
  readonly minCapacity: number;
  /** The most. */
  readonly maxCapacity: number;
  /** Whether a standby waits in another Availability Zone. */
  readonly multiAz: boolean;
}
