import { Duration } from 'aws-cdk-lib';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { shared } from './shared';

const ID = 'FailedEvents';

/**
 * Where Lambda puts what a function failed at that was called without waiting for its answer, as CloudFormation calls those of custom resources:
 * it learns an hour later that nobody will answer. The event says what was asked, and where to answer.
 */
export function failedEvents(scope: Construct): IQueue {
  return shared(scope, ID, (home) => new Queue(home, ID, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  }));
}

/** Its role, made by `handlerRole` in the same scope, may put them there. The L2 would write that into a second policy, inside the role. */
export function keepFailedEvents(scope: Construct, handler: LambdaFunction): void {
  (handler.node.defaultChild as CfnFunction).deadLetterConfig = { targetArn: failedEvents(scope).queueArn };
}
