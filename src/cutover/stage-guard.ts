import { CustomResource } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import type { CutoverFunctions } from './cutover-functions';
import { STAGE_GUARD_TYPE, type StageGuardProperties } from './stage-guard-contract';
import { CustomResourceHandler, type MigrationStage, type Protection } from '../core';

export interface StageGuardProps {
  readonly stage: MigrationStage;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  /** The functions that are asked; undefined where the migration is over. */
  readonly cutover?: CutoverFunctions;
  /** What must not be deleted before the guard has agreed. */
  readonly guarded: IDependable[];
}

/**
 * Refuses a stage that the migration is not in, and the deletion of the stack between the closing of a database and the end of the migration.
 *
 * It stays when the migration is retired: the stage changes with an update of it, and CloudFormation deletes what the new template has not only
 * after every update has succeeded.
 */
export class StageGuard extends Construct {
  constructor(scope: Construct, id: string, { stage, encryptionKey, protection, cutover, guarded }: StageGuardProps) {
    super(scope, id);
    const handler = new CustomResourceHandler(this, 'Handler', {
      encryptionKey,
      protection,
      statements: [],
      wildcards: [],
    });
    const properties: StageGuardProperties = {
      Stage: stage,
      AuthorityFunctionName: cutover?.authorityFunction.functionName,
      FenceFunctionName: cutover?.fenceFunction.functionName,
      Refuses: protection.deletionProtection ? 'true' : 'false',
    };
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: handler.serviceToken,
      resourceType: STAGE_GUARD_TYPE,
      serviceTimeout: handler.serviceTimeout,
      properties: { ...properties },
    });
    resource.node.addDependency(handler, ...guarded);
    if (cutover) letAsk(cutover, handler);
  }
}

/**
 * With the functions, not with the guard's role: a template that has the functions no more would take the right away before the guard, which
 * is to ask them for the last time, is updated.
 */
function letAsk(cutover: CutoverFunctions, guard: CustomResourceHandler): void {
  for (const [id, { functionName }] of Object.entries({ Authority: cutover.authorityFunction, Fence: cutover.fenceFunction })) {
    new CfnPermission(cutover, `StageGuardAsks${id}`, { action: 'lambda:InvokeFunction', functionName, principal: guard.roleArn });
  }
}
