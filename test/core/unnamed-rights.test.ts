import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { handlerRole, shareWithin } from '../../src/core';
import { stackIn } from '../support/synthesis';

const reason = 'AWS describes these without naming one, and what changes one names it';
function roleIn(home: Construct, id: string, actions: string[]): void {
  const scope = new Construct(home, id);
  handlerRole(scope, {
    logGroups: [new LogGroup(scope, 'LogGroup')],
    statements: [new PolicyStatement({ actions, resources: ['*'] }), new PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${id.toLowerCase()}/a`] })],
    wildcards: [{ resource: '*', reason }],
  });
}
function templateOf(rights: Record<string, string[]>): Template {
  const home = new Construct(stackIn(), 'Home');
  shareWithin(home);
  for (const [id, actions] of Object.entries(rights)) roleIn(home, id, actions);
  return Template.fromStack(Stack.of(home));
}
const unnamed = (template: Template) => Object.values(template.findResources('AWS::IAM::ManagedPolicy'))
  .filter(({ Properties }) => JSON.stringify(Properties).includes('"Resource":"*"'));

test('roles that need the same share one policy', () => {
  const policies = unnamed(templateOf({ One: ['ec2:DescribeVpcs'], Two: ['ec2:DescribeVpcs'] }));
  expect(policies.map(({ Properties }) => (Properties.Roles as unknown[]).length)).toEqual([2]);
});

test('roles that need other things do not: nobody may do what another needs', () => {
  const policies = unnamed(templateOf({ One: ['ec2:DescribeVpcs'], Two: ['ec2:DescribeVpcs', 'ec2:DescribeSubnets'] }));
  expect(policies.map(({ Properties }) => (Properties.Roles as unknown[]).length)).toEqual([1, 1]);
});

test('the policy of a role has what names something, and waits for the other', () => {
  const template = templateOf({ One: ['ec2:DescribeVpcs'] });
  template.hasResource('AWS::IAM::ManagedPolicy', {
    DependsOn: [Match.stringLikeRegexp('UnnamedRights')],
    Properties: { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject' })]) } },
  });
});

test('without a wildcard there is one policy alone', () => {
  const home = new Construct(stackIn(), 'Home');
  handlerRole(home, { logGroups: [new LogGroup(home, 'LogGroup')], statements: [], wildcards: [] });
  Template.fromStack(Stack.of(home)).resourceCountIs('AWS::IAM::ManagedPolicy', 1);
});
