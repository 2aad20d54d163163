import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { encryptionKey, tagAll, type MigrationTags, type Protection } from '../core';
import type { MigrationDatabase, MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';

/** What a migration decides for each of its sides. */
export interface EnvironmentSettings {
  readonly identifier: string;
  readonly protection: Protection;
  readonly tags: MigrationTags;
  readonly defaultCidr: string;
}

/** What a side says of itself. */
export interface EnvironmentPlan {
  /** Whether anything is made that needs a key. */
  readonly provisioned: boolean;
  readonly network: (scope: Construct, settings: EnvironmentSettings, key?: IKey) => IMigrationNetwork | undefined;
  readonly database: MigrationDatabase;
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

  private constructor(scope: Construct, id: string, plan: EnvironmentPlan, settings: EnvironmentSettings) {
    super(scope, id);
    tagAll(this, settings.tags);
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
  }
}
