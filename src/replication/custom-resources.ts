import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { IAMClient } from '@aws-sdk/client-iam';
import { ENDPOINTS_TESTED_TYPE, SERVICE_ROLES_TYPE, TASK_AFTER_TYPE, TASK_BEFORE_TYPE } from './contract';
import { endpointsTested } from './handlers/endpoints-tested';
import { ensureServiceRoles } from './handlers/service-roles';
import type { ReplicationServices } from './handlers/services';
import { taskAfter } from './handlers/task-after';
import { taskBefore } from './handlers/task-before';
import { pause, type CustomResources } from '../core/custom-resource-reply';

/** The custom resources of this room, with the clients that they work with. */
export function resourcesWith(services: () => ReplicationServices): CustomResources {
  return {
    [SERVICE_ROLES_TYPE]: async (event) => ensureServiceRoles(services(), event),
    [ENDPOINTS_TESTED_TYPE]: async (event) => endpointsTested(services(), event),
    [TASK_BEFORE_TYPE]: async (event) => taskBefore(services(), event),
    [TASK_AFTER_TYPE]: async (event) => taskAfter(services(), event),
  };
}

export const replicationResources = resourcesWith(() => ({
  dms: new DatabaseMigrationServiceClient({}),
  iam: new IAMClient({}),
  now: Date.now,
  sleep: pause,
}));
