import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { MigrationEnvironment, type EnvironmentPlan, type EnvironmentSettings } from './migration-environment';
import { invalidInput } from '../core';
import { MigrationDatabase } from '../database';
import { MigrationNetwork, NatStrategy, type ImportedNetworkOptions, type MigrationNetworkOptions } from '../network';
import { TrafficEndpoint } from '../service';

/** Options of `MigrationSide.provisioned()`. */
export interface ProvisionedSideOptions {
  /**
   * Where the side is made: a stack of its own, in any Region of the account.
   *
   * @default - the scope of the migration
   */
  readonly scope?: Construct;

  /**
   * What the side's new VPC is like.
   *
   * @default - 10.0.0.0/16 for the source and 10.1.0.0/16 for the target; NAT gateways only where a service needs a way out, one for each zone under Protection.production()
   */
  readonly network?: MigrationNetworkOptions;

  /**
   * A VPC that exists, instead of a new one.
   *
   * @default - a new VPC
   */
  readonly vpc?: IVpc;

  /**
   * Which subnets of that VPC are for what.
   *
   * @default - chosen by their type
   */
  readonly subnets?: ImportedNetworkOptions;

  /**
   * The database.
   *
   * @default MigrationDatabase.auroraPostgres()
   */
  readonly database?: MigrationDatabase;

  /**
   * Where the side's traffic goes.
   *
   * @default - TrafficEndpoint.fargate() where the migration has a service, else TrafficEndpoint.none()
   */
  readonly endpoint?: TrafficEndpoint;
}

/** Options of `MigrationSide.existing()`. */
export interface ExistingSideOptions {
  /** The database that is there. */
  readonly database: MigrationDatabase;

  /**
   * The VPC that the database is in.
   *
   * @default - none: the database is not in a VPC of this account, and the other side's network reaches it already
   */
  readonly vpc?: IVpc;

  /**
   * Which subnets of that VPC are for what.
   *
   * @default - chosen by their type
   */
  readonly subnets?: ImportedNetworkOptions;

  /**
   * Where what the migration adds to the side is made.
   *
   * @default - the scope of the migration
   */
  readonly scope?: Construct;

  /**
   * Where the side's traffic goes.
   *
   * @default TrafficEndpoint.none()
   */
  readonly endpoint?: TrafficEndpoint;
}

/** One side of a migration: what is there, or what is to be made. */
export class MigrationSide {
  /** A side that the migration makes: network and database. */
  public static provisioned(options: ProvisionedSideOptions = {}): MigrationSide {
    const { vpc, network } = options;
    if (vpc && network) throw invalidInput('network', 'options for a new VPC beside vpc', 'either network, or vpc with subnets');
    const endpoint = ({ serves }: EnvironmentSettings) => options.endpoint ?? (serves ? TrafficEndpoint.fargate() : TrafficEndpoint.none());
    return new MigrationSide(options.scope, {
      provisioned: true,
      database: options.database ?? MigrationDatabase.auroraPostgres(),
      endpoint,
      network: (scope, settings, encryptionKey) => (vpc
        ? MigrationNetwork.fromVpc(scope, 'Network', vpc, options.subnets)
        : new MigrationNetwork(scope, 'Network', {
          cidr: settings.defaultCidr,
          // Nothing in the VPC needs a way out as long as no service runs there.
          ...(endpoint(settings)._runsService ? {} : { natStrategy: NatStrategy.NONE }),
          ...network,
          encryptionKey,
          protection: settings.protection,
        })),
    });
  }

  /** A side that is there already; the migration changes nothing of it, it only adds. */
  public static existing(options: ExistingSideOptions): MigrationSide {
    const { vpc, database, subnets } = options;
    return new MigrationSide(options.scope, {
      provisioned: false,
      database,
      endpoint: () => options.endpoint ?? TrafficEndpoint.none(),
      network: (scope) => vpc && MigrationNetwork.fromVpc(scope, 'Network', vpc, subnets),
    });
  }

  private constructor(private readonly scope: Construct | undefined, private readonly plan: EnvironmentPlan) {
  }

  /**
   * Makes the side, in its own scope or else in the migration's.
   *
   * @internal
   */
  public _create(migration: Construct, id: string, settings: EnvironmentSettings): MigrationEnvironment {
    // Another scope may be home to sides of several migrations, so there the id names the migration too.
    return this.scope
      ? MigrationEnvironment._create(this.scope, `${migration.node.id}${id}`, this.plan, settings)
      : MigrationEnvironment._create(migration, id, this.plan, settings);
  }
}
