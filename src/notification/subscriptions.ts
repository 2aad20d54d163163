import { Duration, Token } from 'aws-cdk-lib';
import { BackoffFunction, type DeliveryPolicy } from 'aws-cdk-lib/aws-sns';
import { checkPattern, invalidInput } from '../core';

/**
 * How SNS tries again to reach an HTTPS endpoint: at once, then with growing pauses, for at most the hour that SNS allows.
 *
 * Only subscriptions have it: CloudFormation knows no delivery policy of a topic.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const HTTPS_DELIVERY: DeliveryPolicy = {
  healthyRetryPolicy: {
    minDelayTarget: Duration.seconds(5),
    maxDelayTarget: Duration.minutes(5),
    numRetries: 15,
    numNoDelayRetries: 1,
    numMinDelayRetries: 3,
    numMaxDelayRetries: 5,
    backoffFunction: BackoffFunction.EXPONENTIAL,
  },
};

const EMAIL = /^[^\s@,;<>"]+@[^\s@.,;<>"]+(\.[^\s@.,;<>"]+)+$/;
const HTTPS = /^https:\/\/[^\s/]+(\/\S*)?$/;

/** Each is an address, and none is there twice: SNS would take the second for the first. */
export function checkEmails(prop: string, addresses: readonly string[]): void {
  addresses.forEach((address, index) => checkPattern(`${prop}[${index}]`, address, EMAIL, 'an e-mail address, such as payments@example.com'));
  checkUnique(prop, addresses);
}

/** Each is an HTTPS URL, and none is there twice. */
export function checkUrls(prop: string, urls: readonly string[]): void {
  urls.forEach((url, index) => checkPattern(`${prop}[${index}]`, url, HTTPS, 'a URL that begins with https://'));
  checkUnique(prop, urls);
}

function checkUnique(prop: string, values: readonly string[]): void {
  const known = values.filter((value) => !Token.isUnresolved(value));
  const twice = known.find((value, index) => known.indexOf(value) !== index);
  if (twice !== undefined) throw invalidInput(prop, twice, 'each once');
}
