import {
  AddTagsToResourceCommand,
  DatabaseMigrationServiceServiceException,
  DescribeConnectionsCommand,
  DescribeEndpointsCommand,
  DescribeReplicationConfigsCommand,
  DescribeReplicationInstancesCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTasksCommand,
  ListTagsForResourceCommand,
  ModifyEndpointCommand,
  RemoveTagsFromResourceCommand,
  StartReplicationCommand,
  StartReplicationTaskCommand,
  StopReplicationCommand,
  StopReplicationTaskCommand,
  TestConnectionCommand,
  type DatabaseMigrationServiceClient,
  type MigrationTypeValue,
} from '@aws-sdk/client-database-migration-service';

/** A state, and from when on the stand-in's clock. */
type State = [status: string, fromMs: number];

export interface StandInTask {
  readonly source: string;
  readonly target: string;
  readonly instance?: string;
  readonly type?: MigrationTypeValue;
  readonly key?: string;
  /** Whether its load has ended. */
  readonly loaded?: boolean;
}

interface Task extends StandInTask {
  states: State[];
  startedAt?: Date;
  tags: Map<string, string>;
}

/** What happens at some call of a command, instead of its work. */
interface Incident {
  readonly command: string;
  readonly nth: number;
  readonly errorName: string;
}

const STARTING_MS = 40_000;
const TESTING_MS = 20_000;
export const MODIFYING_MS = 10_000;
const EPOCH = Date.UTC(2025, 0, 1);

/** Behaves as the API reference of DMS describes the calls of the handler, on a clock of its own. */
export class DmsStandIn {
  /** Each call that changes something, as `Command what`. */
  public readonly calls: string[] = [];
  public time = 0;
  public stoppingMs = 30_000;
  /** What a task is some time after its start. */
  public startsInto = 'running';
  /** Reads tell for so long after a change what was true before it. */
  public staleMs = 0;
  /** Whether a change of an endpoint takes away the slot that the change does not name: nothing says that CloudFormation's does not. */
  public forgetsSlots = false;
  /** What endpoints name as their slots. */
  public readonly slots = new Map<string, string>();
  /** What tests of an endpoint end with, one after the other; then they succeed. */
  public readonly failingTests = new Map<string, string[]>();

  private readonly tasks = new Map<string, Task>();
  private readonly connections = new Map<string, { states: State[]; message?: string }>();
  private incidents: Incident[] = [];
  private counts = new Map<string, number>();

  public readonly now = () => this.time;
  public readonly sleep = async (ms: number) => { this.time += ms; };

  public addTask(arn: string, task: StandInTask, status = 'ready'): void {
    const startedAt = status === 'ready' ? undefined : this.date();
    this.tasks.set(arn, { ...task, states: [[status, -Infinity]], startedAt, tags: new Map() });
  }

  public removeTask(arn: string): void {
    this.tasks.delete(arn);
  }

  public setStatus(arn: string, ...states: State[]): void {
    this.task(arn).states = states.map(([status, from]) => [status, from === 0 ? -Infinity : this.time + from]);
  }

  /** Changes what CloudFormation changes, which DMS allows only while the task stands still. */
  public modify(arn: string, changes: Partial<StandInTask>): void {
    const task = this.task(arn);
    if (!['ready', 'stopped', 'failed'].includes(this.status(arn))) throw failure('InvalidResourceStateFault', `task is ${this.status(arn)}`);
    this.calls.push(`modify ${nameOf(arn)}`);
    Object.assign(task, changes);
    task.states = [['modifying', this.time], [this.status(arn), this.time + MODIFYING_MS]];
  }

  /** An endpoint that was changed has not been tested since. */
  public modifyEndpoint(arn: string, slot = this.forgetsSlots ? undefined : this.slots.get(arn)): void {
    this.calls.push(`modify ${nameOf(arn)}`);
    if (slot === undefined) this.slots.delete(arn);
    else this.slots.set(arn, slot);
    for (const key of this.connections.keys()) if (key.startsWith(`${arn} `)) this.connections.delete(key);
  }

  public status(arn: string): string {
    return current(this.task(arn).states, this.time);
  }

  public tagsOf(arn: string): Record<string, string> {
    return Object.fromEntries(this.task(arn).tags);
  }

  public failAt(command: string, nth: number, errorName: string): void {
    this.incidents.push({ command, nth: (this.counts.get(command) ?? 0) + nth, errorName });
  }

  /** Somebody, not the handler, starts or stops it. */
  public startBySomebody(arn: string): void {
    const task = this.task(arn);
    task.states = [['running', this.time]];
    task.startedAt = this.date();
  }

  public stopBySomebody(arn: string): void {
    this.task(arn).states = [['stopped', this.time]];
  }

  public client(): Pick<DatabaseMigrationServiceClient, 'send'> {
    return { send: async (command: unknown) => this.send(command as { input: never }) } as Pick<DatabaseMigrationServiceClient, 'send'>;
  }

  private async send(command: { input: never }): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    const incident = this.incidents.find((one) => one.command === name && one.nth === count);
    if (incident) throw failure(incident.errorName);
    return this.answer(command);
  }

  private answer(command: unknown): unknown {
    if (command instanceof DescribeReplicationTasksCommand) return this.describeTasks(filtered(command.input, 'replication-task-arn'));
    if (command instanceof DescribeReplicationConfigsCommand) return this.describeConfigs(filtered(command.input, 'replication-config-arn'));
    if (command instanceof DescribeReplicationsCommand) return this.describeReplications(filtered(command.input, 'replication-config-arn'));
    if (command instanceof DescribeReplicationInstancesCommand) {
      const arn = filtered(command.input, 'replication-instance-arn');
      const key = [...this.tasks.values()].find(({ instance }) => instance === arn)?.key;
      return { ReplicationInstances: [{ ReplicationInstanceArn: arn, KmsKeyId: key }] };
    }
    if (command instanceof StopReplicationTaskCommand) return this.stop(command.input.ReplicationTaskArn!);
    if (command instanceof StopReplicationCommand) return this.stop(command.input.ReplicationConfigArn!);
    if (command instanceof StartReplicationTaskCommand) return this.start(command.input.ReplicationTaskArn!, command.input.StartReplicationTaskType!);
    if (command instanceof StartReplicationCommand) return this.start(command.input.ReplicationConfigArn!, command.input.StartReplicationType!);
    if (command instanceof ListTagsForResourceCommand) {
      return { TagList: [...this.task(command.input.ResourceArn!).tags].map(([Key, Value]) => ({ Key, Value })) };
    }
    if (command instanceof AddTagsToResourceCommand) {
      command.input.Tags!.forEach(({ Key, Value }) => this.task(command.input.ResourceArn!).tags.set(Key!, Value!));
      return {};
    }
    if (command instanceof RemoveTagsFromResourceCommand) {
      command.input.TagKeys!.forEach((key) => this.task(command.input.ResourceArn!).tags.delete(key));
      return {};
    }
    if (command instanceof TestConnectionCommand) return this.test(command.input.ReplicationInstanceArn!, command.input.EndpointArn!);
    if (command instanceof DescribeConnectionsCommand) {
      return this.describeConnection(filtered(command.input, 'replication-instance-arn'), filtered(command.input, 'endpoint-arn'));
    }
    if (command instanceof DescribeEndpointsCommand) {
      const arn = filtered(command.input, 'endpoint-arn');
      return { Endpoints: [{ EndpointArn: arn, PostgreSQLSettings: { SlotName: this.slots.get(arn) } }] };
    }
    if (command instanceof ModifyEndpointCommand) {
      this.modifyEndpoint(command.input.EndpointArn!, command.input.PostgreSQLSettings?.SlotName);
      return {};
    }
    throw failure('InvalidAction');
  }

  private describeTasks(arn: string) {
    const task = this.task(arn);
    return {
      ReplicationTasks: [{
        ReplicationTaskArn: arn,
        Status: this.seen(task.states),
        MigrationType: task.type,
        SourceEndpointArn: task.source,
        TargetEndpointArn: task.target,
        ReplicationInstanceArn: task.instance,
        ReplicationTaskStartDate: task.startedAt,
        LastFailureMessage: this.seen(task.states) === 'failed' ? 'the slot is gone' : undefined,
        ReplicationTaskStats: this.stats(task),
      }],
    };
  }

  private describeConfigs(arn: string) {
    const { source, target, type, key } = this.task(arn);
    return {
      ReplicationConfigs: [{
        ReplicationConfigArn: arn, SourceEndpointArn: source, TargetEndpointArn: target, ReplicationType: type, ComputeConfig: { KmsKeyId: key },
      }],
    };
  }

  private describeReplications(arn: string) {
    const task = this.task(arn);
    return { Replications: [{ ReplicationConfigArn: arn, Status: this.seen(task.states), ReplicationStats: this.stats(task) }] };
  }

  private stats({ startedAt, loaded = true, type }: Task) {
    if (startedAt === undefined) return undefined;
    if (type === 'cdc') return { StartDate: startedAt, FullLoadProgressPercent: 100 };
    return loaded
      ? { StartDate: startedAt, FullLoadProgressPercent: 100, FullLoadFinishDate: new Date(EPOCH), TablesLoading: 0, TablesQueued: 0 }
      : { StartDate: startedAt, FullLoadProgressPercent: 40, TablesLoading: 1, TablesQueued: 3 };
  }

  private stop(arn: string) {
    this.allowOnly(arn, ['running', 'starting']);
    this.calls.push(`stop ${nameOf(arn)}`);
    this.move(arn, [['stopping', this.time], ['stopped', this.time + this.stoppingMs]]);
    return {};
  }

  private start(arn: string, type: string) {
    this.allowOnly(arn, ['stopped', 'failed']);
    const task = this.task(arn);
    const untested = [task.source, task.target].find((endpoint) => task.instance !== undefined
      && current(this.connections.get(`${endpoint} ${task.instance}`)?.states ?? [], this.time) !== 'successful');
    if (untested) throw failure('InvalidResourceStateFault', `Test connection for replication instance and endpoint ${nameOf(untested)} should be successful`);
    this.calls.push(`${type} ${nameOf(arn)}`);
    task.startedAt = this.date();
    this.move(arn, [['starting', this.time], [this.startsInto, this.time + STARTING_MS]]);
    return {};
  }

  private allowOnly(arn: string, allowed: string[]): void {
    const status = this.status(arn);
    if (!allowed.includes(status)) throw failure('InvalidResourceStateFault', `${nameOf(arn)} is ${status}`);
  }

  private move(arn: string, states: State[]): void {
    this.task(arn).states = [[this.status(arn), -Infinity], ...states];
  }

  private test(instance: string, endpoint: string) {
    const key = `${endpoint} ${instance}`;
    const before = this.connections.get(key)?.states ?? [];
    if (current(before, this.time) === 'testing') throw failure('InvalidResourceStateFault', 'it is being tested');
    this.calls.push(`test ${nameOf(endpoint)}`);
    const message = this.failingTests.get(endpoint)?.shift();
    this.connections.set(key, {
      states: [[current(before, this.time), -Infinity], ['testing', this.time], [message === undefined ? 'successful' : 'failed', this.time + TESTING_MS]],
      message,
    });
    return { Connection: { Status: 'testing' } };
  }

  private describeConnection(instance: string, endpoint: string) {
    const found = this.connections.get(`${endpoint} ${instance}`);
    const status = found && this.seen(found.states);
    if (!found || status === 'unknown') return { Connections: [] };
    return { Connections: [{ EndpointArn: endpoint, Status: status, LastFailureMessage: status === 'failed' ? found.message : undefined }] };
  }

  private seen(states: State[]): string {
    return current(states, this.time - this.staleMs);
  }

  private task(arn: string): Task {
    const task = this.tasks.get(arn);
    if (!task) throw failure('ResourceNotFoundFault', `no ${nameOf(arn)}`);
    return task;
  }

  private date(): Date {
    return new Date(EPOCH + this.time);
  }
}

function current(states: State[], time: number): string {
  return states.filter(([, from]) => time >= from).at(-1)?.[0] ?? 'unknown';
}

function filtered(input: { readonly Filters?: { readonly Name?: string; readonly Values?: string[] }[] }, name: string): string {
  return input.Filters!.find(({ Name }) => Name === name)!.Values![0];
}

function nameOf(arn: string): string {
  return arn.split(':').at(-1)!;
}

function failure(name: string, message = `DMS says ${name}`): Error {
  return new DatabaseMigrationServiceServiceException({ name, message, $fault: 'client', $metadata: {} });
}
