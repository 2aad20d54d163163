import type { MigrationDatabaseConfig } from '../database';
import type { IMigrationNetwork } from '../network';

/** One of the two databases that are compared. */
export interface ValidationSide {
  /** The database. Where the secret of its migration login was imported and has a key of its own, import it with that key. */
  readonly database: MigrationDatabaseConfig;

  /**
   * The network that the database is in.
   *
   * @default - none: the database is not in a VPC of the account, and the other side's network reaches it already
   */
  readonly network?: IMigrationNetwork;
}
