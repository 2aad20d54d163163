import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-database-migration-service';
import { testConnections } from './connections';
import type { Process, ProcessControl } from './process';
import { INVALID_STATE, NOT_FOUND, unless, type Patience, type ReplicationServices } from './services';
import { keepSlot, slotOf } from './slot';
import { RESTART_TAG, SLOT_TAG, type TaskProperties } from '../contract';

/** The task once it runs or stands still; undefined where there is none. */
export async function settled({ read }: ProcessControl, patience: Patience, name: string): Promise<Process | undefined> {
  for (;;) {
    const found = await read();
    if (found?.phase !== 'passing') return found;
    await patience.pause(`task ${name} is ${found.status}`);
  }
}

/** Stops it and waits: the call comes back when the stopping has only begun. */
export async function stopAndWait(control: ProcessControl, patience: Patience, name: string): Promise<void> {
  for (;;) {
    const found = await control.read();
    if (found === undefined || found.phase === 'still') return;
    // Again as long as it is said to run: the state may be an old one, and then the call is refused.
    if (found.phase === 'running') await control.stop().catch(unless(INVALID_STATE, NOT_FOUND));
    await patience.pause(`task ${name} is ${found.status}. Wait until it has stopped, and deploy again`);
  }
}

/** Writes on the task that it ran, and from which slot, so that whoever ends the deployment starts it again, and nobody else's stop is undone. */
export async function markForRestart(services: ReplicationServices, properties: TaskProperties, { startedAt }: Process): Promise<void> {
  const slot = await slotOf(services, properties);
  await services.dms.send(new AddTagsToResourceCommand({
    ResourceArn: properties.Arn,
    Tags: [{ Key: RESTART_TAG, Value: startedAt }, ...(slot === undefined ? [] : [{ Key: SLOT_TAG, Value: slot }])],
  }));
}

/** Starts what a deployment stopped. What was started and stopped by others since then stays as they left it. */
export async function restartIfMarked(
  services: ReplicationServices,
  control: ProcessControl,
  patience: Patience,
  properties: TaskProperties,
): Promise<void> {
  const marks = await marksOf(services, properties.Arn);
  if (marks.startedAt === undefined) return;
  const found = await settled(control, patience, properties.Name);
  if (found === undefined) return;
  if (found.phase === 'still' && found.startedAt === marks.startedAt) {
    if (marks.slot !== undefined) await keepSlot(services, properties, marks.slot);
    await resumeAndWait(services, control, patience, properties);
  }
  const tags = new RemoveTagsFromResourceCommand({ ResourceArn: properties.Arn, TagKeys: [RESTART_TAG, SLOT_TAG] });
  await services.dms.send(tags).catch(unless(NOT_FOUND));
}

async function marksOf({ dms }: ReplicationServices, arn: string): Promise<{ readonly startedAt?: string; readonly slot?: string }> {
  const answer = await dms.send(new ListTagsForResourceCommand({ ResourceArn: arn })).catch(unless(NOT_FOUND));
  const valueOf = (key: string) => answer?.TagList?.find(({ Key }) => Key === key)?.Value;
  return { startedAt: valueOf(RESTART_TAG), slot: valueOf(SLOT_TAG) };
}

async function resumeAndWait(services: ReplicationServices, control: ProcessControl, patience: Patience, properties: TaskProperties): Promise<void> {
  const { Name: name, InstanceArn: instance, Source, Target } = properties;
  // A change of an endpoint ends what its last test said.
  if (instance !== undefined) await testConnections(services, patience, instance, [Source, Target], false);
  await resume(control, patience, name);
  for (;;) {
    const found = await control.read();
    if (found === undefined || found.phase === 'running') return;
    if (found.status === 'failed') throw new Error(`task ${name} did not start again: ${found.failure ?? 'no reason given'}. Mend it, and resume it`);
    await patience.pause(`task ${name} was started and is ${found.status}`);
  }
}

async function resume(control: ProcessControl, patience: Patience, name: string): Promise<void> {
  for (;;) {
    try {
      await control.resume();
      return;
    } catch (error) {
      unless(INVALID_STATE)(error);
      if ((await control.read())?.phase === 'running') return;
      await patience.pause(`task ${name} cannot be started yet: ${String(error)}`);
    }
  }
}
