import { ArnFormat, CustomResource, Stack } from 'aws-cdk-lib';
import type { CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CLOSED_DEFAULT_SECURITY_GROUP_TYPE, type ClosedDefaultSecurityGroupProperties } from './contract';
import { CustomResourceHandler, shared, type Protection } from '../core';

/** What cdk-nag looks for beside a VPC before it believes that the default security group is closed. */
const ID = 'RestrictDefaultSecurityGroupCustomResource';
const HANDLER_ID = 'DefaultSecurityGroupHandler';

export interface ClosedDefaultSecurityGroupProps {
  readonly encryptionKey: IKey;
  readonly protection: Protection;
}

/**
 * Takes every rule from a VPC's default security group, which CloudFormation cannot: it lets its members talk to each other and to
 * everywhere, and whatever is created without a group of its own becomes a member.
 */
export function closeDefaultSecurityGroup(scope: Construct, vpc: CfnVPC, props: ClosedDefaultSecurityGroupProps): void {
  const groupId = vpc.attrDefaultSecurityGroup;
  const handler = shared(scope, HANDLER_ID, (home) => createHandler(home, props));
  handler.allow(new PolicyStatement({
    actions: ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
    resources: [Stack.of(scope).formatArn({
      service: 'ec2',
      resource: 'security-group',
      resourceName: groupId,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    })],
  }));
  const properties: ClosedDefaultSecurityGroupProperties = { DefaultSecurityGroupId: groupId };
  const resource = new CustomResource(scope, ID, {
    serviceToken: handler.serviceToken,
    resourceType: CLOSED_DEFAULT_SECURITY_GROUP_TYPE,
    serviceTimeout: handler.serviceTimeout,
    properties: { ...properties },
  });
  resource.node.addDependency(handler);
}

function createHandler(home: Construct, props: ClosedDefaultSecurityGroupProps): CustomResourceHandler {
  return new CustomResourceHandler(home, HANDLER_ID, {
    ...props,
    statements: [new PolicyStatement({ actions: ['ec2:DescribeSecurityGroupRules'], resources: ['*'] })],
    wildcards: [{ resource: '*', reason: 'EC2 describes security group rules without naming a group; what takes rules away names each' }],
  });
}
