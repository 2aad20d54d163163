import { Lazy, Size, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InstanceType, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Protection } from '../../src/core';
import { ReplicationCapacity, type ProvisionedCapacityOptions, type ReplicationCapacityConfig, type ServerlessCapacityOptions } from '../../src/replication';
import { onlyResourceOf } from '../support/database-templates';
import { IRELAND, stackIn } from '../support/synthesis';

function bindIn(stack: Stack, capacity: ReplicationCapacity, protection = Protection.production()): ReplicationCapacityConfig {
  return capacity.bind(new Construct(stack, 'Capacity'), {
    resourceIdentifier: 'blue-dms',
    instanceIdentifier: 'blue-1',
    subnetGroupName: 'subnets',
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-1')],
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1'),
    protection,
  });
}

function instance(options: ProvisionedCapacityOptions = {}, protection?: Protection): Readonly<Record<string, unknown>> {
  const stack = stackIn(IRELAND);
  bindIn(stack, ReplicationCapacity.provisioned(options), protection);
  return onlyResourceOf(Template.fromStack(stack), 'AWS::DMS::ReplicationInstance').Properties;
}

const serverless = (options: ServerlessCapacityOptions = {}, protection?: Protection) => (
  bindIn(stackIn(IRELAND), ReplicationCapacity.serverless(options), protection).serverless
);

describe('a replication instance', () => {
  const made = instance();

  test('is private, encrypted, and gets no other version by itself', () => {
    expect(made).toMatchObject({
      PubliclyAccessible: false,
      KmsKeyId: 'arn:aws:kms:eu-west-1:111111111111:key/1',
      AutoMinorVersionUpgrade: false,
      ResourceIdentifier: 'blue-dms',
      ReplicationInstanceIdentifier: 'blue-1',
      ReplicationSubnetGroupIdentifier: 'subnets',
      VpcSecurityGroupIds: ['sg-1'],
    });
  });

  test('@default ProvisionedCapacityOptions.instanceType: r6i.large', () => {
    expect(made.ReplicationInstanceClass).toBe('dms.r6i.large');
    expect(instance({ instanceType: new InstanceType('c5.xlarge') }).ReplicationInstanceClass).toBe('dms.c5.xlarge');
  });

  test('@default ProvisionedCapacityOptions.allocatedStorage: 100 GiB', () => {
    expect(made.AllocatedStorage).toBe(100);
    expect(instance({ allocatedStorage: Size.tebibytes(1) }).AllocatedStorage).toBe(1024);
  });

  test('@default ProvisionedCapacityOptions.multiAz: by the protection', () => {
    expect([made.MultiAZ, instance({}, Protection.ephemeral()).MultiAZ, instance({ multiAz: false }).MultiAZ]).toEqual([true, false, false]);
  });

  test('@default ProvisionedCapacityOptions.engineVersion: 3.6.1', () => {
    expect([made.EngineVersion, instance({ engineVersion: '3.5.4' }).EngineVersion]).toEqual(['3.6.1', '3.5.4']);
  });

  test('@default ProvisionedCapacityOptions.preferredMaintenanceWindow: AWS chooses', () => {
    expect(made).not.toHaveProperty('PreferredMaintenanceWindow');
    expect(instance({ preferredMaintenanceWindow: 'sun:04:00-sun:05:00' }).PreferredMaintenanceWindow).toBe('sun:04:00-sun:05:00');
  });
});

describe('serverless capacity', () => {
  test('@default ServerlessCapacityOptions.minCapacity: 2', () => {
    expect([serverless()?.minCapacity, serverless({ minCapacity: 1 })?.minCapacity]).toEqual([2, 1]);
  });

  test('@default ServerlessCapacityOptions.maxCapacity: 16', () => {
    expect([serverless()?.maxCapacity, serverless({ maxCapacity: 384 })?.maxCapacity]).toEqual([16, 384]);
  });

  test('@default ServerlessCapacityOptions.multiAz: by the protection', () => {
    const made = [serverless(), serverless({}, Protection.ephemeral()), serverless({ multiAz: false })];
    expect(made.map((scaling) => scaling?.multiAz)).toEqual([true, false, false]);
  });
});

test('@default ReplicationCapacityConfig.engineVersion: DMS chooses where it is serverless', () => {
  expect(bindIn(stackIn(IRELAND), ReplicationCapacity.serverless()).engineVersion).toBeUndefined();
});

test('@default ReplicationCapacityConfig.serverless: none with an instance', () => {
  expect(bindIn(stackIn(IRELAND), ReplicationCapacity.provisioned())).toEqual({ engineVersion: '3.6.1' });
});

describe('bad input', () => {
  test.each<[string, ProvisionedCapacityOptions, string]>([
    ['a class that DMS does not have', { instanceType: new InstanceType('m5.large') }, "instanceType: got 'm5.large', allowed: a size of t3, c5, c6i, r5 or r6i"],
    ['a size that DMS does not have', { instanceType: new InstanceType('t3.xlarge') }, "instanceType: got 't3.xlarge'"],
    ['little storage', { allocatedStorage: Size.gibibytes(4) }, 'allocatedStorage: got 4, allowed: a whole number from 5 to 6144 GiB'],
    ['storage that is not known', { allocatedStorage: Size.gibibytes(Lazy.number({ produce: () => 1 })) }, "allocatedStorage: got 'a token'"],
    ['half a version', { engineVersion: '3.6' }, "engineVersion: got '3.6', allowed: a DMS version such as 3.6.1"],
    ['a window', { preferredMaintenanceWindow: 'sunday' }, "preferredMaintenanceWindow: got 'sunday'"],
  ])('%s', (_, options, message) => {
    expect(() => instance(options)).toThrow(message);
  });

  test.each<[string, ServerlessCapacityOptions, string]>([
    ['units between', { minCapacity: 3 }, 'minCapacity: got 3, allowed: 1, 2, 4, 8'],
    ['too many units', { maxCapacity: 385 }, 'maxCapacity: got 385'],
    ['the most below the fewest', { minCapacity: 32 }, 'maxCapacity: got 16, allowed: at least the 32 of minCapacity'],
  ])('%s', (_, options, message) => {
    expect(() => serverless(options)).toThrow(message);
  });
});
