import { ArnFormat, Aws, Fn, Stack } from 'aws-cdk-lib';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { FirewallOptions } from './service-options';
import type { Protection } from '../core';

export interface WebAclProps extends FirewallOptions {
  readonly loadBalancer: IApplicationLoadBalancer;
  /** Names the side. */
  readonly identifier: string;
  readonly encryptionKey: IKey;
  readonly logRetention: RetentionDays;
  readonly protection: Protection;
}

const RULE_GROUPS = ['AWSManagedRulesCommonRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet'];
const REQUESTS_PER_ADDRESS = 2000;
const WINDOW_SECONDS = 300;

/** A web application firewall in front of a load balancer, with a log that holds no credentials. */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    const { identifier } = props;
    const acl = new CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(identifier),
      rules: [
        {
          name: 'RequestsPerAddress',
          priority: 0,
          action: { block: {} },
          statement: {
            rateBasedStatement: {
              limit: props.requestsPerAddress ?? REQUESTS_PER_ADDRESS,
              aggregateKeyType: 'IP',
              evaluationWindowSec: WINDOW_SECONDS,
            },
          },
          visibilityConfig: visible(`${identifier}-RequestsPerAddress`),
        },
        ...(props.managedRuleGroups ?? RULE_GROUPS).map((name, index) => ({
          name,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
          visibilityConfig: visible(`${identifier}-${name}`),
        })),
      ],
    });
    const association = new CfnWebACLAssociation(this, 'Association', { resourceArn: props.loadBalancer.loadBalancerArn, webAclArn: acl.attrArn });
    const logging = this.log(acl, props);
    // What is let through is in the log from the first request on.
    association.node.addDependency(logging);
  }

  private log(acl: CfnWebACL, { identifier, encryptionKey, logRetention, protection }: WebAclProps): CfnLoggingConfiguration {
    const stackId = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    const logGroup = new LogGroup(this, 'LogGroup', {
      // AWS WAF takes no other beginning. The part of the stack's id lets a migration be made again where the log of the one before is kept.
      // https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
      logGroupName: Fn.join('-', ['aws-waf-logs', identifier, stackId]),
      encryptionKey,
      retention: logRetention,
      removalPolicy: protection.removalPolicy,
    });
    return new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // Not the group's own ARN: that ends with a star, which AWS WAF does not take.
      logDestinationConfigs: [Stack.of(this).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: logGroup.logGroupName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })],
      redactedFields: ['authorization', 'cookie'].map((Name) => ({ singleHeader: { Name } })),
    });
  }
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  // Samples are kept by AWS WAF itself, with every header.
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
