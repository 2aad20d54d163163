import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { handlerRole, type HandlerRole } from './handler-role';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const INTERFACE_ACTIONS = [
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
].map((action) => `ec2:${action}`);

export interface VpcFunctionRoleProps {
  readonly logGroup: ILogGroup;
  /** What the function's environment is encrypted with. */
  readonly encryptionKey: IKey;
  /** What is allowed beyond logs, traces and network interfaces: each names what it is about. */
  readonly statements: PolicyStatement[];
}

export interface VpcFunctionRole extends HandlerRole {
  /** Lambda needs rights on network interfaces in the function's role; the function's own code does not. */
  readonly denyInterfaces: (handler: IFunction) => void;
}

/** The role of a function that stands in a VPC. */
export function vpcFunctionRole(scope: Construct, { logGroup, encryptionKey, statements }: VpcFunctionRoleProps): VpcFunctionRole {
  const made = handlerRole(scope, {
    logGroups: [logGroup],
    statements: [
      new PolicyStatement({ actions: INTERFACE_ACTIONS, resources: ['*'] }),
      new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
      ...statements,
    ],
    wildcards: [{
      resource: '*',
      reason: 'Lambda makes network interfaces that have no name before, which is denied to the functions\' own code; X-Ray takes traces, and DMS describes assessments, without naming a resource',
    }],
  });
  encryptionKey.grantDecrypt(made.policy);
  return {
    ...made,
    denyInterfaces: (handler) => {
      new ManagedPolicy(scope, 'NoInterfacesPolicy', {
        roles: [made.role],
        statements: [new PolicyStatement({
          effect: Effect.DENY,
          actions: INTERFACE_ACTIONS,
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': handler.functionArn } },
        })],
      });
    },
  };
}
