import { RemovalPolicy } from 'aws-cdk-lib';
import { Protection } from '../../src/core';

describe('production', () => {
  test('keeps data', () => {
    expect(Protection.production()).toMatchObject({
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      databaseRemovalPolicy: RemovalPolicy.SNAPSHOT,
      deletionProtection: true,
    });
  });

  test('survives the loss of a zone', () => {
    expect(Protection.production().highlyAvailable).toBe(true);
  });
});

describe('ephemeral', () => {
  test('keeps nothing', () => {
    expect(Protection.ephemeral()).toMatchObject({
      removalPolicy: RemovalPolicy.DESTROY,
      databaseRemovalPolicy: RemovalPolicy.DESTROY,
      deletionProtection: false,
    });
  });

  test('does not pay for a second zone', () => {
    expect(Protection.ephemeral().highlyAvailable).toBe(false);
  });
});

test('a profile can be told by identity', () => {
  expect(Protection.production()).toBe(Protection.production());
  expect(Protection.ephemeral()).toBe(Protection.ephemeral());
  expect(Protection.production()).not.toBe(Protection.ephemeral());
});

test('a factory can be handed on as a function', () => {
  const [production, ephemeral] = [Protection.production, Protection.ephemeral].map((profile) => profile.call(undefined));
  expect([production, ephemeral]).toEqual([Protection.production(), Protection.ephemeral()]);
});
