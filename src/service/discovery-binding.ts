import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Protection } from '../core';
import type { MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';

/** One of the databases that services find the writer among. */
export interface DiscoverySide {
  /** The database. */
  readonly database: MigrationDatabaseConfig;

  /**
   * The network that it is in.
   *
   * @default - none: it is not in a VPC of the account
   */
  readonly network?: IMigrationNetwork;
}

/** What writer discovery is bound to; once for both sides. */
export interface WriterDiscoveryBindOptions {
  /**
   * What the system moves from.
   *
   * @default - none: the migration is over, and the target is the only writer
   */
  readonly source?: DiscoverySide;

  /** What the system moves to. */
  readonly target: DiscoverySide;

  /** The login that services use on both sides: JSON with `username` and `password`. */
  readonly applicationSecret: ISecret;

  /** Names the migration in names that are made, such as its suffix. */
  readonly identifier: string;

  /**
   * Encrypts what is made.
   *
   * @default - a new customer managed key, where one is needed
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to what is made when it is deleted.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

/** How a service finds the database that accepts writes. No part of it is secret but what the login's secret holds. */
export interface WriterDiscoveryConfig {
  /** Variables of the service's environment, such as `PGHOST`. */
  readonly environment: Record<string, string>;

  /** Variables that hold a field of the login's secret, such as `PGPASSWORD` for its `password`. */
  readonly secretEnvironment: Record<string, string>;

  /** The login that services use on both sides. */
  readonly applicationSecret: ISecret;

  /** The databases that services must reach, by the name of their side: 'source' and 'target'. */
  readonly sides: Record<string, DiscoverySide>;

  /**
   * The record that whoever moves write authority has to move too: after it, never before.
   *
   * @default - none: nothing has to be moved
   */
  readonly record?: WriterRecordConfig;
}

/** The record that leads to the database that accepts writes. */
export interface WriterRecordConfig {
  /** The zone that it is in. */
  readonly hostedZone: IHostedZone;

  /** Its full name; it is a CNAME. */
  readonly recordName: string;

  /** For how many seconds resolvers remember it. */
  readonly ttlSeconds: number;
}
