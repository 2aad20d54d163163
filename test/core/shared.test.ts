import { NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { failedEvents } from '../../src/core/failed-events';
import { shared, shareWithin } from '../../src/core/shared';
import { findings } from '../support/scanners';
import { stackIn } from '../support/synthesis';

const make = (home: Construct) => new Construct(home, 'Thing');

describe('what is shared', () => {
  test('is made once, in the outermost construct of the stack that shares', () => {
    const migration = new Construct(stackIn(), 'Migration');
    const side = new Construct(migration, 'Side');
    shareWithin(migration);
    shareWithin(side);
    const thing = shared(new Construct(side, 'One'), 'Thing', make);
    expect(shared(new Construct(side, 'Two'), 'Thing', make)).toBe(thing);
    expect(thing.node.scope).toBe(migration);
  });

  test('is not shared where nobody does', () => {
    const stack = stackIn();
    const [one, two] = ['One', 'Two'].map((id) => new Construct(stack, id));
    expect(shared(one, 'Thing', make)).not.toBe(shared(two, 'Thing', make));
  });

  test('stays in its stack', () => {
    const migration = new Construct(stackIn(), 'Migration');
    shareWithin(migration);
    const nested = new NestedStack(migration, 'Nested');
    expect(Stack.of(shared(nested, 'Thing', make))).toBe(nested);
    expect(Stack.of(shared(migration, 'Thing', make))).toBe(Stack.of(migration));
  });
});

test('events that no function could take wait encrypted, for two weeks, and travel by TLS', () => {
  const stack = stackIn();
  failedEvents(stack);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] } });
  // Of the queue alone; where a function names it as its own, nothing is found.
  expect(findings(stack).filter((finding) => !finding.includes('SQS3'))).toEqual([]);
});
