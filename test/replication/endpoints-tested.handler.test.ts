import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { DmsStandIn } from './support/dms-stand-in';
import { dispatch } from '../../src/core/custom-resource-reply';
import { ENDPOINTS_TESTED_TYPE, type EndpointsTestedProperties } from '../../src/replication/contract';
import { resourcesWith } from '../../src/replication/custom-resources';

const ENDPOINTS = [{ Arn: 'endpoint:source', Name: 'the database of the source, to read from' }, { Arn: 'endpoint:target', Name: 'the database of the target, to write to' }];
const PROPERTIES: EndpointsTestedProperties = { InstanceArn: 'rep:dms', Endpoints: ENDPOINTS, Digest: '1' };
const BOTH = ['test source', 'test target'];

let dms: DmsStandIn;
beforeEach(() => { dms = new DmsStandIn(); });

async function handle(RequestType: 'Create' | 'Update' | 'Delete'): Promise<string> {
  const handler = dispatch(resourcesWith(() => ({ dms: dms.client(), iam: { send: jest.fn() }, now: dms.now, sleep: dms.sleep })));
  const event = { RequestType, ResourceType: ENDPOINTS_TESTED_TYPE, PhysicalResourceId: 'before', ResourceProperties: PROPERTIES, OldResourceProperties: PROPERTIES };
  return (await handler(event as unknown as CloudFormationCustomResourceEvent<EndpointsTestedProperties>)).physicalResourceId;
}

test.each(['Create', 'Update'] as const)('a %s tests both and waits for both', async (type) => {
  await expect(handle(type)).resolves.toBe('rep:dms');
  expect(dms.calls).toEqual(BOTH);
  expect(dms.time).toBeGreaterThanOrEqual(20_000);
});

test('an update tests anew what succeeded before', async () => {
  await handle('Create');
  await handle('Update');
  expect(dms.calls).toEqual([...BOTH, ...BOTH]);
});

test('a deletion tests nothing', async () => {
  await expect(handle('Delete')).resolves.toBe('before');
  expect(dms.calls).toEqual([]);
});

test('what failed is tried three times in all: a rule or a secret may be seconds old', async () => {
  dms.failingTests.set('endpoint:target', ['timeout', 'timeout']);
  await handle('Create');
  expect(dms.calls.filter((call) => call === 'test target')).toHaveLength(3);
});

test('what fails for good is told, with DMS\'s words and what to do', async () => {
  dms.failingTests.set('endpoint:source', Array(3).fill('password authentication failed'));
  dms.failingTests.set('endpoint:target', Array(3).fill('timeout expired'));
  await expect(handle('Create')).rejects.toThrow('DMS cannot connect to the database of the source, to read from (password authentication failed); nor to the database of the target, to write to (timeout expired). See that each secret holds username, password, host and port');
});

test('the answer of an old test counts for nothing', async () => {
  dms.failingTests.set('endpoint:source', Array(3).fill('timeout'));
  await expect(handle('Create')).rejects.toThrow('timeout');
  dms.staleMs = 10_000;
  await expect(handle('Update')).resolves.toBe('rep:dms');
});

test('an old success counts for nothing either', async () => {
  await handle('Create');
  dms.staleMs = 10_000;
  dms.failingTests.set('endpoint:source', Array(3).fill('timeout'));
  await expect(handle('Update')).rejects.toThrow('(timeout)');
});

test.each([['InvalidResourceStateFault', 'it is still being made or tested'], ['ResourceNotFoundFault', 'it is not known yet']])('%s is waited for: %s', async (name) => {
  dms.failAt('TestConnection', 1, name);
  await handle('Create');
  expect(dms.calls.sort()).toEqual(BOTH);
});

test.each(['TestConnection', 'DescribeConnections'])('a denied %s is told', async (command) => {
  dms.failAt(command, 1, 'AccessDeniedFault');
  await expect(handle('Create')).rejects.toThrow('AccessDeniedFault');
});

test('what never ends is given up in time to say so', async () => {
  dms.staleMs = Infinity;
  await expect(handle('Create')).rejects.toThrow('gave up after 840 seconds: the test of the database of the source, to read from has not ended');
});

test('another type of resource is refused', async () => {
  const handler = dispatch(resourcesWith(() => ({ dms: dms.client(), iam: { send: jest.fn() }, now: dms.now, sleep: dms.sleep })));
  await expect(handler({ ResourceType: 'Custom::Another' } as unknown as CloudFormationCustomResourceEvent<EndpointsTestedProperties>))
    .rejects.toThrow('resource type: got Custom::Another');
});
