import { CfnFlowLog, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Protection } from '../core';

export interface FlowLogsProps {
  readonly vpc: IVpc;
  readonly encryptionKey: IKey;
  readonly retention: RetentionDays;
  readonly protection: Protection;
}

/** All traffic of a VPC, accepted and refused, in an encrypted log group. */
export class FlowLogs extends Construct {
  public readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'LogGroup', {
      encryptionKey: props.encryptionKey,
      retention: props.retention,
      removalPolicy: props.protection.removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com') });
    const policy = new ManagedPolicy(this, 'Policy', {
      roles: [role],
      // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, less what makes and finds log groups
      statements: [new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      })],
    });
    const flowLog = new CfnFlowLog(this, 'Resource', {
      resourceType: 'VPC',
      resourceId: props.vpc.vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: this.logGroup.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
    });
    flowLog.node.addDependency(policy);
  }
}
