import type { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { MigrationStage, Protection } from './core';
import type { WriteFence } from './cutover';
import type { MigrationSide } from './environment';
import type { NetworkLink } from './network';
import type { NotificationOptions } from './notification';
import type { PreflightOptions } from './preflight';
import type { ReplicationOptions } from './replication';
import type { SchemaCopyOptions } from './schema';
import type { ServiceOptions, WriterDiscovery } from './service';
import type { StorageOptions } from './storage';
import type { DnsCutoverOptions } from './traffic';
import type { ValidationOptions } from './validation';

/** Properties of `PaymentMigration`. */
export interface PaymentMigrationProps {
  /** What the system moves from. Required: nobody gets a second production database by silence. */
  readonly source: MigrationSide;

  /**
   * What the system moves to.
   *
   * @default MigrationSide.provisioned()
   */
  readonly target?: MigrationSide;

  /**
   * How far the migration is.
   *
   * @default MigrationStage.MIGRATING
   */
  readonly stage?: MigrationStage;

  /**
   * How the two networks reach each other.
   *
   * @default - NetworkLink.transitGateway() in one Region, NetworkLink.vpcPeering() across two, none in one VPC or where the source has no VPC
   */
  readonly link?: NetworkLink;

  /**
   * Tells this migration from every other of the account and Region: 1 to 20 lower-case letters, digits and single hyphens, a letter first.
   *
   * @default - made from the construct's path
   */
  readonly environmentSuffix?: string;

  /**
   * The project that the tag `payment-migration:project` names.
   *
   * @default 'payments'
   */
  readonly project?: string;

  /**
   * What happens to data when it is deleted.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;

  /**
   * The login that services use on both sides: JSON with `username` and `password`.
   *
   * @default - a new secret for the login 'payments_app'
   */
  readonly applicationSecret?: ISecret;

  /**
   * What runs on a side that the migration makes.
   *
   * @default - nothing: services are no part of the migration
   */
  readonly service?: ServiceOptions;

  /**
   * The name that clients use for both sides, and how their traffic shifts.
   *
   * @default - none: no record is made, and clients are led to the target by other means
   */
  readonly cutover?: DnsCutoverOptions;

  /**
   * How services find the database that accepts writes.
   *
   * @default WriterDiscovery.multiHost()
   */
  readonly writerDiscovery?: WriterDiscovery;

  /**
   * How the function works that says whether the source may move to the target.
   *
   * @default - 512 MiB of memory, for at most 15 minutes
   */
  readonly preflight?: PreflightOptions;

  /**
   * Whether the preflight has DMS assess the load too, whose findings then stand among its own. DMS's report goes into the bucket for its logs.
   *
   * The function must reach DMS's API from the target's network (from the source's, where the target is in another Region than the migration's
   * stack). Where the migration makes that network, name `InterfaceVpcEndpointAwsService.DATABASE_MIGRATION_SERVICE` in its `interfaceEndpoints`
   * beside those that it has by default; any other network needs this endpoint, or a route to the internet from the subnets for replication.
   *
   * DMS assesses tasks of a replication instance only, so `ReplicationCapacity.serverless()` is refused. When the load is over (`HOLDING`) there
   * is none to assess.
   *
   * @default false
   */
  readonly premigrationAssessment?: boolean;

  /**
   * How the schema is copied to the target. Deploying it copies nothing.
   *
   * @default - by PostgreSQL's clients of the source's major version, four keys at a time, without making roles
   */
  readonly schemaCopy?: SchemaCopyOptions;

  /**
   * How rows and changes are carried between the databases.
   *
   * @default - every table, by a DMS replication instance
   */
  readonly replication?: ReplicationOptions;

  /**
   * What is compared of both databases, and what has to hold in each.
   *
   * @default - every table, value by value; no invariants
   */
  readonly validation?: ValidationOptions;

  /**
   * What the migration's buckets are like.
   *
   * @default - evidence is locked for a year under Protection.production()
   */
  readonly storage?: StorageOptions;

  /**
   * Who is told what happens.
   *
   * @default - nobody: topics without subscriptions
   */
  readonly notification?: NotificationOptions;

  /**
   * How a database that may not write is kept from writing.
   *
   * @default WriteFence.triggers()
   */
  readonly writeFence?: WriteFence;

  /**
   * How long payments may stand still at the cutover before write authority goes back to where it was: 5 seconds to 10 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly transferDeadline?: Duration;

  /**
   * Where topics, and what is asked of both databases and done to them, are made: a scope in the migration's own stack.
   *
   * @default - a nested stack, so that the stack keeps room for what is the team's own
   */
  readonly controlPlane?: Construct;
}
