import { CfnOutput, Stack, type Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { encryptionKey, environmentSuffix, invalidInput, knownToDiffer, Protection, tagAll } from './core';
import { CutoverFunctions, type WriteFence } from './cutover';
import { ApplicationLogin } from './database';
import { MigrationSide, type MigrationEnvironment } from './environment';
import { checkAddresses, NetworkLink, type NetworkLinkConfig } from './network';

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
}

const DEFAULT_CIDRS = { source: '10.0.0.0/16', target: '10.1.0.0/16' };

/**
 * Moves a PostgreSQL-backed payment system to a new environment.
 *
 * So far it makes the two environments, networks and databases, the link between them, and the functions that move write authority.
 */
export class PaymentMigration extends Construct {
  /** Tells this migration from every other of the account and Region. */
  public readonly environmentSuffix: string;
  /** What the system moves from. */
  public readonly source: MigrationEnvironment;
  /** What the system moves to. */
  public readonly target: MigrationEnvironment;
  /** What the link between the networks made; undefined where there is no link. */
  public readonly link?: NetworkLinkConfig;
  /** The login that services use on both sides. */
  public readonly applicationSecret: ISecret;
  /** The functions that decide who may write. */
  public readonly cutover: CutoverFunctions;
  /** Encrypts what belongs to the migration itself rather than to one of its sides. */
  public readonly encryptionKey: IKey;

  private readonly protection: Protection;
  private readonly project: string;

  constructor(scope: Construct, id: string, props: PaymentMigrationProps) {
    super(scope, id);
    this.environmentSuffix = environmentSuffix(this, 'environmentSuffix', props.environmentSuffix);
    this.protection = props.protection ?? Protection.production();
    this.project = props.project ?? 'payments';
    tagAll(this, { project: this.project, suffix: this.environmentSuffix });

    this.encryptionKey = encryptionKey(this, 'EncryptionKey', `${this.environmentSuffix}: what belongs to the migration itself`, this.protection);
    this.source = this.createSide('source', 'Source', props.source);
    this.target = this.createSide('target', 'Target', props.target ?? MigrationSide.provisioned());
    this.checkAccounts();
    this.link = this.linkNetworks(props.link);
    this.applicationSecret = props.applicationSecret ?? this.createApplicationLogin();
    this.cutover = this.createCutover(props);

    this.describe('Source', this.source);
    this.describe('Target', this.target);
    new CfnOutput(this, 'ApplicationSecretArn', { value: this.applicationSecret.secretArn });
    new CfnOutput(this, 'AuthorityFunctionName', { value: this.cutover.authorityFunction.functionName });
    new CfnOutput(this, 'FenceFunctionName', { value: this.cutover.fenceFunction.functionName });
  }

  private createSide(name: 'source' | 'target', id: string, side: MigrationSide): MigrationEnvironment {
    return side._create(this, id, {
      identifier: `${this.environmentSuffix}-${name}`,
      protection: this.protection,
      defaultCidr: DEFAULT_CIDRS[name],
      tags: { project: this.project, side: name, suffix: this.environmentSuffix },
    });
  }

  /** Two accounts would need roles on both sides that nothing here makes. */
  private checkAccounts(): void {
    const { account } = Stack.of(this);
    for (const [prop, { network, node }] of Object.entries({ source: this.source, target: this.target })) {
      const accounts = [Stack.of(node.scope!).account, network?.vpc.env.account];
      const other = accounts.find((candidate) => candidate !== undefined && knownToDiffer(account, candidate));
      if (other) throw invalidInput(prop, `the account ${other} beside ${account}`, 'both sides and the migration in one account');
    }
  }

  private linkNetworks(link?: NetworkLink): NetworkLinkConfig | undefined {
    const [source, target] = [this.source.network, this.target.network];
    if (!target) throw invalidInput('target.vpc', undefined, 'the VPC of the target, in which replication runs');
    if (!source) {
      if (link) throw invalidInput('link', 'a link to a source without a VPC', 'no link: what connects the target with a source elsewhere is made elsewhere');
      return undefined;
    }
    // A move to another engine may well stay in its VPC.
    if (source.vpc.vpcId === target.vpc.vpcId) return undefined;
    checkAddresses({ source, target });
    return (link ?? NetworkLink.defaultFor({ source, target })).bind(new Construct(this, 'Link'), { source, target });
  }

  private createApplicationLogin(): ISecret {
    const login = new ApplicationLogin(this, 'ApplicationLogin', {
      databaseName: this.target.database.databaseName,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
    });
    for (const { node, encryptionKey: key } of [this.source, this.target]) {
      const { region } = Stack.of(node.scope!);
      if (knownToDiffer(region, Stack.of(this).region)) login.replicateTo(region, key);
    }
    return login.secret;
  }

  private createCutover({ writeFence, transferDeadline }: PaymentMigrationProps): CutoverFunctions {
    const side = ({ database, network }: MigrationEnvironment) => ({ database, network });
    return new CutoverFunctions(this, 'Cutover', {
      source: side(this.source),
      target: side(this.target),
      writeFence,
      transferDeadline,
      serviceName: this.environmentSuffix,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
    });
  }

  private describe(id: string, { network, database }: MigrationEnvironment): void {
    if (network) new CfnOutput(this, `${id}VpcId`, { value: network.vpc.vpcId });
    new CfnOutput(this, `${id}DatabaseEndpoint`, { value: database.endpoint.socketAddress });
    new CfnOutput(this, `${id}MigrationSecretArn`, { value: database.migrationSecret.secretArn });
  }
}
