import { Lazy, Token } from 'aws-cdk-lib';
import { checkPattern, checkRange, invalidInput } from '../../src/core';

describe('invalidInput', () => {
  test.each<[string, unknown, string]>([
    ['a string in quotes', 'blue', "'blue'"],
    ['an empty string, so that it is seen', '', "''"],
    ['a number', 80, '80'],
    ['what is no number', NaN, 'NaN'],
    ['a boolean', false, 'false'],
    ['nothing', undefined, 'undefined'],
  ])('names the prop, the value got and the values allowed: %s', (_, got, shown) => {
    expect(invalidInput('port', got, 'a free port').message).toBe(`port: got ${shown}, allowed: a free port`);
  });

  test('returns the error and leaves the throw to the check', () => {
    expect(invalidInput('port', 80, 'a free port')).toBeInstanceOf(Error);
  });
});

describe('checkRange', () => {
  const check = (value: number | undefined) => () => checkRange('readers', value, 1, 15);

  test.each([1, 2, 15])('allows %p', (value) => {
    expect(check(value)).not.toThrow();
  });

  test.each([0, 16, -1, 1.5, NaN, Infinity, -Infinity])('refuses %p', (value) => {
    expect(check(value)).toThrow(new Error(`readers: got ${value}, allowed: a whole number from 1 to 15`));
  });

  test('allows 0 where the range does', () => {
    expect(() => checkRange('readers', 0, 0, 15)).not.toThrow();
  });

  test('names the unit', () => {
    expect(() => checkRange('retention', 0, 1, 35, 'days')).toThrow(new Error('retention: got 0, allowed: a whole number from 1 to 35 days'));
  });

  test('leaves alone what is not given', () => {
    expect(check(undefined)).not.toThrow();
  });

  test.each([
    ['a token', Token.asNumber({ Ref: 'Readers' })],
    ['a lazy value', Lazy.number({ produce: () => 99 })],
  ])('does not judge %s', (_, value) => {
    expect(check(value)).not.toThrow();
  });
});

describe('checkPattern', () => {
  const check = (value: string | undefined) => () => checkPattern('login', value, /^[a-z]+$/, 'lower-case letters');

  test('allows what matches', () => {
    expect(check('payments')).not.toThrow();
  });

  test.each(['', 'Payments', 'payments_app', ' payments', 'payments\n'])('refuses %p', (value) => {
    expect(check(value)).toThrow(new Error(`login: got '${value}', allowed: lower-case letters`));
  });

  test('leaves alone what is not given', () => {
    expect(check(undefined)).not.toThrow();
  });

  test.each([
    ['a token', Token.asString({ Ref: 'Login' })],
    ['a string with a token in it', `PREFIX-${Token.asString({ Ref: 'Login' })}`],
    ['a lazy value', Lazy.string({ produce: () => 'NOT A LOGIN' })],
  ])('does not judge %s', (_, value) => {
    expect(check(value)).not.toThrow();
  });
});
