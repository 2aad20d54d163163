import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { IamStandIn } from './support/iam-stand-in';
import { dispatch } from '../../src/core/custom-resource-reply';
import { SERVICE_ROLES_TYPE, type ServiceRolesProperties } from '../../src/replication/contract';
import { resourcesWith } from '../../src/replication/custom-resources';

const [VPC, LOGS] = ['AmazonDMSVPCManagementRole', 'AmazonDMSCloudWatchLogsRole'].map((name) => `arn:aws:iam::aws:policy/service-role/${name}`);
const PROPERTIES: ServiceRolesProperties = { Policies: { 'dms-vpc-role': VPC, 'dms-cloudwatch-logs-role': LOGS } };
const TRUST = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: 'dms.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
const ALL = ['create dms-vpc-role', 'attach AmazonDMSVPCManagementRole', 'create dms-cloudwatch-logs-role', 'attach AmazonDMSCloudWatchLogsRole'];

let iam: IamStandIn;
let time: number;

beforeEach(() => {
  iam = new IamStandIn();
  time = 0;
});

async function handle(RequestType: 'Create' | 'Update' | 'Delete'): Promise<string> {
  const handler = dispatch(resourcesWith(() => ({
    dms: { send: jest.fn() },
    iam: iam.client(),
    now: () => time,
    sleep: async (ms) => { time += ms; },
  })));
  const event = { RequestType, ResourceType: SERVICE_ROLES_TYPE, PhysicalResourceId: 'before', ResourceProperties: PROPERTIES, OldResourceProperties: PROPERTIES };
  return (await handler(event as unknown as CloudFormationCustomResourceEvent<ServiceRolesProperties>)).physicalResourceId;
}

test('makes both roles, trusted by DMS without a condition, and waits until IAM has told of them', async () => {
  await expect(handle('Create')).resolves.toBe('dms-service-roles');
  expect([iam.calls, time]).toEqual([ALL, 30_000]);
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'dms.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
  expect(iam.all).toEqual({ 'dms-vpc-role': { trust, policies: [VPC] }, 'dms-cloudwatch-logs-role': { trust, policies: [LOGS] } });
});

test('once more makes nothing and waits for nothing', async () => {
  await handle('Create');
  time = 0;
  await handle('Update');
  expect([iam.calls.filter((call) => call.startsWith('create')), time]).toEqual([ALL.filter((call) => call.startsWith('create')), 0]);
});

test('roles that are there keep what they have, and get what they lack', async () => {
  iam.addRole('dms-vpc-role', TRUST, ['theirs']);
  iam.addRole('dms-cloudwatch-logs-role', TRUST);
  await handle('Create');
  expect(Object.values(iam.all).map(({ policies }) => policies)).toEqual([['theirs', VPC], [LOGS]]);
  expect(time).toBe(0);
});

test('two stacks at once: the second takes the first one\'s roles, and waits as well', async () => {
  iam.madeMeanwhile = ['dms-vpc-role', 'dms-cloudwatch-logs-role'];
  await handle('Create');
  expect([iam.calls, time]).toEqual([ALL.filter((call) => call.startsWith('attach')), 30_000]);
});

test('a role that not all of IAM knows yet is tried again', async () => {
  iam.unknownFor = 3;
  await handle('Create');
  expect(iam.calls).toEqual(ALL);
  expect(time).toBe(45_000);
});

test.each([['CreateRole', 'ConcurrentModificationException'], ['AttachRolePolicy', 'ConcurrentModificationException']])('%s that meets %s is tried again', async (command, name) => {
  iam.failNext(command, name);
  await handle('Create');
  expect(iam.calls).toEqual(ALL);
});

test('what stays unknown is told', async () => {
  iam.unknownFor = Infinity;
  await expect(handle('Create')).rejects.toThrow(`gave up after 840 seconds: ${VPC} could not be attached to role dms-vpc-role: NoSuchEntityException`);
});

test.each(['GetRole', 'CreateRole', 'AttachRolePolicy'])('a denied %s is told', async (command) => {
  iam.failNext(command, 'AccessDeniedException');
  await expect(handle('Create')).rejects.toThrow('IAM says AccessDeniedException');
});

test.each(['ec2.amazonaws.com', 'dms.amazonaws.com.example.com'])('a role for %s is somebody else\'s', async (service) => {
  iam.addRole('dms-vpc-role', TRUST.replace('dms.amazonaws.com', service));
  await expect(handle('Create')).rejects.toThrow('role dms-vpc-role does not trust dms.amazonaws.com; let it, or have DMS use another account: the name is fixed');
});

test('a deletion takes nothing away: others may use the roles', async () => {
  await handle('Create');
  await expect(handle('Delete')).resolves.toBe('before');
  expect([iam.calls, Object.keys(iam.all)]).toEqual([ALL, ['dms-vpc-role', 'dms-cloudwatch-logs-role']]);
});
