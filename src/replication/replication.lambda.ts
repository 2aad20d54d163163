import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { IAMClient } from '@aws-sdk/client-iam';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import {
  ENDPOINTS_TESTED_TYPE,
  SERVICE_ROLES_TYPE,
  TASK_AFTER_TYPE,
  TASK_BEFORE_TYPE,
  type EndpointsTestedProperties,
  type ServiceRolesProperties,
  type TaskProperties,
} from './contract';
import { endpointsTested } from './handlers/endpoints-tested';
import { ensureServiceRoles } from './handlers/service-roles';
import type { ReplicationServices } from './handlers/services';
import { taskAfter } from './handlers/task-after';
import { taskBefore } from './handlers/task-before';
import { customResource, type CustomResourceResult } from '../core/custom-resource-reply';

type Event<P> = CloudFormationCustomResourceEvent<P>;
type Properties = ServiceRolesProperties | EndpointsTestedProperties | TaskProperties;

/** One function for all custom resources of a replication: each of its own would need a role, a log and a policy too. */
export function replicationResources(services: ReplicationServices): (event: Event<Properties>) => Promise<CustomResourceResult> {
  return async (event) => {
    switch (event.ResourceType) {
      case SERVICE_ROLES_TYPE: return ensureServiceRoles(services, event as Event<ServiceRolesProperties>);
      case ENDPOINTS_TESTED_TYPE: return endpointsTested(services, event as Event<EndpointsTestedProperties>);
      case TASK_BEFORE_TYPE: return taskBefore(services, event as Event<TaskProperties>);
      case TASK_AFTER_TYPE: return taskAfter(services, event as Event<TaskProperties>);
      default: throw new Error(`resource type: got ${event.ResourceType}, allowed: those of this room`);
    }
  };
}

export const handler = customResource(replicationResources({
  dms: new DatabaseMigrationServiceClient({}),
  iam: new IAMClient({}),
  now: Date.now,
  sleep: async (ms) => { await new Promise((resolve) => setTimeout(resolve, ms)); },
}));
