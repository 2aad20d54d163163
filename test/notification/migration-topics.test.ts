import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, type Metric, type MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { suppressionsOf } from '../../projenrc/suppressions';
import { Protection } from '../../src/core';
import { MigrationTopics, type MigrationTopicsProps } from '../../src/notification';
import { idsOf, onlyIdOf, propertiesOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { annotationsOf, IRELAND, stackIn } from '../support/synthesis';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Principal: { readonly Service?: unknown };
  readonly Condition?: unknown;
}

const TOPICS = ['MigrationStatus', 'ErrorAlerts', 'ValidationAlerts', 'DmsAlerts'];
const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const arn = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, rest]] });
const OWN_ALARMS = {
  StringEquals: { 'aws:SourceAccount': '111111111111' },
  ArnLike: { 'aws:SourceArn': arn(':cloudwatch:eu-west-1:111111111111:alarm:*') },
};
const OWN_RULES = { StringEqualsIfExists: { 'aws:SourceAccount': '111111111111' } };
const OWN_TOPICS = { ArnLike: { 'aws:SourceArn': arn(':sns:eu-west-1:111111111111:*') } };

function topicsIn(stack: Stack, props?: MigrationTopicsProps) {
  const topics = new MigrationTopics(stack, 'Topics', props);
  return { stack, topics, template: Template.fromStack(stack) };
}

const attempt = (props: MigrationTopicsProps) => () => new MigrationTopics(stackIn(), 'Topics', props);
const topicOf = (template: Template, part: string) => onlyIdOf(template, 'AWS::SNS::Topic', part);
/** Services that a policy allows, with their conditions. */
const allowed = (statements: Statement[]) => Object.fromEntries(statements
  .filter(({ Effect, Principal }) => Effect === 'Allow' && typeof Principal.Service === 'string')
  .map(({ Principal, Condition }) => [Principal.Service, Condition]));
const policyOf = (template: Template, part: string) => (
  (propertiesOf(template, onlyIdOf(template, 'AWS::SNS::TopicPolicy', part)).PolicyDocument as { Statement: Statement[] }).Statement
);
const keyPolicyOf = (template: Template) => (
  (propertiesOf(template, onlyIdOf(template, 'AWS::KMS::Key')).KeyPolicy as { Statement: Statement[] }).Statement
);
const subscriptionsOf = (template: Template) => idsOf(template, 'AWS::SNS::Subscription').map((id) => propertiesOf(template, id));

describe('topics with every default', () => {
  const { stack, topics, template } = topicsIn(stackIn(IRELAND));
  const key = { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::KMS::Key'), 'Arn'] };

  test('are four, each for its readers', () => {
    expect(idsOf(template, 'AWS::SNS::Topic')).toHaveLength(4);
    expect(topics.topics.map(({ topicArn }) => stack.resolve(topicArn) as unknown)).toEqual(TOPICS.map((part) => ({ Ref: topicOf(template, part) })));
    expect(topics.topics).toEqual([topics.migrationStatus, topics.errorAlerts, topics.validationAlerts, topics.dmsAlerts]);
  });

  test('have no fixed names', () => {
    for (const id of idsOf(template, 'AWS::SNS::Topic')) expect(propertiesOf(template, id)).not.toHaveProperty('TopicName');
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::SQS::Queue'))).not.toHaveProperty('QueueName');
  });

  test('@default NotificationOptions.emailSubscriptions: nobody', () => {
    expect(subscriptionsOf(template).filter(({ Protocol }) => Protocol === 'email')).toEqual([]);
  });

  test('@default NotificationOptions.httpsSubscriptions: none', () => {
    expect(subscriptionsOf(template).filter(({ Protocol }) => Protocol === 'https')).toEqual([]);
  });

  test('@default MigrationTopicsProps.encryptionKey: a new key that rotates, for topics and queue', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: key });
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
  });

  test('@default MigrationTopicsProps.protection: production, which keeps the key', () => {
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test.each([
    ['MigrationStatus', { 'events.amazonaws.com': OWN_RULES }],
    ['ErrorAlerts', { 'cloudwatch.amazonaws.com': OWN_ALARMS, 'events.amazonaws.com': OWN_RULES }],
    ['ValidationAlerts', { 'cloudwatch.amazonaws.com': OWN_ALARMS }],
    ['DmsAlerts', { 'cloudwatch.amazonaws.com': OWN_ALARMS, 'events.amazonaws.com': OWN_RULES }],
  ])('let only the services publish to %s whose business it is, for this account', (part, services) => {
    expect(allowed(policyOf(template, part))).toEqual(services);
    expect(policyOf(template, part).filter(({ Effect }) => Effect === 'Allow').map(({ Action }) => Action)).toEqual(Object.keys(services).map(() => 'sns:Publish'));
  });

  test('take nothing that comes without TLS', () => {
    for (const part of TOPICS) {
      expect(policyOf(template, part)).toContainEqual(expect.objectContaining({
        Effect: 'Deny',
        Action: 'sns:Publish',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }));
    }
  });

  test('have a key that these services, and SNS for the queue, may use', () => {
    expect(allowed(keyPolicyOf(template))).toEqual({
      'logs.eu-west-1.amazonaws.com': expect.anything() as unknown,
      'cloudwatch.amazonaws.com': OWN_ALARMS,
      'events.amazonaws.com': OWN_RULES,
      'sns.amazonaws.com': OWN_TOPICS,
    });
    const actions = keyPolicyOf(template).filter(({ Principal }) => ['cloudwatch', 'events', 'sns'].some((name) => Principal.Service === `${name}.amazonaws.com`))
      .map(({ Action }) => Action);
    expect(actions).toEqual([1, 2, 3].map(() => ['kms:Decrypt', 'kms:GenerateDataKey']));
  });

  test('keep for two weeks what could not be delivered, and take it by TLS alone', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 3600 });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
  });

  test('leave nothing to scanners but one finding that cannot be mended', () => {
    expect(findings(stack)).toEqual([]);
    expect(suppressionsOf(stack).map(({ rule }) => rule)).toEqual(['AwsSolutions-SQS3']);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('subscriptions', () => {
  const { stack, template } = topicsIn(stackIn(IRELAND), {
    emailSubscriptions: ['payments@example.com', 'on.call+night@sub.example.co.uk'],
    httpsSubscriptions: ['https://on-call.example.com/integration/abc?key=1'],
  });

  test('tell everybody of everything', () => {
    const told = subscriptionsOf(template).map(({ Endpoint, Protocol, TopicArn }) => `${String(Protocol)} ${String(Endpoint)} ${(TopicArn as { Ref: string }).Ref}`);
    const endpoints = [
      'email payments@example.com',
      'email on.call+night@sub.example.co.uk',
      'https https://on-call.example.com/integration/abc?key=1',
    ];
    expect(told.sort()).toEqual(endpoints.flatMap((endpoint) => TOPICS.map((part) => `${endpoint} ${topicOf(template, part)}`)).sort());
  });

  test('leave what cannot be delivered in the queue, which takes it from these topics alone', () => {
    const queue = { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::SQS::Queue'), 'Arn'] };
    for (const { RedrivePolicy } of subscriptionsOf(template)) expect(RedrivePolicy).toEqual({ deadLetterTargetArn: queue });
    const { Statement: statements } = propertiesOf(template, onlyIdOf(template, 'AWS::SQS::QueuePolicy')).PolicyDocument as { Statement: Statement[] };
    const senders = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(new Set(senders.map(({ Condition }) => JSON.stringify(Condition)))).toEqual(new Set(TOPICS.map((part) => (
      JSON.stringify({ ArnEquals: { 'aws:SourceArn': { Ref: topicOf(template, part) } } })
    ))));
  });

  test('are tried again for no more than the hour that SNS allows', () => {
    const policies = subscriptionsOf(template).filter(({ Protocol }) => Protocol === 'https')
      .map(({ DeliveryPolicy }) => (DeliveryPolicy as { healthyRetryPolicy: Record<string, number> }).healthyRetryPolicy);
    expect(policies).toHaveLength(4);
    for (const policy of policies) {
      const backoff = policy.numRetries - policy.numNoDelayRetries - policy.numMinDelayRetries - policy.numMaxDelayRetries;
      expect(backoff).toBeGreaterThan(0);
      const longest = policy.numMinDelayRetries * policy.minDelayTarget + (backoff + policy.numMaxDelayRetries) * policy.maxDelayTarget;
      expect(longest).toBeLessThanOrEqual(3600);
      expect(policy).toMatchObject({ backoffFunction: 'EXPONENTIAL' });
    }
    for (const { Protocol, DeliveryPolicy } of subscriptionsOf(template)) expect(DeliveryPolicy === undefined).toBe(Protocol === 'email');
  });

  test('leave nothing to scanners', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('may be known at deployment only', () => {
    const agnostic = stackIn();
    const address = new CfnParameter(agnostic, 'Address').valueAsString;
    const url = new CfnParameter(agnostic, 'Url').valueAsString;
    const { template: resolved } = topicsIn(agnostic, { emailSubscriptions: [address, 'payments@example.com'], httpsSubscriptions: [url] });
    expect(subscriptionsOf(resolved).filter(({ Endpoint }) => JSON.stringify(Endpoint) === '{"Ref":"Address"}')).toHaveLength(4);
    expect(subscriptionsOf(resolved).filter(({ Endpoint, Protocol }) => JSON.stringify(Endpoint) === '{"Ref":"Url"}' && Protocol === 'https')).toHaveLength(4);
  });
});

describe('input that cannot work', () => {
  test.each(['', 'payments', '@example.com', 'payments@example', 'payments@', 'a b@example.com', 'one@example.com,other@example.com'])('is the address %p', (address) => {
    expect(attempt({ emailSubscriptions: ['payments@example.com', address] }))
      .toThrow(`emailSubscriptions[1]: got '${address}', allowed: an e-mail address, such as payments@example.com`);
  });

  test.each(['', 'http://example.com/', 'example.com', 'https://', 'https:///path', 'https://exa mple.com'])('is the URL %p', (url) => {
    expect(attempt({ httpsSubscriptions: [url] })).toThrow(`httpsSubscriptions[0]: got '${url}', allowed: a URL that begins with https://`);
  });

  test('is the same twice', () => {
    expect(attempt({ emailSubscriptions: ['payments@example.com', 'payments@example.com'] }))
      .toThrow('emailSubscriptions: got \'payments@example.com\', allowed: each once');
  });
});

describe('a key that is given', () => {
  test('gets what publishers need, and nothing circular', () => {
    const stack = stackIn(IRELAND);
    const { template } = topicsIn(stack, { encryptionKey: new Key(stack, 'Mine') });
    expect(allowed(keyPolicyOf(template))).toEqual({
      'cloudwatch.amazonaws.com': OWN_ALARMS, 'events.amazonaws.com': OWN_RULES, 'sns.amazonaws.com': OWN_TOPICS,
    });
  });

  test('has to have it already where it is imported: a warning says so', () => {
    const stack = stackIn(IRELAND);
    const { template } = topicsIn(stack, { encryptionKey: Key.fromKeyArn(stack, 'Theirs', KEY_ARN) });
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: KEY_ARN });
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('cdk-payment-migration:notification.importedKey')]);
  });

  test('may be known at deployment only', () => {
    const stack = stackIn();
    const { template } = topicsIn(stack, { encryptionKey: Key.fromKeyArn(stack, 'Theirs', new CfnParameter(stack, 'Arn').valueAsString) });
    template.resourceCountIs('AWS::SNS::Topic', 4);
  });
});

describe('publishing by a role', () => {
  const stack = stackIn(IRELAND);
  const topics = new MigrationTopics(stack, 'Topics');
  const grantee = new ManagedPolicy(stack, 'Policy');
  topics.grantPublish(topics.validationAlerts, grantee);
  const template = Template.fromStack(stack);

  test('is allowed for the one topic, and for the key', () => {
    const { PolicyDocument } = propertiesOf(template, onlyIdOf(template, 'AWS::IAM::ManagedPolicy'));
    expect((PolicyDocument as { Statement: unknown[] }).Statement).toEqual([
      { Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: topicOf(template, 'ValidationAlerts') } },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::KMS::Key'), 'Arn'] },
      },
    ]);
    expect(findings(stack)).toEqual([]);
  });

  test('is refused for a topic of someone else', () => {
    const other = stackIn();
    const own = new MigrationTopics(other, 'Topics');
    expect(() => own.grantPublish(new Topic(other, 'Theirs'), new ManagedPolicy(other, 'Policy')))
      .toThrow('topic: got \'Payments/Theirs\', allowed: one of Payments/Topics/MigrationStatus, Payments/Topics/ErrorAlerts');
  });
});

describe('metrics', () => {
  const stack = stackIn();
  const topics = new MigrationTopics(stack, 'Topics');

  test('count failed deliveries of all topics', () => {
    const metric = topics.metricFailedDeliveries() as MathExpression;
    expect(metric.expression).toBe('FILL(m1, 0) + FILL(m2, 0) + FILL(m3, 0) + FILL(m4, 0)');
    const used = Object.values(metric.usingMetrics) as Metric[];
    expect(used.map(({ dimensions }) => dimensions?.TopicName as unknown)).toEqual(topics.topics.map(({ topicName }) => topicName));
    for (const one of used) expect(one).toMatchObject({ namespace: 'AWS/SNS', metricName: 'NumberOfNotificationsFailed', statistic: 'Sum' });
  });

  test('count what waits in the queue', () => {
    expect(topics.metricUndelivered()).toMatchObject({
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      statistic: 'Maximum',
      dimensions: { QueueName: topics.undelivered.queueName },
    });
  });

  test('are what alarms take', () => {
    new Alarm(stack, 'Failed', { metric: topics.metricFailedDeliveries({ period: Duration.minutes(1) }), threshold: 1, evaluationPeriods: 1 });
    new Alarm(stack, 'Undelivered', { metric: topics.metricUndelivered(), threshold: 1, evaluationPeriods: 1 });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Period: 60, Stat: 'Sum' }) })]),
    });
  });
});

describe('ephemeral topics', () => {
  test('keep nothing', () => {
    const { template } = topicsIn(stackIn(), { protection: Protection.ephemeral() });
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    template.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });
});

test('two migrations in one stack do not meet', () => {
  const stack = new Stack(new App(), 'Payments');
  for (const id of ['One', 'Other']) new MigrationTopics(stack, id, { emailSubscriptions: ['payments@example.com'] });
  expect(annotationsOf(stack)).toEqual([]);
});
