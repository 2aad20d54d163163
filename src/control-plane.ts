import { NestedStack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { output, shareWithin, type Protection } from './core';
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

  private readonly scope: Construct;

  constructor(migration: Construct, settings: ControlPlaneSettings, props: PaymentMigrationProps) {
    const { environmentSuffix, source, target, encryptionKey, protection } = settings;
    const scope = scopeOf(migration, environmentSuffix, props.controlPlane);
    shareWithin(scope);
    this.scope = scope;

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

  /** Tells what there is: in the migration's own stack, unless that is made before the control plane's. */
  public describe(migration: Construct): void {
    const scope = NestedStack.isNestedStack(this.scope) ? migration : this.scope;
    const { topics, cutover } = this;
    output(scope, 'MigrationStatusTopicArn', topics.migrationStatus.topicArn);
    output(scope, 'ErrorAlertsTopicArn', topics.errorAlerts.topicArn);
    output(scope, 'ValidationAlertsTopicArn', topics.validationAlerts.topicArn);
    output(scope, 'DmsAlertsTopicArn', topics.dmsAlerts.topicArn);
    output(scope, 'AuthorityFunctionName', cutover.authorityFunction.functionName);
    output(scope, 'FenceFunctionName', cutover.fenceFunction.functionName);
  }
}

/** Another scope may be home to several migrations, so there the id names this one. */
function scopeOf(migration: Construct, environmentSuffix: string, given?: Construct): Construct {
  if (given) return new Construct(given, `${migration.node.id}ControlPlane`);
  return new NestedStack(migration, 'ControlPlane', { description: `${environmentSuffix}: topics, and the functions that move write authority` });
}
