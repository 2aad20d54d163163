import { NestedStack, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { invalidInput, output, shareWithin, type Protection } from './core';
import { CutoverFunctions, homeNetwork } from './cutover';
import type { MigrationEnvironment } from './environment';
import { MigrationTopics } from './notification';
import type { PaymentMigrationProps } from './payment-migration-props';
import { MigrationPreflight, type PreflightAssessmentOptions } from './preflight';
import { SchemaCopy } from './schema';
import { DataValidation } from './validation';

/** What a migration has settled before its control plane is made. */
export interface ControlPlaneSettings {
  readonly environmentSuffix: string;
  readonly source: MigrationEnvironment;
  readonly target: MigrationEnvironment;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  /** What DMS assesses before it runs, and where its report goes. */
  readonly assessment?: PreflightAssessmentOptions;
}

/** What carries a migration through and goes when it is over: topics, what is asked of both databases and done to them, and who may write. */
export class ControlPlane {
  public readonly topics: MigrationTopics;
  public readonly cutover: CutoverFunctions;
  public readonly preflight: MigrationPreflight;
  public readonly schemaCopy: SchemaCopy;
  public readonly validation: DataValidation;

  constructor(migration: Construct, settings: ControlPlaneSettings, props: PaymentMigrationProps) {
    const { environmentSuffix, source, target, encryptionKey, protection, assessment } = settings;
    const scope = scopeOf(migration, environmentSuffix, props.controlPlane);
    shareWithin(scope);

    this.topics = new MigrationTopics(scope, 'Topics', { ...props.notification, encryptionKey, protection });
    const sides = {
      source: { database: source.database, network: source.network },
      target: { database: target.database, network: target.network },
    };
    this.cutover = new CutoverFunctions(scope, 'Cutover', {
      ...sides,
      writeFence: props.writeFence,
      transferDeadline: props.transferDeadline,
      serviceName: environmentSuffix,
      encryptionKey,
      protection,
    });
    const shared = { ...sides, network: homeNetwork(scope, sides), encryptionKey, protection };
    this.preflight = new MigrationPreflight(scope, 'Preflight', { ...props.preflight, ...shared, assessment, serviceName: environmentSuffix });
    this.schemaCopy = new SchemaCopy(scope, 'SchemaCopy', { ...props.schemaCopy, ...shared });
    this.validation = new DataValidation(scope, 'Validation', { ...props.validation, ...shared, serviceName: environmentSuffix });
  }

  /** Tells what there is. */
  public describe(migration: Construct): void {
    const { topics, cutover, preflight, schemaCopy, validation } = this;
    output(migration, 'MigrationStatusTopicArn', topics.migrationStatus.topicArn);
    output(migration, 'ErrorAlertsTopicArn', topics.errorAlerts.topicArn);
    output(migration, 'ValidationAlertsTopicArn', topics.validationAlerts.topicArn);
    output(migration, 'DmsAlertsTopicArn', topics.dmsAlerts.topicArn);
    output(migration, 'AuthorityFunctionName', cutover.authorityFunction.functionName);
    output(migration, 'FenceFunctionName', cutover.fenceFunction.functionName);
    output(migration, 'PreflightFunctionName', preflight.preflightFunction.functionName);
    output(migration, 'ValidationFunctionName', validation.validationFunction.functionName);
    output(migration, 'SchemaCopyClusterName', schemaCopy.cluster.clusterName);
    output(migration, 'SchemaCopyTaskDefinitionArn', schemaCopy.taskDefinition.taskDefinitionArn);
  }
}

/** Another scope may be home to several migrations, so there the id names this one. */
function scopeOf(migration: Construct, environmentSuffix: string, given?: Construct): Construct {
  if (given) {
    // The guard of the stages stays with the migration and asks the functions, which refer to the migration's databases.
    if (Stack.of(given) !== Stack.of(migration)) {
      throw invalidInput('controlPlane', `a scope in ${Stack.of(given).stackName}`, `one in the migration's own stack ${Stack.of(migration).stackName}`);
    }
    return new Construct(given, `${migration.node.id}ControlPlane`);
  }
  return new NestedStack(migration, 'ControlPlane', { description: `${environmentSuffix}: topics, and the functions that move write authority` });
}
