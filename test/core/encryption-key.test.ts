import type { Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { encryptionKey, Protection } from '../../src/core';
import { IRELAND, stackIn } from '../support/synthesis';

interface Statement {
  readonly Action: string | string[];
  readonly Principal: Record<string, unknown>;
  readonly Condition?: unknown;
}

function keyIn(env: Environment | undefined, protection: Protection): Template {
  const stack = stackIn(env);
  encryptionKey(stack, 'Key', 'Logs of the migration', protection);
  return Template.fromStack(stack);
}

function logsStatement(template: Template): Statement | undefined {
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  const { Statement: statements } = (key.Properties as { KeyPolicy: { Statement: Statement[] } }).KeyPolicy;
  // One for the account, which hands the key to its own policies, and one for the logs.
  expect(statements).toHaveLength(2);
  return statements.find(({ Principal }) => 'Service' in Principal);
}

describe('a key under production', () => {
  const template = keyIn(IRELAND, Protection.production());

  test('is one customer managed key that rotates and says what it is for', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true, Description: 'Logs of the migration' });
  });

  test('stays when its stack goes', () => {
    template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('may be used by CloudWatch Logs of the Region, for log groups of the account only', () => {
    expect(logsStatement(template)).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'logs.eu-west-1.amazonaws.com' },
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:eu-west-1:111111111111:log-group:*']],
          },
        },
      },
    });
  });

  test('lets CloudWatch Logs encrypt and decrypt, not administer', () => {
    expect(logsStatement(template)?.Action).toEqual(['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']);
  });
});

describe('a key under ephemeral', () => {
  const template = keyIn(undefined, Protection.ephemeral());

  test('goes with its stack', () => {
    template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('finds out account and Region at deployment where the stack does not know them', () => {
    const region = { Ref: 'AWS::Region' };
    expect(logsStatement(template)).toMatchObject({
      Principal: { Service: { 'Fn::Join': ['', ['logs.', region, '.amazonaws.com']] } },
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', region, ':', { Ref: 'AWS::AccountId' }, ':log-group:*']],
          },
        },
      },
    });
  });
});
