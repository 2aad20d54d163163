import { Deployment, type Failure, type Version } from './support/deployment';
import { DmsStandIn } from './support/dms-stand-in';
import { dispatch } from '../../src/core/custom-resource-reply';
import { RESTART_TAG, type TaskProperties } from '../../src/replication/contract';
import { resourcesWith } from '../../src/replication/custom-resources';

const arn = (resource: string) => `arn:aws:dms:eu-west-1:111111111111:${resource}`;
const TASK = arn('task:blue-load');
const [SOURCE, TARGET, INSTANCE, KEY] = [arn('endpoint:blue-source'), arn('endpoint:blue-target'), arn('rep:blue-dms'), 'arn:aws:kms:eu-west-1:111111111111:key/1'];

function version(digest: string, changes: Partial<TaskProperties> = {}): Version {
  const properties: TaskProperties = {
    Arn: TASK,
    Name: 'load',
    InstanceArn: INSTANCE,
    Source: { Arn: SOURCE, Name: 'the source' },
    Target: { Arn: TARGET, Name: 'the target' },
    MigrationType: 'full-load-and-cdc',
    KmsKeyArn: KEY,
    Digest: digest,
    ...changes,
  };
  return { properties, task: { source: SOURCE, target: TARGET, instance: INSTANCE, type: 'full-load-and-cdc', key: KEY } };
}

const [ONE, TWO, THREE] = [version('1'), version('2'), version('3')];
let dms: DmsStandIn;
let deployment: Deployment;

function deploymentOf(first: Version): Deployment {
  return new Deployment(dms, dispatch(resourcesWith(() => ({ dms: dms.client(), iam: { send: jest.fn() }, now: dms.now, sleep: dms.sleep }))), first);
}

beforeEach(async () => {
  dms = new DmsStandIn();
  deployment = deploymentOf(ONE);
  await deployment.create();
});

/** What was done to the task, without the tests of its endpoints. */
const done = () => dms.calls.filter((call) => !call.startsWith('test '));
const UPDATED = ['stop blue-load', 'modify blue-load', 'resume-processing blue-load'];

test('a creation starts nothing', () => {
  expect([dms.calls, dms.status(TASK)]).toEqual([[], 'ready']);
});

describe('an update of a task that runs', () => {
  beforeEach(() => { dms.startBySomebody(TASK); });

  test('stops it, waits, and starts it again when it is changed', async () => {
    await expect(deployment.update(TWO)).resolves.toBeUndefined();
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([UPDATED, 'running', {}]);
    expect(deployment.events.slice(2)).toEqual(['Update Before', 'Update After', 'Delete Before']);
  });

  describe.each([false, true])('whose endpoint names a slot that no template knows, where a change forgets it: %s', (forgetsSlots) => {
    beforeEach(() => {
      dms.slots.set(SOURCE, 'payment_migration_3');
      dms.forgetsSlots = forgetsSlots;
    });

    test.each<Failure | undefined>([undefined, 'task', 'after', 'later'])('goes on from that slot, failing at: %s', async (failAt) => {
      await deployment.update({ ...TWO, endpoints: [SOURCE] }, failAt);
      expect([dms.status(TASK), dms.tagsOf(TASK), dms.slots.get(SOURCE)]).toEqual(['running', {}, 'payment_migration_3']);
      const again = done().lastIndexOf('resume-processing blue-load');
      expect(done().lastIndexOf('modify blue-source')).toBeLessThan(again);
      expect(done().filter((call) => call === 'modify blue-source').length).toBeGreaterThanOrEqual(forgetsSlots ? 2 : 1);
    });
  });

  test('again and again', async () => {
    for (const to of [TWO, THREE, ONE]) await expect(deployment.update(to)).resolves.toBeUndefined();
    expect([done(), dms.status(TASK)]).toEqual([[...UPDATED, ...UPDATED, ...UPDATED], 'running']);
  });

  test('that is rolled back after the task was refused starts it again: TaskAfter is not asked then', async () => {
    await expect(deployment.update(TWO, 'task')).resolves.toBe('Invalid task settings JSON');
    expect(deployment.events.slice(2)).toEqual(['Update Before', 'Update Before', 'Delete Before']);
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([UPDATED, 'running', {}]);
  });

  test('that is rolled back when something else failed stops it once more', async () => {
    await deployment.update(TWO, 'later');
    expect(deployment.events.slice(2)).toEqual(['Update Before', 'Update After', 'Update Before', 'Update After', 'Delete Before']);
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([[...UPDATED, ...UPDATED], 'running', {}]);
  });

  test.each<Failure>(['before', 'task', 'after', 'later'])('that fails at %s leaves it running, and the next one works', async (failAt) => {
    await deployment.update(TWO, failAt);
    expect([dms.status(TASK), dms.tagsOf(TASK)]).toEqual(['running', {}]);
    await expect(deployment.update(TWO)).resolves.toBeUndefined();
    expect([dms.status(TASK), dms.tagsOf(TASK)]).toEqual(['running', {}]);
  });

  test('whose stop takes too long is refused; its rollback waits for the stop, and starts it again', async () => {
    dms.stoppingMs = 900_000;
    await expect(deployment.update(TWO)).resolves.toBe('gave up after 840 seconds: task load is stopping. Wait until it has stopped, and deploy again');
    expect(deployment.events.slice(2)).toEqual(['Update Before', 'Update Before']);
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([['stop blue-load', 'resume-processing blue-load'], 'running', {}]);
  });

  test('that changes an endpoint tests it before it starts the task: DMS would refuse', async () => {
    await deployment.update({ ...TWO, endpoints: [SOURCE] });
    expect(dms.calls).toEqual(['stop blue-load', 'modify blue-source', 'modify blue-load', 'test blue-source', 'test blue-target', 'resume-processing blue-load']);
  });

  test('and that changes an endpoint and is rolled back, too', async () => {
    await deployment.update({ ...TWO, endpoints: [SOURCE] }, 'task');
    expect(dms.status(TASK)).toBe('running');
  });

  test.each([5_000, 20_000])('does so with reads that are %i ms old', async (staleMs) => {
    dms.staleMs = staleMs;
    await expect(deployment.update(TWO)).resolves.toBeUndefined();
    expect([done(), dms.status(TASK)]).toEqual([UPDATED, 'running']);
  });

  test.each([
    ['StopReplicationTask', 'InvalidResourceStateFault'], ['StartReplicationTask', 'InvalidResourceStateFault'],
  ])('looks again when %s meets %s', async (command, errorName) => {
    dms.failAt(command, 1, errorName);
    await expect(deployment.update(TWO)).resolves.toBeUndefined();
    expect([done(), dms.status(TASK)]).toEqual([UPDATED, 'running']);
  });

  test('that may not stop it fails, and leaves it running', async () => {
    dms.failAt('StopReplicationTask', 1, 'AccessDeniedFault');
    await expect(deployment.update(TWO)).resolves.toBe('DMS says AccessDeniedFault');
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([[], 'running', {}]);
  });

  test('during its load is refused, and the load goes on', async () => {
    dms.addTask(TASK, { ...ONE.task, loaded: false }, 'running');
    await expect(deployment.update(TWO)).resolves.toBe('task load is loading, and a load that is interrupted cannot go on; deploy again when it is done, or stop the task and empty the tables');
    expect([done(), dms.status(TASK)]).toEqual([[], 'running']);
  });
});

describe('an update of a task that stands still', () => {
  test.each(['ready', 'stopped', 'failed'])('because it is %s changes it and starts nothing, rolled back or not', async (status) => {
    dms.setStatus(TASK, [status, 0]);
    await deployment.update(TWO);
    for (const failAt of ['task', 'after', 'later'] as const) await deployment.update(THREE, failAt);
    expect(dms.status(TASK)).toBe(status);
    expect(new Set(done())).toEqual(new Set(['modify blue-load']));
  });

  test('because somebody is stopping it waits for that, and starts nothing', async () => {
    dms.startBySomebody(TASK);
    dms.setStatus(TASK, ['stopping', 0], ['stopped', 60_000]);
    await deployment.update(TWO);
    expect([done(), dms.status(TASK)]).toEqual([['modify blue-load'], 'stopped']);
  });

  test('but is just being started waits until it runs', async () => {
    dms.startBySomebody(TASK);
    dms.setStatus(TASK, ['starting', 0], ['running', 40_000]);
    await deployment.update(TWO);
    expect([done(), dms.status(TASK)]).toEqual([UPDATED, 'running']);
  });

  test('for ever is told', async () => {
    dms.setStatus(TASK, ['moving', 0]);
    await expect(deployment.update(TWO)).resolves.toBe('gave up after 840 seconds: task load is moving');
  });
});

describe('what others do in between', () => {
  test('a task that a deployment stopped and others started and stopped again stays stopped', async () => {
    dms.startBySomebody(TASK);
    dms.failAt('StartReplicationTask', 1, 'AccessDeniedFault');
    dms.failAt('StartReplicationTask', 2, 'AccessDeniedFault');
    await expect(deployment.update(TWO)).rejects.toThrow('AccessDeniedFault');
    expect(dms.tagsOf(TASK)).toEqual({ [RESTART_TAG]: '2025-01-01T00:00:00.000Z' });
    dms.startBySomebody(TASK);
    dms.stopBySomebody(TASK);
    await deployment.update(THREE);
    expect([dms.status(TASK), dms.tagsOf(TASK)]).toEqual(['stopped', {}]);
  });

  test('a task that does not start again is told, with what DMS says', async () => {
    dms.startBySomebody(TASK);
    dms.startsInto = 'failed';
    await expect(deployment.update(TWO)).resolves.toBe('task load did not start again: the slot is gone. Mend it, and resume it');
    expect([done(), dms.status(TASK), dms.tagsOf(TASK)]).toEqual([[...UPDATED, 'modify blue-load'], 'failed', {}]);
  });

  test('a task that is gone is no error', async () => {
    dms.removeTask(TASK);
    await expect(deployment.update(TWO)).rejects.toThrow('no blue-load');
    expect(deployment.events.slice(2)).toEqual(['Update Before', 'Update Before']);
  });
});

describe('what a task cannot become', () => {
  beforeEach(() => { dms.startBySomebody(TASK); });

  test.each<[string, Partial<TaskProperties>, string]>([
    ['source endpoint', { Source: { Arn: arn('endpoint:green-source'), Name: 'green' } }, `source endpoint from ${SOURCE} to ${arn('endpoint:green-source')}`],
    ['target endpoint', { Target: { Arn: arn('endpoint:green-target'), Name: 'green' } }, `target endpoint from ${TARGET} to ${arn('endpoint:green-target')}`],
    ['instance', { InstanceArn: arn('rep:green') }, `replication instance from ${INSTANCE} to ${arn('rep:green')}`],
    ['migration type', { MigrationType: 'cdc' }, 'migration type from full-load-and-cdc to cdc'],
    ['key', { KmsKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/2' }, `KMS key from ${KEY} to arn:aws:kms:eu-west-1:111111111111:key/2`],
    ['identifier', { Arn: arn('task:green-load') }, `identifier from ${TASK} to ${arn('task:green-load')}`],
  ])('another %s is refused before anything is stopped, and the rollback leaves it running', async (_, changes, difference) => {
    await expect(deployment.update(version('2', changes))).resolves.toBe(
      `task load would be replaced, and load everything again, by the change of its ${difference}; take the change back, or make a new replication beside this one`,
    );
    expect([dms.calls, dms.status(TASK)]).toEqual([[], 'running']);
  });
});

describe('a deletion', () => {
  test.each(['ready', 'stopped', 'failed'])('of a task that is %s stops nothing', async (status) => {
    dms.setStatus(TASK, [status, 0]);
    await deployment.remove();
    expect(done()).toEqual(['modify blue-load']);
    expect(deployment.events.slice(2)).toEqual(['Delete After', 'Delete Before']);
  });

  test('of a task that runs stops it first, waits, and starts nothing', async () => {
    dms.startBySomebody(TASK);
    await deployment.remove();
    expect(done()).toEqual(['stop blue-load', 'modify blue-load']);
  });

  test('of a task that somebody deleted already finds nothing', async () => {
    dms.removeTask(TASK);
    await expect(deployment.remove()).rejects.toThrow('no blue-load');
    expect(deployment.events.slice(2)).toEqual(['Delete After']);
  });
});

describe('a serverless replication', () => {
  const CONFIG = arn('replication-config:blue-load');
  const [FIRST, SECOND] = ['1', '2'].map((digest): Version => ({
    properties: { ...version(digest).properties, Arn: CONFIG, InstanceArn: undefined },
    task: { ...ONE.task, instance: undefined },
  }));

  beforeEach(async () => {
    deployment = deploymentOf(FIRST);
    await deployment.create();
  });

  test.each<Failure | undefined>([undefined, 'task', 'after', 'later'])('is stopped and started by its own calls (failing at %s)', async (failAt) => {
    dms.startBySomebody(CONFIG);
    await deployment.update(SECOND, failAt);
    expect([new Set(dms.calls), dms.status(CONFIG)]).toEqual([new Set(['stop blue-load', 'modify blue-load', 'resume-processing blue-load']), 'running']);
  });

  test('is stopped before it is deleted', async () => {
    dms.startBySomebody(CONFIG);
    await deployment.remove();
    expect(dms.calls).toEqual(['stop blue-load', 'modify blue-load']);
  });

  test('keeps its key', async () => {
    await expect(deployment.update({ ...SECOND, properties: { ...SECOND.properties, KmsKeyArn: 'another' } })).resolves.toContain(`KMS key from ${KEY} to another`);
  });
});
