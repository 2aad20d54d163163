import { Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Protection } from '../../src/core';
import { ApplicationLogin, type ApplicationLoginProps } from '../../src/database';
import { onlyResourceOf } from '../support/database-templates';
import { FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

const SECRET = 'AWS::SecretsManager::Secret';
const FRANKFURT_KEY = 'arn:aws:kms:eu-central-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef';

function login(stack: Stack, props: Partial<ApplicationLoginProps> = {}, encryptionKey: IKey = new Key(stack, 'Key')): ApplicationLogin {
  return new ApplicationLogin(stack, 'Login', { databaseName: 'payments', encryptionKey, ...props });
}

describe('a login with what it needs', () => {
  const stack = stackIn(IRELAND);
  const encryptionKey = new Key(stack, 'Key');
  const { secret } = login(stack, {}, encryptionKey);
  const template = Template.fromStack(stack);
  const { logicalId, Properties, DeletionPolicy, UpdateReplacePolicy } = onlyResourceOf(template, SECRET);

  test('@default ApplicationLoginProps.username: payments_app', () => {
    expect(Properties.GenerateSecretString).toMatchObject({ SecretStringTemplate: '{"username":"payments_app","dbname":"payments"}', GenerateStringKey: 'password' });
  });

  test('@default ApplicationLoginProps.protection: production, which leaves the secret', () => {
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  });

  test('is encrypted with the key that it was given', () => {
    expect(Properties.KmsKeyId).toEqual(stack.resolve(encryptionKey.keyArn));
  });

  test.each([...';.:+', ...'/@" \''])('has no %j in its password, which DMS or RDS refuses', (character) => {
    expect((Properties.GenerateSecretString as { ExcludeCharacters: string }).ExcludeCharacters).toContain(character);
  });

  test('has no host, no rotation and no copy', () => {
    template.resourceCountIs('AWS::SecretsManager::SecretTargetAttachment', 0);
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
    expect(Properties).not.toHaveProperty('ReplicaRegions');
  });

  test('hands out its secret', () => {
    expect(stack.resolve(secret.secretArn)).toEqual({ Ref: logicalId });
  });
});

describe('a login with every option', () => {
  const stack = stackIn(IRELAND);
  const made = login(stack, { username: 'ledger', databaseName: 'books', protection: Protection.ephemeral() });
  made.replicateTo('us-east-1');
  made.replicateTo(FRANKFURT.region!, Key.fromKeyArn(stack, 'FrankfurtKey', FRANKFURT_KEY));
  const template = Template.fromStack(stack);

  test('takes them', () => {
    template.hasResourceProperties(SECRET, { GenerateSecretString: { SecretStringTemplate: '{"username":"ledger","dbname":"books"}' } });
  });

  test('goes with its stack under ephemeral', () => {
    template.hasResource(SECRET, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('keeps a copy in each other Region, under the key of that Region or else AWS\'s own', () => {
    template.hasResourceProperties(SECRET, {
      ReplicaRegions: [{ Region: 'us-east-1', KmsKeyId: Match.absent() }, { Region: 'eu-central-1', KmsKeyId: FRANKFURT_KEY }],
    });
  });
});

test('takes a key that is imported or a token', () => {
  for (const arn of [FRANKFURT_KEY, Fn.importValue('KeyArn')]) {
    const stack = stackIn(FRANKFURT);
    login(stack, {}, Key.fromKeyArn(stack, 'Key', arn));
    Template.fromStack(stack).hasResourceProperties(SECRET, { KmsKeyId: stack.resolve(arn) as unknown });
  }
});

test('refuses a copy in its own Region', () => {
  expect(() => login(stackIn(IRELAND)).replicateTo('eu-west-1')).toThrow('Cannot add the region where this stack is deployed as a replica region');
});
