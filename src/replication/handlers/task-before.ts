import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { controlOf, fixedOf, type Process } from './process';
import { markForRestart, restartIfMarked, settled, stopAndWait } from './restart';
import { Patience, type ReplicationServices } from './services';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { TaskProperties } from '../contract';

type Event = CloudFormationCustomResourceEvent<TaskProperties>;

/**
 * Comes before a task in each deployment: DMS changes a task only while it stands still, and CloudFormation does not stop it.
 *
 * Its physical id says what it is for, so every change is a replacement. Whatever becomes of the deployment, CloudFormation ends with the
 * deletion of the id that is not in use any more: after a success the old one, when `TaskAfter` has started the task already; after a
 * rollback the new one, and a `TaskAfter` that was not reached before the failure is not reached in the rollback either. So it is the
 * deletion that starts the task again then. Where the first step itself failed there is no new id: its own rollback starts the task.
 */
export async function taskBefore(services: ReplicationServices, event: Event): Promise<CustomResourceResult> {
  const wanted = event.ResourceProperties;
  const patience = new Patience(services);
  const control = controlOf(services, wanted);
  switch (event.RequestType) {
    case 'Create':
      break;
    case 'Update':
      if (idOf(wanted) === event.PhysicalResourceId) await restartIfMarked(services, control, patience, wanted);
      else await prepare(services, patience, wanted, event.OldResourceProperties);
      break;
    case 'Delete':
      await restartIfMarked(services, control, patience, wanted);
      return { physicalResourceId: event.PhysicalResourceId };
  }
  return { physicalResourceId: idOf(wanted) };
}

/** Refuses what the task cannot become, before anything is stopped; then stops it. */
async function prepare(services: ReplicationServices, patience: Patience, wanted: TaskProperties, old: TaskProperties): Promise<void> {
  const control = controlOf(services, old);
  const found = await settled(control, patience, wanted.Name);
  if (found === undefined) return;
  checkFixed(wanted, old, found);
  if (found.phase !== 'running') return;
  if (found.loading) {
    throw new Error(`task ${wanted.Name} is loading, and a load that is interrupted cannot go on; deploy again when it is done, or stop the task and empty the tables`);
  }
  await markForRestart(services, wanted, found);
  await stopAndWait(control, patience, wanted.Name);
}

function checkFixed(wanted: TaskProperties, old: TaskProperties, found: Process): void {
  const differences = Object.entries(fixedOf(wanted))
    .filter(([what, value]) => value !== undefined && found.fixed[what] !== undefined && found.fixed[what] !== value)
    .map(([what, value]) => `${what} from ${found.fixed[what]} to ${value}`);
  if (wanted.Arn !== old.Arn) differences.push(`identifier from ${old.Arn} to ${wanted.Arn}`);
  if (differences.length === 0) return;
  throw new Error(`task ${wanted.Name} would be replaced, and load everything again, by the change of its ${differences.join(', its ')}; take the change back, `
    + 'or make a new replication beside this one');
}

/** Of everything that a change of the task shows in; not of what CloudFormation adds, which changes with the library. */
function idOf({ Arn, Name, InstanceArn = '', Source, Target, MigrationType, KmsKeyArn, Digest }: TaskProperties): string {
  const parts = [Arn, InstanceArn, Source.Arn, Target.Arn, MigrationType, KmsKeyArn, Digest];
  return `before-${Name}-${createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 16)}`;
}
