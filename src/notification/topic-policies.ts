import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal, type Condition } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** A service of AWS that publishes by its own principal, and under which conditions it may. */
export interface Publisher {
  readonly principal: string;
  readonly conditions: (scope: Construct) => Record<string, Condition>;
}

/** Alarms of this account and Region: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html */
export const CLOUDWATCH: Publisher = {
  principal: 'cloudwatch.amazonaws.com',
  conditions: (scope) => ({
    StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
    ArnLike: {
      'aws:SourceArn': Stack.of(scope).formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: '*',
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    },
  }),
};

/**
 * Rules of this account.
 *
 * EventBridge does not say which account it publishes for to encrypted topics, and a statement that insists is one that loses every message:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html. So another account is refused where one is named.
 */
export const EVENTBRIDGE: Publisher = {
  principal: 'events.amazonaws.com',
  conditions: (scope) => ({ StringEqualsIfExists: { 'aws:SourceAccount': Stack.of(scope).account } }),
};

/** Lets a service publish to a topic. */
export function publishStatement(topic: Topic, { principal, conditions }: Publisher): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal(principal)],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: conditions(topic),
  });
}

/** Lets a service publish to topics that a key encrypts. */
export function keyStatement(scope: Construct, { principal, conditions }: Publisher): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal(principal)],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: conditions(scope),
  });
}

/** Lets topics of this account and Region put what they could not deliver into a queue that a key encrypts. */
export const TOPICS: Publisher = {
  principal: 'sns.amazonaws.com',
  conditions: (scope) => ({
    ArnLike: { 'aws:SourceArn': Stack.of(scope).formatArn({ service: 'sns', resource: '*' }) },
  }),
};
