import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { encryptionKey, invalidInput, shareWithin, tagAll, type MigrationTags, type Protection } from '../core';
import type { MigrationDatabase, MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';
import { TrafficEndpoint, type TrafficEndpointBindOptions, type TrafficEndpointConfig } from '../service';

/** What a migration decides for each of its sides. */
export interface EnvironmentSettings {
  readonly identifier: string;
  readonly protection: Protection;
  readonly tags: MigrationTags;
  readonly defaultCidr: string;
  /** Whether the migration says what runs on a side that it makes. */
  readonly serves: boolean;
}

/** What only a migration knows of both its sides. */
export type ServingSettings = Omit<TrafficEndpointBindOptions, 'identifier' | 'network' | 'protection'>;

/** What a side says of itself. */
export interface EnvironmentPlan {
  /** Whether anything is made that needs a key. */
  readonly provisioned: boolean;
  readonly network: (scope: Construct, settings: EnvironmentSettings, key?: IKey) => IMigrationNetwork | undefined;
  readonly database: MigrationDatabase;
  readonly endpoint: (settings: EnvironmentSettings) => TrafficEndpoint;
}

/** One side of a migration as it stands: its network and its database. */
export class MigrationEnvironment extends Construct {
  /** @internal */
  public static _create(scope: Construct, id: string, plan: EnvironmentPlan, settings: EnvironmentSettings): MigrationEnvironment {
    return new MigrationEnvironment(scope, id, plan, settings);
  }

  /** The network; undefined where the database is not in a VPC of the account. */
  public readonly network?: IMigrationNetwork;
  /** The database. */
  public readonly database: MigrationDatabaseConfig;
  /** Encrypts the side's database, logins and logs; undefined where the side existed. */
  public readonly encryptionKey?: IKey;

  private readonly runsService: boolean;
  private readonly bindEndpoint: (options: ServingSettings) => TrafficEndpointConfig;
  private served?: TrafficEndpointConfig;

  private constructor(scope: Construct, id: string, plan: EnvironmentPlan, settings: EnvironmentSettings) {
    super(scope, id);
    tagAll(this, settings.tags);
    shareWithin(this);
    const { identifier, protection } = settings;
    if (plan.provisioned) {
      this.encryptionKey = encryptionKey(this, 'EncryptionKey', `${identifier}: database, logins and logs`, protection);
    }
    this.network = plan.network(this, settings, this.encryptionKey);
    this.database = plan.database.bind(new Construct(this, 'Database'), {
      network: this.network,
      encryptionKey: this.encryptionKey,
      identifier,
      protection,
    });
    const endpoint = plan.endpoint(settings);
    this.runsService = endpoint._runsService;
    this.bindEndpoint = (options) => endpoint.bind(new Construct(this, 'Endpoint'), {
      ...options,
      identifier,
      network: this.network,
      encryptionKey: this.encryptionKey ?? options.encryptionKey,
      protection,
    });
  }

  /** Where the side's traffic goes. */
  public get endpoint(): TrafficEndpointConfig {
    if (!this.served) throw new Error(`${this.node.path} serves nothing yet`);
    return this.served;
  }

  /**
   * Comes after both sides' databases, which a service on either reaches.
   *
   * @internal
   */
  public _serve(prop: string, options: ServingSettings): void {
    // Its service would refer to the other database, and so its stack to the migration's, which refers to it.
    if (this.runsService && options.discovery && Stack.of(this) !== Stack.of(options.discovery.applicationSecret)) {
      throw invalidInput(`${prop}.endpoint`, `a service in the stack ${Stack.of(this).stackName} beside the migration's`,
        'TrafficEndpoint.fromLoadBalancer() or TrafficEndpoint.fromDomainName() for a side in a stack of its own');
    }
    this.served = this.bindEndpoint(options);
  }
}
