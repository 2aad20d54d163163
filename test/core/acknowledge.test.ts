import { Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge } from '../../src/core';
import { findings } from '../support/scanners';
import { IRELAND, stackIn } from '../support/synthesis';

const NO_DLQ = 'AwsSolutions-SQS3';
const NO_TLS = 'AwsSolutions-SQS4';

const acknowledgementsOf = ({ node }: IConstruct) => node.metadata
  .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
  .map(({ data }) => data as unknown);

describe('what is acknowledged', () => {
  const stack = stackIn(IRELAND);
  const l1 = new CfnQueue(stack, 'L1');
  const l2 = new Queue(stack, 'L2');
  const twice = new Queue(stack, 'Twice');
  new Queue(stack, 'Other');
  new Queue(l2, 'AddedLater');
  const policy = new ManagedPolicy(stack, 'Policy', {
    statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: ['arn:aws:sqs:eu-west-1:111111111111:one-*', 'arn:aws:sqs:eu-west-1:111111111111:two-*'] })],
  });
  acknowledge(l1, [NO_DLQ], 'It is a trial');
  acknowledge(l2, [NO_DLQ, NO_TLS], 'It is a trial');
  acknowledge(twice, [NO_DLQ], 'It has no dead letters');
  acknowledge(twice, [NO_TLS], 'Its messages are public');
  acknowledge(policy, ['AwsSolutions-IAM5[Resource::arn:aws:sqs:eu-west-1:111111111111:one-*]'], 'Their names are made at run time');
  const found = findings(stack).filter((finding) => finding.startsWith('AwsSolutions-'));

  test('stands on the resource, with its reason', () => {
    expect(acknowledgementsOf(l1)).toEqual([{ [NO_DLQ]: 'It is a trial' }]);
  });

  test('stands on the default child of a construct, not on the construct', () => {
    expect(acknowledgementsOf(l2)).toEqual([]);
    expect(acknowledgementsOf(l2.node.defaultChild!)).toEqual([{ [NO_DLQ]: 'It is a trial', [NO_TLS]: 'It is a trial' }]);
  });

  test('is no finding of a scanner any more; every other rule is', () => {
    expect(found.filter((finding) => finding.includes('Payments/L1'))).toEqual([`${NO_TLS} Payments/L1`]);
    expect(found.filter((finding) => finding.endsWith('Payments/L2/Resource'))).toEqual([]);
  });

  test('may be said in several calls', () => {
    expect(found.filter((finding) => finding.includes('Payments/Twice'))).toEqual([]);
  });

  test('is nothing beside it and nothing below it', () => {
    for (const path of ['Payments/Other/Resource', 'Payments/L2/AddedLater/Resource']) {
      expect(found).toEqual(expect.arrayContaining([`${NO_DLQ} ${path}`, `${NO_TLS} ${path}`]));
    }
  });

  test('may be a finding on one ARN, whose id has several colons', () => {
    expect(found.filter((finding) => finding.startsWith('AwsSolutions-IAM5')).map((finding) => /:(\w+)-\*/.exec(finding)?.[1])).toEqual(['two']);
  });
});

test('what stands for no single resource cannot be acknowledged', () => {
  const stack = stackIn();
  const several = new Construct(stack, 'Several');
  new CfnQueue(several, 'One');
  new CfnQueue(several, 'Two');
  expect(() => acknowledge(several, [NO_DLQ], 'It is a trial')).toThrow(new Error('Payments/Several is no single resource'));
});

test('a default child that is no resource cannot be acknowledged', () => {
  const stack = stackIn();
  const wrapper = new Construct(stack, 'Wrapper');
  new Construct(wrapper, 'Default');
  expect(() => acknowledge(wrapper, [NO_DLQ], 'It is a trial')).toThrow(new Error('Payments/Wrapper is no single resource'));
});
