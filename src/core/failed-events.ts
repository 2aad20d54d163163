import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { shared } from './shared';

const ID = 'FailedEvents';

/**
 * Where Lambda puts what a custom resource's function could not even begin with: CloudFormation calls such functions without waiting, and what
 * is lost there it learns an hour later. The event says what was asked, and where to answer.
 */
export function failedEvents(scope: Construct): IQueue {
  return shared(scope, ID, (home) => new Queue(home, ID, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  }));
}
