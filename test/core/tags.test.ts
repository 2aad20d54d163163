import { CfnResource, NestedStack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnRoute, CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { tagAll } from '../../src/core';
import { stackIn } from '../support/synthesis';

describe('tagAll', () => {
  const stack = stackIn();
  const migration = new Construct(stack, 'Migration');
  const source = new Construct(migration, 'Source');
  const target = new Construct(migration, 'Target');
  tagAll(migration, { project: 'payments', suffix: 'blue' });
  tagAll(source, { side: 'source', project: undefined });
  tagAll(target, { side: 'target', project: 'ledger' });

  const before = new CfnVPC(source, 'Vpc', { cidrBlock: '10.0.0.0/16' });
  Tags.of(before).add('Name', 'source');
  new CfnQueue(target, 'Queue', { tags: [{ key: 'project', value: 'of the team' }] });
  new CfnRoute(source, 'Route', { routeTableId: 'rtb-0123456789abcdef0', destinationCidrBlock: '10.1.0.0/16', vpcPeeringConnectionId: 'pcx-0123456789abcdef0' });
  new CfnResource(source, 'Custom', { type: 'Custom::Anything' });
  new CfnQueue(stack, 'Outside');
  const nested = new NestedStack(migration, 'Nested');
  new CfnQueue(nested, 'Queue');

  const template = Template.fromStack(stack);
  const tagsOf = (type: string, idPart = ''): Record<string, string> => {
    const resources = Object.entries(template.findResources(type)).filter(([id]) => id.includes(idPart));
    expect(resources).toHaveLength(1);
    const tags = (resources[0][1].Properties?.Tags ?? []) as { Key: string; Value: string }[];
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
  };

  test('tags what is below, with the prefix of the migration, and keeps other tags', () => {
    expect(tagsOf('AWS::EC2::VPC')).toEqual({
      'Name': 'source',
      'payment-migration:project': 'payments',
      'payment-migration:side': 'source',
      'payment-migration:suffix': 'blue',
    });
  });

  test('leaves the nearer value where two scopes give one', () => {
    expect(tagsOf('AWS::SQS::Queue', 'Target')).toEqual({
      'project': 'of the team',
      'payment-migration:project': 'ledger',
      'payment-migration:side': 'target',
      'payment-migration:suffix': 'blue',
    });
  });

  test('reaches nested stacks and what is in them', () => {
    const tags = { 'payment-migration:project': 'payments', 'payment-migration:suffix': 'blue' };
    expect(tagsOf('AWS::CloudFormation::Stack')).toEqual(tags);
    const [{ Properties }] = Object.values(Template.fromStack(nested).findResources('AWS::SQS::Queue'));
    expect(Properties.Tags).toEqual(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
  });

  test('leaves alone what is outside and what cannot be tagged', () => {
    expect(tagsOf('AWS::SQS::Queue', 'Outside')).toEqual({});
    expect(tagsOf('AWS::EC2::Route')).toEqual({});
    expect(tagsOf('Custom::Anything')).toEqual({});
  });
});
