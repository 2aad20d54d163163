import { Annotations, Duration } from 'aws-cdk-lib';
import { MathExpression, type IMetric, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SubscriptionProtocol, Topic, type ITopic, type ITopicSubscription } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { checkEmails, checkUrls, HTTPS_DELIVERY } from './subscriptions';
import { CLOUDWATCH, EVENTBRIDGE, keyStatement, publishStatement, TOPICS, type Publisher } from './topic-policies';
import { acknowledge, encryptionKey, invalidInput, Protection } from '../core';

/** Who is told. */
export interface NotificationOptions {
  /**
   * Who is told by e-mail, of everything. SNS asks each address to confirm.
   *
   * @default - nobody
   */
  readonly emailSubscriptions?: string[];

  /**
   * Which HTTPS endpoints are told, of everything: those of an on-call service, for example. Each has to confirm, and is tried again for up to an hour.
   *
   * @default - none
   */
  readonly httpsSubscriptions?: string[];
}

/** Properties of `MigrationTopics`. */
export interface MigrationTopicsProps extends NotificationOptions {
  /**
   * Encrypts messages. Its policy is given what the services that publish need; that of an imported key has to have it already.
   *
   * @default - a new key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to the new key when it is deleted. Topics hold nothing and go with their stack.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

/**
 * The topics that tell people what a migration does, one for each kind of reader.
 *
 * CloudWatch alarms and EventBridge rules of the account may publish where it is theirs to do; functions and state machines publish by
 * their roles, with `grantPublish()`. What cannot be delivered waits for two weeks in a queue.
 */
export class MigrationTopics extends Construct {
  /** What phase the migration is in, and what it asks of people. */
  public readonly migrationStatus: ITopic;
  /** What went wrong. */
  public readonly errorAlerts: ITopic;
  /** Where source and target differ. */
  public readonly validationAlerts: ITopic;
  /** What DMS reports of its tasks and instances. */
  public readonly dmsAlerts: ITopic;
  /** All four. */
  public readonly topics: ITopic[];
  /** What could not be delivered. */
  public readonly undelivered: IQueue;
  /** Encrypts messages. */
  public readonly encryptionKey: IKey;

  constructor(scope: Construct, id: string, props: MigrationTopicsProps = {}) {
    super(scope, id);
    const { emailSubscriptions = [], httpsSubscriptions = [], protection = Protection.production() } = props;
    checkEmails('emailSubscriptions', emailSubscriptions);
    checkUrls('httpsSubscriptions', httpsSubscriptions);

    this.encryptionKey = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Messages of ${this.node.path}`, protection);
    this.letServicesEncrypt();
    this.undelivered = this.createQueue();
    this.migrationStatus = this.topic('MigrationStatus', 'Payment migration: status', [EVENTBRIDGE]);
    this.errorAlerts = this.topic('ErrorAlerts', 'Payment migration: errors', [CLOUDWATCH, EVENTBRIDGE]);
    this.validationAlerts = this.topic('ValidationAlerts', 'Payment migration: validation', [CLOUDWATCH]);
    this.dmsAlerts = this.topic('DmsAlerts', 'Payment migration: DMS', [CLOUDWATCH, EVENTBRIDGE]);
    this.topics = [this.migrationStatus, this.errorAlerts, this.validationAlerts, this.dmsAlerts];

    const deadLetterQueue = this.undelivered;
    for (const address of emailSubscriptions) this.subscribe(new EmailSubscription(address, { deadLetterQueue }));
    for (const url of httpsSubscriptions) {
      this.subscribe(new UrlSubscription(url, {
        deadLetterQueue,
        deliveryPolicy: HTTPS_DELIVERY,
        protocol: SubscriptionProtocol.HTTPS,
      }));
    }
  }

  /** Lets a role publish to one of the topics, by exactly the actions and ARNs that it needs. */
  public grantPublish(topic: ITopic, grantee: IGrantable): Grant {
    if (!this.topics.includes(topic)) throw invalidInput('topic', topic.node.path, `one of ${this.topics.map(({ node }) => node.path).join(', ')}`);
    return Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [topic.topicArn] })
      .combine(Grant.addToPrincipal({
        grantee,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resourceArns: [this.encryptionKey.keyArn],
      }));
  }

  /** How many deliveries failed, of all topics together. */
  public metricFailedDeliveries(options: MetricOptions = {}): IMetric {
    const metrics = this.topics.map((topic) => topic.metricNumberOfNotificationsFailed({ period: Duration.minutes(5), ...options }));
    const names = metrics.map((_, index) => `m${index + 1}`);
    return new MathExpression({
      expression: names.map((name) => `FILL(${name}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(metrics.map((metric, index) => [names[index], metric])),
      label: 'Failed deliveries',
      period: options.period ?? Duration.minutes(5),
    });
  }

  /** How many messages wait because they could not be delivered. */
  public metricUndelivered(options: MetricOptions = {}): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  private letServicesEncrypt(): void {
    const added = [CLOUDWATCH, EVENTBRIDGE, TOPICS].map((publisher) => (
      this.encryptionKey.addToResourcePolicy(keyStatement(this, publisher)).statementAdded
    ));
    if (added.every(Boolean)) return;
    Annotations.of(this).addWarningV2('cdk-payment-migration:notification.importedKey',
      'The policy of the imported encryptionKey cannot be changed here: it has to let cloudwatch.amazonaws.com, events.amazonaws.com and '
      + 'sns.amazonaws.com use kms:Decrypt and kms:GenerateDataKey, or their messages are lost');
  }

  private createQueue(): Queue {
    const queue = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(queue, ['AwsSolutions-SQS3'], 'It is the dead-letter queue itself, of subscriptions: the rule knows only those of queues and functions');
    return queue;
  }

  private topic(id: string, displayName: string, publishers: Publisher[]): Topic {
    const topic = new Topic(this, id, { displayName, masterKey: this.encryptionKey, enforceSSL: true });
    for (const publisher of publishers) topic.addToResourcePolicy(publishStatement(topic, publisher));
    return topic;
  }

  private subscribe(subscription: ITopicSubscription): void {
    for (const topic of this.topics) topic.addSubscription(subscription);
  }
}
