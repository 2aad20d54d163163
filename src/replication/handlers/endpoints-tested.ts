import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { testConnections } from './connections';
import { Patience, type ReplicationServices } from './services';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { EndpointsTestedProperties } from '../contract';

/** Is created, or updated, when the replication instance has reached every database. */
export async function endpointsTested(
  services: ReplicationServices,
  event: CloudFormationCustomResourceEvent<EndpointsTestedProperties>,
): Promise<CustomResourceResult> {
  if (event.RequestType === 'Delete') return { physicalResourceId: event.PhysicalResourceId };
  const { InstanceArn, Endpoints } = event.ResourceProperties;
  await testConnections(services, new Patience(services), InstanceArn, Endpoints, true);
  return { physicalResourceId: InstanceArn };
}
