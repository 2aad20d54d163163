import { LambdaClient } from '@aws-sdk/client-lambda';
import { STAGE_GUARD_TYPE } from './stage-guard-contract';
import { stageGuard } from './stage-guard-handler';
import type { CustomResources } from '../core/custom-resource-reply';

/** The custom resources of this room. */
export const cutoverResources: CustomResources = {
  // Once: a second try would finish a migration beside the first.
  [STAGE_GUARD_TYPE]: async (event) => stageGuard({ lambda: new LambdaClient({ maxAttempts: 1 }) })(event),
};
