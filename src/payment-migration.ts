import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ControlPlane } from './control-plane';
import { encryptionKey, environmentSuffix, invalidInput, knownToDiffer, MigrationStage, output, Protection, shareWithin, tagAll } from './core';
import { homeNetwork, StageGuard, type CutoverFunctions } from './cutover';
import { ApplicationLogin } from './database';
import { MigrationSide, type MigrationEnvironment } from './environment';
import { checkAddresses, NetworkLink, type NetworkLinkConfig } from './network';
import type { MigrationTopics } from './notification';
import type { PaymentMigrationProps } from './payment-migration-props';
import type { MigrationPreflight, PreflightAssessmentOptions } from './preflight';
import { DatabaseReplication } from './replication';
import type { SchemaCopy } from './schema';
import type { WriterDiscoveryConfig } from './service';
import { Serving } from './serving';
import { MigrationBuckets } from './storage';
import type { DnsCutover } from './traffic';
import type { DataValidation } from './validation';

const DEFAULT_CIDRS = { source: '10.0.0.0/16', target: '10.1.0.0/16' };

/** What there is only as long as there are two sides. */
interface Migrating {
  readonly source: MigrationEnvironment;
  readonly replication: DatabaseReplication;
  readonly controlPlane: ControlPlane;
}

/**
 * Moves a PostgreSQL-backed payment system to a new environment.
 *
 * It makes the two environments with their networks, databases and services, the link and the replication between them, one name for both, buckets,
 * topics, and the functions and the task that look at both databases, copy the schema, compare the rows and move write authority. What moves
 * it all, step by step, is a person so far.
 */
export class PaymentMigration extends Construct {
  /** Tells this migration from every other of the account and Region. */
  public readonly environmentSuffix: string;
  /** How far the migration is. */
  public readonly stage: MigrationStage;
  /** What the system moves to. */
  public readonly target: MigrationEnvironment;
  /** What the link between the networks made; undefined where there is no link. */
  public readonly link?: NetworkLinkConfig;
  /** The login that services use on both sides. */
  public readonly applicationSecret: ISecret;
  /** Transaction logs, checkpoints, evidence. */
  public readonly buckets: MigrationBuckets;
  /** Encrypts what belongs to the migration itself rather than to one of its sides. */
  public readonly encryptionKey: IKey;

  private readonly protection: Protection;
  private readonly project: string;
  private readonly serves: boolean;
  private readonly migrating?: Migrating;
  private readonly serving: Serving;

  constructor(scope: Construct, id: string, props: PaymentMigrationProps) {
    super(scope, id);
    this.environmentSuffix = environmentSuffix(this, 'environmentSuffix', props.environmentSuffix);
    this.stage = props.stage ?? MigrationStage.MIGRATING;
    this.protection = props.protection ?? Protection.production();
    this.project = props.project ?? 'payments';
    this.serves = props.service !== undefined;
    tagAll(this, { project: this.project, suffix: this.environmentSuffix });
    shareWithin(this);

    this.encryptionKey = encryptionKey(this, 'EncryptionKey', `${this.environmentSuffix}: what belongs to the migration itself`, this.protection);
    const source = this.stage === MigrationStage.RETIRED ? undefined : this.createSide('source', 'Source', props.source);
    this.target = this.createSide('target', 'Target', props.target ?? MigrationSide.provisioned());
    this.checkAccounts(source);
    this.link = source && this.linkNetworks(source, props.link);
    this.applicationSecret = props.applicationSecret ?? this.createApplicationLogin(source);
    this.buckets = this.createBuckets(source, props);
    this.migrating = source && this.migrate(source, props);
    this.serving = new Serving(this, {
      environmentSuffix: this.environmentSuffix,
      source,
      target: this.target,
      applicationSecret: this.applicationSecret,
      buckets: this.buckets,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
      alarmTopic: this.migrating?.controlPlane.topics.errorAlerts,
    }, props);
    this.guard();
    this.describe();
  }

  /** What the system moves from. */
  public get source(): MigrationEnvironment {
    return this.whileMigrating('source').source;
  }

  /** What carries rows and changes from one database to the other. */
  public get replication(): DatabaseReplication {
    return this.whileMigrating('replication').replication;
  }

  /** The function that says whether the source may move to the target. */
  public get preflight(): MigrationPreflight {
    return this.whileMigrating('preflight').controlPlane.preflight;
  }

  /** The task that copies the schema to the target. */
  public get schemaCopy(): SchemaCopy {
    return this.whileMigrating('schemaCopy').controlPlane.schemaCopy;
  }

  /** The function that says whether both databases hold the same. */
  public get validation(): DataValidation {
    return this.whileMigrating('validation').controlPlane.validation;
  }

  /** The functions that decide who may write. */
  public get cutover(): CutoverFunctions {
    return this.whileMigrating('cutover').controlPlane.cutover;
  }

  /** Who is told what happens. */
  public get topics(): MigrationTopics {
    return this.whileMigrating('topics').controlPlane.topics;
  }

  /** How services find the database that accepts writes; undefined without `service` and `writerDiscovery`. */
  public get writerDiscovery(): WriterDiscoveryConfig | undefined {
    return this.serving.discovery;
  }

  /** The records of both sides; undefined without `cutover`, and when the migration is over. */
  public get dnsCutover(): DnsCutover | undefined {
    return this.serving.dnsCutover;
  }

  private whileMigrating(attribute: string): Migrating {
    if (!this.migrating) throw invalidInput('stage', this.stage, `MIGRATING or HOLDING, to have ${attribute}`);
    return this.migrating;
  }

  private createSide(name: 'source' | 'target', id: string, side: MigrationSide): MigrationEnvironment {
    return side._create(this, id, {
      identifier: `${this.environmentSuffix}-${name}`,
      protection: this.protection,
      defaultCidr: DEFAULT_CIDRS[name],
      serves: this.serves,
      tags: { project: this.project, side: name, suffix: this.environmentSuffix },
    });
  }

  /** Two accounts would need roles on both sides that nothing here makes. */
  private checkAccounts(source?: MigrationEnvironment): void {
    const { account } = Stack.of(this);
    for (const [prop, side] of Object.entries({ source, target: this.target })) {
      const accounts = [side && Stack.of(side.node.scope!).account, side?.network?.vpc.env.account];
      const other = accounts.find((candidate) => candidate !== undefined && knownToDiffer(account, candidate));
      if (other) throw invalidInput(prop, `the account ${other} beside ${account}`, 'both sides and the migration in one account');
    }
  }

  private linkNetworks({ network: source }: MigrationEnvironment, link?: NetworkLink): NetworkLinkConfig | undefined {
    const { network: target } = this.target;
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

  private createApplicationLogin(source?: MigrationEnvironment): ISecret {
    const login = new ApplicationLogin(this, 'ApplicationLogin', {
      databaseName: this.target.database.databaseName,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
    });
    for (const { node, encryptionKey: key } of [...(source ? [source] : []), this.target]) {
      const { region } = Stack.of(node.scope!);
      if (knownToDiffer(region, Stack.of(this).region)) login.replicateTo(region, key);
    }
    return login.secret;
  }

  private createBuckets(source: MigrationEnvironment | undefined, { storage }: PaymentMigrationProps): MigrationBuckets {
    const elsewhere = (side?: MigrationEnvironment) => {
      if (!side || Stack.of(side) === Stack.of(this)) return undefined;
      return { scope: side.node.scope!, encryptionKey: side.encryptionKey };
    };
    return new MigrationBuckets(this, 'Buckets', {
      ...storage,
      source: elsewhere(source),
      target: elsewhere(this.target),
      stage: this.stage,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
    });
  }

  private migrate(source: MigrationEnvironment, props: PaymentMigrationProps): Migrating {
    const replication = this.createReplication(source, props);
    const { environmentSuffix: suffix, target, encryptionKey: key, protection } = this;
    const assessment = props.premigrationAssessment ? this.assessmentOf(replication) : undefined;
    const controlPlane = new ControlPlane(this, { environmentSuffix: suffix, source, target, encryptionKey: key, protection, assessment }, props);
    return { source, replication, controlPlane };
  }

  /** None when the load is over. */
  private assessmentOf({ load }: DatabaseReplication): PreflightAssessmentOptions | undefined {
    if (load?.serverless) {
      throw invalidInput('premigrationAssessment', 'true with ReplicationCapacity.serverless()', 'ReplicationCapacity.provisioned(), or false: DMS assesses tasks only');
    }
    return load && { taskArn: load.taskArn, bucket: this.buckets.dmsLogs, folder: 'dms-logs/assessment' };
  }

  /** Not in the control plane: a nested stack waits for all that anything in it refers to, and so the instance would wait for both databases. */
  private createReplication(source: MigrationEnvironment, { replication }: PaymentMigrationProps): DatabaseReplication {
    const { target } = this;
    return new DatabaseReplication(this, 'Replication', {
      ...replication,
      source: source.database,
      target: target.database,
      network: homeNetwork(this, { source, target }),
      sourceNetwork: source.network,
      targetNetwork: target.network,
      identifier: this.environmentSuffix,
      stage: this.stage,
      encryptionKey: this.encryptionKey,
      protection: this.protection,
    });
  }

  /** Made last and deleted first. */
  private guard(): void {
    const { encryptionKey: key, migrating } = this;
    new StageGuard(this, 'StageGuard', {
      stage: this.stage,
      encryptionKey: key,
      protection: this.protection,
      cutover: migrating?.controlPlane.cutover,
      guarded: this.node.children.filter(({ node }) => node.id !== 'StageGuard').concat(migrating ? [migrating.source, this.target] : [this.target]),
    });
  }

  private describe(): void {
    const side = (id: string, { network, database, endpoint }: MigrationEnvironment) => {
      output(this, `${id}VpcId`, network?.vpc.vpcId);
      output(this, `${id}DatabaseEndpoint`, database.endpoint.socketAddress);
      output(this, `${id}MigrationSecretArn`, database.migrationSecret.secretArn);
      output(this, `${id}LoadBalancerDnsName`, endpoint.loadBalancer?.loadBalancerDnsName);
      output(this, `${id}LoadBalancerArn`, endpoint.loadBalancer?.loadBalancerArn);
      output(this, `${id}ClusterName`, endpoint.cluster?.clusterName);
      output(this, `${id}ServiceName`, endpoint.service?.serviceName);
    };
    if (this.migrating) side('Source', this.migrating.source);
    side('Target', this.target);
    output(this, 'DomainName', this.dnsCutover?.domainName);
    output(this, 'HostedZoneId', this.dnsCutover?.hostedZone.hostedZoneId);
    output(this, 'ApplicationSecretArn', this.applicationSecret.secretArn);
    for (const [id, bucket] of Object.entries({
      SourceTransactionLogs: this.buckets.sourceTransactionLogs,
      TargetTransactionLogs: this.buckets.targetTransactionLogs,
      Checkpoints: this.buckets.checkpoints,
      Rollback: this.buckets.rollback,
      DmsLogs: this.buckets.dmsLogs,
      Evidence: this.buckets.evidence,
    })) output(this, `${id}BucketName`, bucket?.bucketName);
    if (!this.migrating) return;
    const { replication, controlPlane } = this.migrating;
    output(this, 'ReplicationInstanceArn', replication.replicationInstanceArn);
    output(this, 'LoadTaskArn', replication.load?.taskArn);
    output(this, 'ToTargetTaskArn', replication.toTarget.taskArn);
    output(this, 'ToSourceTaskArn', replication.toSource.taskArn);
    controlPlane.describe(this);
  }
}
