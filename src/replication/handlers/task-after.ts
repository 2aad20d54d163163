import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { controlOf } from './process';
import { restartIfMarked, stopAndWait } from './restart';
import { Patience, type ReplicationServices } from './services';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { TaskProperties } from '../contract';

/** Comes after a task in each deployment: starts what `TaskBefore` stopped, and stops the task before it is deleted. It starts nothing else. */
export async function taskAfter(
  services: ReplicationServices,
  event: CloudFormationCustomResourceEvent<TaskProperties>,
): Promise<CustomResourceResult> {
  const properties = event.ResourceProperties;
  const patience = new Patience(services);
  const control = controlOf(services, properties);
  if (event.RequestType === 'Delete') {
    await stopAndWait(control, patience, properties.Name);
    return { physicalResourceId: event.PhysicalResourceId };
  }
  if (event.RequestType === 'Update') await restartIfMarked(services, control, patience, properties);
  return { physicalResourceId: `after-${properties.Name}` };
}
