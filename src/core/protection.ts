import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * What happens to data when a stack or a resource is deleted.
 *
 * Everything that holds data in a migration follows one profile.
 */
export class Protection {
  /** Keeps data: databases leave a final snapshot, keys, secrets and logs stay, deletion protection is on. */
  public static production(): Protection {
    return Protection.productionProfile;
  }

  /** Keeps nothing: everything goes with the stack. For trials and tests, never for payments. */
  public static ephemeral(): Protection {
    return Protection.ephemeralProfile;
  }

  private static readonly productionProfile = new Protection(true);
  private static readonly ephemeralProfile = new Protection(false);

  /** What happens to keys, secrets and logs. */
  public readonly removalPolicy: RemovalPolicy;
  /** What happens to databases. */
  public readonly databaseRemovalPolicy: RemovalPolicy;
  /** Whether AWS refuses to delete databases. */
  public readonly deletionProtection: boolean;
  /** Whether capacity is doubled over Availability Zones, so that the loss of one is survived. */
  public readonly highlyAvailable: boolean;

  private constructor(production: boolean) {
    // A creation that fails leaves nothing behind whose name the next attempt would find taken.
    this.removalPolicy = production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.databaseRemovalPolicy = production ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY;
    this.deletionProtection = production;
    this.highlyAvailable = production;
  }
}
