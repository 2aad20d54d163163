import { Effect, ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { handlerRole, type HandlerRole } from '../core';
import { loginStatements } from '../database';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const INTERFACE_ACTIONS = [
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
].map((action) => `ec2:${action}`);

export interface FunctionRoleProps {
  readonly logGroups: ILogGroup[];
  readonly logins: ISecret[];
  /** What the functions' environments are encrypted with. */
  readonly encryptionKey: IKey;
}

/** The role of functions in a VPC that read logins, and nothing else. */
export function functionRole(scope: Construct, { logGroups, logins, encryptionKey }: FunctionRoleProps): HandlerRole {
  const made = handlerRole(scope, {
    logGroups,
    statements: [
      new PolicyStatement({ actions: INTERFACE_ACTIONS, resources: ['*'] }),
      new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
      ...logins.flatMap((login) => loginStatements(login)),
    ],
    wildcards: [{
      resource: '*',
      reason: 'Lambda makes network interfaces that have no name before, which is denied to the functions\' own code; X-Ray takes traces without naming a resource',
    }],
  });
  encryptionKey.grantDecrypt(made.policy);
  return made;
}

/**
 * Lambda needs its rights on network interfaces in the functions' role; their own code does not.
 *
 * A policy of its own: it names the functions, and they wait for the other one.
 */
export function denyInterfaces(scope: Construct, id: string, role: Role, functions: IFunction[]): void {
  new ManagedPolicy(scope, id, {
    roles: [role],
    statements: [new PolicyStatement({
      effect: Effect.DENY,
      actions: INTERFACE_ACTIONS,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functions.map(({ functionArn }) => functionArn) } },
    })],
  });
}
