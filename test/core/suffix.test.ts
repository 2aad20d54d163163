import { App, CfnParameter, NestedStack, Stack, Stage, type Environment } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { environmentSuffix } from '../../src/core';
import { FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

const LEGAL = /^(?!.*--)[a-z][a-z0-9-]{0,18}[a-z0-9]$/;
const ALLOWED = '1 to 20 lower-case letters, digits and single hyphens, a letter first and no hyphen last';
const OTHER_ACCOUNT: Environment = { ...IRELAND, account: '222222222222' };

const suffixOf = (scope: IConstruct, given?: string) => environmentSuffix(scope, 'environmentSuffix', given);
const taken = (suffix: string, path: string) => new Error(
  `environmentSuffix: got '${suffix}', allowed: one that no other migration of this account and Region has; ${path} has this one`,
);

describe('a suffix that is given', () => {
  test.each(['a', 'blue', 'b2', 'blue-2', 'a-b-c', 'x'.repeat(20), 'a1-2'])('may be %p', (suffix) => {
    expect(suffixOf(stackIn(), suffix)).toBe(suffix);
  });

  test.each([
    ['nothing', ''],
    ['too long', 'x'.repeat(21)],
    ['a capital', 'Blue'],
    ['a digit first', '2blue'],
    ['a hyphen first', '-blue'],
    ['a hyphen last', 'blue-'],
    ['two hyphens', 'blue--2'],
    ['a hyphen only', '-'],
    ['an underscore', 'blue_2'],
    ['a dot', 'blue.2'],
    ['a slash', 'blue/2'],
    ['a space', 'blue 2'],
    ['a line break', 'blue\n'],
    ['a letter that is not English', 'größe'],
    ['a digit that is not European', 'blue٢'],
  ])('may not be %s: %p', (_, suffix) => {
    expect(() => suffixOf(stackIn(), suffix)).toThrow(new Error(`environmentSuffix: got '${suffix}', allowed: ${ALLOWED}`));
  });

  test('is not judged where it is a token', () => {
    const stack = stackIn();
    const { valueAsString } = new CfnParameter(stack, 'Suffix');
    expect(suffixOf(stack, valueAsString)).toBe(valueAsString);
  });
});

describe('a suffix that is made', () => {
  const made = (stackId: string, ...ids: string[]) => {
    const stack: Construct = new Stack(new App(), stackId);
    return suffixOf(ids.reduce((scope, id) => new Construct(scope, id), stack));
  };

  test('differs where one app is deployed under two stack names', () => {
    const [blue, green] = ['blue', 'green'].map((stackName) => suffixOf(new Construct(new Stack(new App(), 'Payments', { stackName }), 'Migration')));
    expect(blue).not.toBe(green);
  });

  test.each([
    ['an id as usual', ['Payments', 'Migration']],
    ['a short path', ['P', 'M']],
    ['ids that once met with two hyphens', ['Infra', 'Payments', 'Blue']],
    ['an id with a digit first', ['Payments', '2ndMigration']],
    ['an id of digits', ['Payments', '2025']],
    ['an id of hyphens', ['Payments', '---']],
    ['an id with hyphens', ['Payments-Prod', '-Move-To-Aurora-']],
    ['an id that is not English', ['Payments', 'Größe']],
    ['an id without a letter or digit that is English', ['Payments', '移行']],
    ['a long id', ['Payments', 'TheMigrationThatMovesAllPaymentsToAnotherRegion']],
    ['a hidden id', ['Payments', 'Default']],
    ['the child called Resource', ['Payments', 'Migration', 'Resource']],
  ])('is legal for %s', (_, [stackId, ...ids]) => {
    expect(made(stackId, ...ids)).toMatch(LEGAL);
  });

  test('can be recognised', () => {
    expect(made('Payments', 'Migration')).toMatch(/^migration-[0-9a-f]{8}$/);
  });

  test('stays the same from synthesis to synthesis', () => {
    expect(made('Payments', 'Migration')).toBe(made('Payments', 'Migration'));
  });

  test('is another for every path of an app', () => {
    const app = new App();
    const scopes = ['One', 'Two'].flatMap((stackId) => {
      const stack = new Stack(app, stackId);
      const nested = new NestedStack(stack, 'Nested');
      const sameBeginning = new Construct(stack, 'TheMigrationThatMovesAllPaymentsToIreland');
      return [
        new Construct(stack, 'Migration'), new Construct(stack, 'migration'), new Construct(nested, 'Migration'),
        sameBeginning, new Construct(stack, 'TheMigrationThatMovesAllPaymentsToFrankfurt'), new Construct(sameBeginning, 'Migration'),
      ];
    });
    expect(new Set(scopes.map((scope) => suffixOf(scope))).size).toBe(scopes.length);
  });
});

describe('one suffix given twice', () => {
  function twice(one: (app: App) => Construct, other: (app: App) => Construct): () => void {
    const app = new App();
    const scopes = [one(app), other(app)];
    return () => scopes.forEach((scope) => suffixOf(scope, 'blue'));
  }
  const inStack = (id: string, env?: Environment) => (app: App) => new Construct(new Stack(app, id, { env }), 'Migration');
  const inStage = (id: string, env?: Environment) => (app: App) => new Construct(new Stack(new Stage(app, id, { env }), 'Payments'), 'Migration');

  test('is refused in one stack, with the path of the one that has it', () => {
    const stack = stackIn();
    suffixOf(new Construct(stack, 'First'), 'blue');
    expect(() => suffixOf(new Construct(stack, 'Second'), 'blue')).toThrow(taken('blue', 'Payments/First'));
  });

  test('is refused where one was made and the other is given', () => {
    const stack = stackIn();
    const made = suffixOf(new Construct(stack, 'First'));
    expect(() => suffixOf(new Construct(stack, 'Second'), made)).toThrow(taken(made, 'Payments/First'));
  });

  test.each<[string, () => void, string]>([
    ['two stacks of unknown environments', twice(inStack('One'), inStack('Two')), 'One/Migration'],
    ['two stacks of one environment', twice(inStack('One', IRELAND), inStack('Two', IRELAND)), 'One/Migration'],
    ['a known environment beside an unknown one', twice(inStack('One', IRELAND), inStack('Two')), 'One/Migration'],
    ['two stages of one environment', twice(inStage('Blue', IRELAND), inStage('Green', IRELAND)), 'Blue/Payments/Migration'],
    ['a stage and a stack of one environment', twice(inStage('Blue', IRELAND), inStack('One', IRELAND)), 'Blue/Payments/Migration'],
  ])('is refused in %s', (_, attempt, path) => {
    expect(attempt).toThrow(taken('blue', path));
  });

  test.each<[string, () => void]>([
    ['two Regions', twice(inStack('One', IRELAND), inStack('Two', FRANKFURT))],
    ['two accounts', twice(inStack('One', IRELAND), inStack('Two', OTHER_ACCOUNT))],
    ['two Regions of an unknown account', twice(inStack('One', { region: 'eu-west-1' }), inStack('Two', { region: 'eu-central-1' }))],
    ['two accounts in an unknown Region', twice(inStack('One', { account: '111111111111' }), inStack('Two', { account: '222222222222' }))],
    ['two stages of unknown environments, which may be two accounts', twice(inStage('Test', undefined), inStage('Production', undefined))],
    ['two stages of two accounts', twice(inStage('Test', IRELAND), inStage('Production', OTHER_ACCOUNT))],
  ])('is allowed in %s', (_, attempt) => {
    expect(attempt).not.toThrow();
  });

  test('is allowed in two apps', () => {
    expect(() => [stackIn(), stackIn()].forEach((stack) => suffixOf(stack, 'blue'))).not.toThrow();
  });
});
