import { CustomResource, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Construct } from 'constructs';
import { Protection } from '../../src/core';
import { CustomResourceHandler } from '../../src/core/custom-resource-handler';
import { dispatch } from '../../src/core/custom-resource-reply';
import { shareWithin } from '../../src/core/shared';
import { cutoverResources } from '../../src/cutover/custom-resources';
import { networkResources } from '../../src/network/custom-resources';
import { replicationResources } from '../../src/replication/custom-resources';
import { serviceResources } from '../../src/service/custom-resources';
import { onlyIdOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { IRELAND, stackIn } from '../support/synthesis';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string[];
}

function twoKinds() {
  const stack: Stack = stackIn(IRELAND);
  const migration = new Construct(stack, 'Migration');
  shareWithin(migration);
  const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab');
  for (const kind of ['Routes', 'Tasks']) {
    const scope = new Construct(migration, kind);
    const handler = new CustomResourceHandler(scope, 'Handler', {
      encryptionKey,
      protection: Protection.ephemeral(),
      statements: [new PolicyStatement({ actions: [`service:Change${kind}`], resources: [`arn:aws:service:::${kind}`] })],
      wildcards: [],
    });
    new CustomResource(scope, 'Resource', { serviceToken: handler.serviceToken, resourceType: `Custom::${kind}` }).node.addDependency(handler);
  }
  return { stack, template: Template.fromStack(stack) };
}

describe('two kinds of custom resources', () => {
  const { stack, template } = twoKinds();

  test('have one function, and a policy each', () => {
    template.resourceCountIs('AWS::Lambda::Function', 1);
    for (const kind of ['Routes', 'Tasks']) {
      template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
        PolicyDocument: { Statement: [Match.objectLike({ Action: `service:Change${kind}` })] },
        Roles: [{ Ref: onlyIdOf(template, 'AWS::IAM::Role') }],
      });
    }
  });

  test('each wait for their own policy, which so outlives them, and for no other', () => {
    const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
    for (const [kind, other] of [['Routes', 'Tasks'], ['Tasks', 'Routes']]) {
      const { DependsOn = [] } = Object.values(Resources).find(({ Type }) => Type === `Custom::${kind}`)!;
      expect(DependsOn.some((id) => id.startsWith(`Migration${kind}HandlerPolicy`))).toBe(true);
      expect(DependsOn.some((id) => id.startsWith(`Migration${other}`))).toBe(false);
    }
  });

  test('keep what the function could not take, and try nothing twice', () => {
    template.hasResourceProperties('AWS::Lambda::Function', { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::SQS::Queue'), 'Arn'] } }, Timeout: 900 });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  test('leave scanners nothing to find', () => {
    expect(findings(stack)).toEqual([]);
  });
});

test('a handler without a statement has no policy to add to', () => {
  const stack = stackIn(IRELAND);
  const handler = new CustomResourceHandler(stack, 'Handler', {
    encryptionKey: new Key(stack, 'Key'), protection: Protection.ephemeral(), statements: [], wildcards: [],
  });
  expect(() => handler.allow(new PolicyStatement())).toThrow('Payments/Handler was made without a statement, and has no policy');
});

describe('the function of all custom resources', () => {
  const rooms = [networkResources, replicationResources, serviceResources, cutoverResources];

  test('knows each type once', () => {
    const types = rooms.flatMap((room) => Object.keys(room));
    expect(new Set(types).size).toBe(types.length);
    expect(types.every((type) => type.startsWith('Custom::'))).toBe(true);
  });

  test('refuses a type that no room has, toString included', async () => {
    const handle = dispatch({ 'Custom::Known': async () => ({ physicalResourceId: 'it' }) });
    const ask = async (ResourceType: string) => handle({ ResourceType } as CloudFormationCustomResourceEvent);
    await expect(ask('Custom::Known')).resolves.toEqual({ physicalResourceId: 'it' });
    for (const type of ['Custom::Other', 'toString']) await expect(ask(type)).rejects.toThrow(`resource type: got ${type}, allowed: Custom::Known`);
  });
});
