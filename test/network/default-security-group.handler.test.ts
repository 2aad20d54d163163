import { closedDefaultSecurityGroup } from '../../src/network/handlers/default-security-group';
import { Ec2StandIn } from '../support/ec2-stand-in';

const GROUP = 'sg-default';
const EVENT = {
  ServiceToken: 'arn:aws:lambda:eu-west-1:111111111111:function:handler',
  ResponseURL: '',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Resource',
  ResourceType: 'Custom::ClosedDefaultSecurityGroup',
};

let ec2: Ec2StandIn;
let handle: ReturnType<typeof closedDefaultSecurityGroup>;

beforeEach(() => {
  ec2 = new Ec2StandIn();
  handle = closedDefaultSecurityGroup({ ec2: ec2.client('eu-west-1'), sleep: ec2.sleep });
});

/** As many rules as asked for, of which each other leads out. */
function addRules(group: string, count: number): void {
  for (let index = 0; index < count; index++) {
    ec2.securityGroupRules.push({ SecurityGroupRuleId: `sgr-${group}-${ec2.securityGroupRules.length}`, GroupId: group, IsEgress: index % 2 === 1 });
  }
}

async function create() {
  return handle({ ...EVENT, RequestType: 'Create', ResourceProperties: { ServiceToken: EVENT.ServiceToken, DefaultSecurityGroupId: GROUP } });
}

async function update(group: string) {
  const properties = { ServiceToken: EVENT.ServiceToken, DefaultSecurityGroupId: group };
  return handle({
    ...EVENT,
    RequestType: 'Update',
    PhysicalResourceId: GROUP,
    ResourceProperties: properties,
    OldResourceProperties: { DefaultSecurityGroupId: GROUP },
  });
}

function revocations(): string[] {
  return ec2.calls.filter((call) => call.includes('Revoke'));
}

test.each([1, 2, 3, 17])('Create revokes all of %i rules, page after page', async (count) => {
  addRules(GROUP, count);
  addRules('sg-other', 3);
  await expect(create()).resolves.toEqual({ physicalResourceId: GROUP });
  expect(ec2.securityGroupRules.map((rule) => rule.GroupId)).toEqual(['sg-other', 'sg-other', 'sg-other']);
  expect(revocations().length).toBeLessThanOrEqual(2);
});

test('a second run revokes nothing', async () => {
  addRules(GROUP, 2);
  await create();
  const before = revocations().length;
  await expect(create()).resolves.toEqual({ physicalResourceId: GROUP });
  expect(revocations()).toHaveLength(before);
});

test('Update closes the group that took the place of another, and keeps the name of the same', async () => {
  addRules('sg-new', 2);
  await expect(update('sg-new')).resolves.toEqual({ physicalResourceId: 'sg-new' });
  expect(ec2.securityGroupRules).toEqual([]);
  addRules(GROUP, 2);
  await expect(update(GROUP)).resolves.toEqual({ physicalResourceId: GROUP });
  expect(ec2.securityGroupRules).toEqual([]);
});

test('Delete calls nothing', async () => {
  addRules(GROUP, 2);
  await expect(handle({
    ...EVENT,
    RequestType: 'Delete',
    PhysicalResourceId: 'as-it-was',
    ResourceProperties: { ServiceToken: EVENT.ServiceToken, DefaultSecurityGroupId: GROUP },
  })).resolves.toEqual({ physicalResourceId: 'as-it-was' });
  expect(ec2.calls).toEqual([]);
});

test('a group so new that its rules are not listed yet is looked at again', async () => {
  ec2.freezeReads(1);
  addRules(GROUP, 2);
  await create();
  expect(ec2.securityGroupRules).toEqual([]);
});

test('rules that are listed after they are gone are no error', async () => {
  addRules(GROUP, 4);
  ec2.freezeReads(5_000);
  await create();
  expect(ec2.securityGroupRules).toEqual([]);
});

test('a function that stopped between ingress and egress is finished by the next run', async () => {
  addRules(GROUP, 4);
  await ec2.stopAt('RevokeSecurityGroupIngress', 1, create);
  expect(ec2.securityGroupRules).toHaveLength(2);
  await create();
  expect(ec2.securityGroupRules).toEqual([]);
});

test('rules that come back again and again are an error with a name', async () => {
  addRules(GROUP, 1);
  ec2.freezeReads(3_600_000);
  await expect(create()).rejects.toThrow('security group sg-default still has rules after 10 attempts to revoke them; see what adds them again');
});

test.each(['DescribeSecurityGroupRules', 'RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress'])('a denied %s is an error', async (command) => {
  addRules(GROUP, 2);
  ec2.failAt(command, 1, 'UnauthorizedOperation');
  await expect(create()).rejects.toThrow('UnauthorizedOperation');
});
