import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { MODIFYING_MS, type DmsStandIn, type StandInTask } from './dms-stand-in';
import { dispatch } from '../../../src/core/custom-resource-reply';
import { TASK_AFTER_TYPE, TASK_BEFORE_TYPE, type TaskProperties } from '../../../src/replication/contract';

type Type = typeof TASK_BEFORE_TYPE | typeof TASK_AFTER_TYPE;
type Handle = ReturnType<typeof dispatch>;

/** Where a deployment fails: at one of the three, at what comes after them, or nowhere. */
export type Failure = 'before' | 'task' | 'after' | 'later';

/** One template of a task: what the custom resources are told, and what the task is made of. */
export interface Version {
  readonly properties: TaskProperties;
  readonly task: StandInTask;
  /** Which endpoints it changes. */
  readonly endpoints?: string[];
}

/**
 * Sends what CloudFormation sends, in its order.
 *
 * A rollback visits what was visited before the failure, and nothing else. A resource that returns another physical id was replaced, and
 * the id that is not in use in the end is deleted last, after a success and after a rollback alike.
 */
export class Deployment {
  public readonly events: string[] = [];
  private ids = { before: '', after: '' };

  constructor(private readonly dms: DmsStandIn, private readonly handle: Handle, private version: Version) {}

  public async create(): Promise<void> {
    this.ids.before = await this.send(TASK_BEFORE_TYPE, 'Create', '', this.version);
    this.dms.addTask(this.version.properties.Arn, this.version.task);
    this.ids.after = await this.send(TASK_AFTER_TYPE, 'Create', '', this.version);
  }

  /** The error that it failed with, if it did. */
  public async update(to: Version, failAt?: Failure): Promise<string | undefined> {
    const from = this.version;
    const visited: string[] = [];
    const first = this.ids.before;
    try {
      visited.push('before');
      if (failAt === 'before') throw new Error('the function was stopped');
      this.ids.before = await this.send(TASK_BEFORE_TYPE, 'Update', this.ids.before, to, from);
      to.endpoints?.forEach((endpoint) => this.dms.modifyEndpoint(endpoint));
      visited.push('task');
      if (failAt === 'task') throw new Error('Invalid task settings JSON');
      await this.modify(to);
      visited.push('after');
      if (failAt === 'after') throw new Error('the function was stopped');
      this.ids.after = await this.send(TASK_AFTER_TYPE, 'Update', this.ids.after, to, from);
      if (failAt === 'later') throw new Error('something else failed');
      this.version = to;
      if (first !== this.ids.before) await this.send(TASK_BEFORE_TYPE, 'Delete', first, from);
      return undefined;
    } catch (error) {
      await this.rollBack(from, to, visited);
      return (error as Error).message;
    }
  }

  public async remove(): Promise<void> {
    await this.send(TASK_AFTER_TYPE, 'Delete', this.ids.after, this.version);
    // DMS refuses to delete what runs.
    this.dms.modify(this.version.properties.Arn, {});
    this.dms.removeTask(this.version.properties.Arn);
    await this.send(TASK_BEFORE_TYPE, 'Delete', this.ids.before, this.version);
  }

  private async rollBack(from: Version, to: Version, visited: string[]): Promise<void> {
    const failed = this.ids.before;
    this.ids.before = await this.send(TASK_BEFORE_TYPE, 'Update', this.ids.before, from, to);
    if (visited.includes('task')) {
      to.endpoints?.forEach((endpoint) => this.dms.modifyEndpoint(endpoint));
      await this.modify(from);
    }
    if (visited.includes('after')) this.ids.after = await this.send(TASK_AFTER_TYPE, 'Update', this.ids.after, from, to);
    if (failed !== this.ids.before) await this.send(TASK_BEFORE_TYPE, 'Delete', failed, to);
  }

  /** CloudFormation goes on when DMS is done with it. */
  private async modify({ properties, task }: Version): Promise<void> {
    this.dms.modify(properties.Arn, task);
    await this.dms.sleep(MODIFYING_MS);
  }

  private async send(type: Type, request: 'Create' | 'Update' | 'Delete', id: string, { properties }: Version, old?: Version): Promise<string> {
    this.events.push(`${request} ${type.replace('Custom::DmsTask', '')}`);
    const event = {
      RequestType: request,
      ResourceType: type,
      ServiceToken: 'arn',
      ResponseURL: '',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Task',
      PhysicalResourceId: id,
      ResourceProperties: { ServiceToken: 'arn', ServiceTimeout: '360', ...properties },
      OldResourceProperties: old && { ServiceToken: 'arn', ...old.properties },
    };
    const { physicalResourceId } = await this.handle(event as unknown as CloudFormationCustomResourceEvent<TaskProperties>);
    return physicalResourceId;
  }
}
