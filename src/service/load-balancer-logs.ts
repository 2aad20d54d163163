import { CfnResource, Stack } from 'aws-cdk-lib';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { invalidInput, knownToDiffer } from '../core';

/**
 * Has a load balancer log who reaches it.
 *
 * Not by the CDK's `logAccessLogs`: it lets an account of AWS's write, which each older Region has its own of, so that a stack without a Region
 * cannot be synthesised. The service's principal is what AWS recommends in every Region:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
export function logAccess(loadBalancer: ApplicationLoadBalancer, bucket: IBucket, prefix: string): void {
  const stack = Stack.of(loadBalancer);
  if (bucket.encryptionKey) throw invalidInput('accessLogsBucket', 'a bucket that is encrypted with a KMS key', 'one that is encrypted with SSE-S3');
  if (knownToDiffer(bucket.env.region, stack.region)) {
    throw invalidInput('accessLogsBucket', `a bucket in ${bucket.env.region}`, `one in ${stack.region}, where the load balancer is`);
  }
  loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
  loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
  loadBalancer.setAttribute('access_logs.s3.prefix', prefix);
  bucket.addToResourcePolicy(new PolicyStatement({
    principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(`${prefix}/AWSLogs/${stack.account}/*`)],
    // Without the load balancer's own name: the bucket's stack may be made before this one.
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
  }));
  // Elastic Load Balancing tries to write as soon as it is told to. The policy alone: the bucket's construct holds more.
  const policy = bucket.policy?.node.defaultChild;
  if (CfnResource.isCfnResource(policy)) loadBalancer.node.addDependency(policy);
}
