import { NestedStack, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { invalidInput, output, shareWithin, type Protection } from './core';
import { CutoverFunctions } from './cutover';
import type { MigrationEnvironment } from './environment';
import { MigrationTopics } from './notification';
import type { PaymentMigrationProps } from './payment-migration-props';

/** What a migration has settled before its control plane is made. */
export interface ControlPlaneSettings {
  readonly environmentSuffix: string;
  readonly source: MigrationEnvironment;
  readonly target: MigrationEnvironment;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
}

/** What carries a migration through and goes when it is over: topics, and the functions that move write authority. */
export class ControlPlane {
  public readonly topics: MigrationTopics;
  public readonly cutover: CutoverFunctions;

  constructor(migration: Construct, settings: ControlPlaneSettings, props: PaymentMigrationProps) {
    const { environmentSuffix, source, target, encryptionKey, protection } = settings;
    const scope = scopeOf(migration, environmentSuffix, props.controlPlane);
    shareWithin(scope);

    this.topics = new MigrationTopics(scope, 'Topics', { ...props.notification, encryptionKey, protection });
    this.cutover = new CutoverFunctions(scope, 'Cutover', {
      source: { database: source.database, network: source.network },
      target: { database: target.database, network: target.network },
      writeFence: props.writeFence,
      transferDeadline: props.transferDeadline,
      serviceName: environmentSuffix,
      encryptionKey,
      protection,
    });
  }

  /** Tells what there is. */
  public describe(migration: Construct): void {
    const { topics, cutover } = this;
    output(migration, 'MigrationStatusTopicArn', topics.migrationStatus.topicArn);
    output(migration, 'ErrorAlertsTopicArn', topics.errorAlerts.topicArn);
    output(migration, 'ValidationAlertsTopicArn', topics.validationAlerts.topicArn);
    output(migration, 'DmsAlertsTopicArn', topics.dmsAlerts.topicArn);
    output(migration, 'AuthorityFunctionName', cutover.authorityFunction.functionName);
    output(migration, 'FenceFunctionName', cutover.fenceFunction.functionName);
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
