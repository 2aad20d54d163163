import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttachmentTargetType, Secret, type CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { readableLogin } from '../../src/database';
import { annotationsOf, FRANKFURT, importedSecret, IRELAND, stackIn } from '../support/synthesis';

/** A secret in Frankfurt, and a stack in Ireland that wants to read it. */
function twoRegions(): { here: Stack; there: Stack } {
  const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
  return {
    here: new Stack(app, 'Here', { env: IRELAND, crossRegionReferences: true }),
    there: new Stack(app, 'There', { env: FRANKFURT, crossRegionReferences: true }),
  };
}

describe('a login in the same Region', () => {
  test('is the secret itself, which need not wait for its database', () => {
    const stack = stackIn(IRELAND);
    const secret = new Secret(stack, 'Login');
    const attached = secret.attach({ asSecretAttachmentTarget: () => ({ targetId: 'database', targetType: AttachmentTargetType.RDS_DB_CLUSTER }) });
    expect(readableLogin(stack, 'Readable', attached)).toBe(secret);
    Template.fromStack(stack).hasResourceProperties('AWS::SecretsManager::Secret', { ReplicaRegions: Match.absent() });
  });

  test('may be imported', () => {
    const stack = stackIn(IRELAND);
    const secret = importedSecret(stack);
    expect(readableLogin(stack, 'Readable', secret)).toBe(secret);
  });

  test('is not copied where no Region is known', () => {
    const stack = stackIn();
    const secret = new Secret(stack, 'Login');
    expect(readableLogin(stack, 'Readable', secret)).toBe(secret);
  });
});

describe('a login that the app makes in another Region', () => {
  const { here, there } = twoRegions();
  const secret = new Secret(there, 'Login');
  const readable = readableLogin(here, 'Readable', secret);
  const again = readableLogin(here, 'Again', secret);

  test('is copied once, however many read it', () => {
    Template.fromStack(there).hasResourceProperties('AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'eu-west-1' }] });
    expect(here.resolve(again.secretArn)).toEqual(here.resolve(readable.secretArn));
  });

  test('is read as the copy of the reader\'s Region', () => {
    const name = { 'Fn::Select': [6, { 'Fn::Split': [':', { Ref: there.getLogicalId(secret.node.defaultChild as CfnSecret) }] }] };
    const parts = ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:eu-west-1:111111111111:secret:', name];
    expect(there.resolve(readable.secretFullArn)).toEqual({ 'Fn::Join': ['', parts] });
  });

  test('is not copied a second time where its owner copied it', () => {
    const { here: reader, there: owner } = twoRegions();
    readableLogin(reader, 'Readable', new Secret(owner, 'Login', { replicaRegions: [{ region: 'eu-west-1' }, { region: 'eu-west-2' }] }));
    Template.fromStack(owner).hasResourceProperties('AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'eu-west-1' }, { Region: 'eu-west-2' }] });
  });
});

test('an imported login of another Region is used as it is, with a warning that says what to do', () => {
  const stack = stackIn(IRELAND);
  const secret = Secret.fromSecretCompleteArn(stack, 'Login', 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:payments/migration-a1B2c3');
  expect(readableLogin(stack, 'Readable', secret)).toBe(secret);
  expect(annotationsOf(stack)).toEqual([expect.stringContaining('replicate the secret to eu-west-1 and pass the copy')]);
});
