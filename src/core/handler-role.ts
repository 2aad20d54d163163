import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import { acknowledge } from './acknowledge';
import { failedEvents } from './failed-events';

export interface HandlerRoleProps {
  /** The only logs that are written. */
  readonly logGroups: ILogGroup[];
  /** What is allowed beyond that. */
  readonly statements: PolicyStatement[];
  /** Which wildcards these statements need, as cdk-nag prints them, and why. */
  readonly wildcards: { readonly resource: string; readonly reason: string }[];
}

export interface HandlerRole {
  readonly role: Role;
  /** Grants on it become part of the role's one policy. A function should depend on it: without it, it cannot even stand in a VPC. */
  readonly policy: ManagedPolicy;
}

/** The role of a function, with one policy of its own: neither a policy of AWS's nor one that is hidden in the role. */
export function handlerRole(scope: Construct, { logGroups, statements, wildcards }: HandlerRoleProps): HandlerRole {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const policy = new ManagedPolicy(scope, 'Policy', {
    roles: [role],
    statements: [
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: logGroups.map(({ logGroupArn }) => logGroupArn),
      }),
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failedEvents(scope).queueArn] }),
      ...statements,
    ],
  });
  for (const { resource, reason } of wildcards) acknowledge(policy, [`AwsSolutions-IAM5[Resource::${resource}]`], reason);
  return { role, policy };
}

const PACKS_ABOUT_ASYNC = ['HIPAA.Security', 'NIST.800.53.R5'];

/** A reservation takes from what the account's other functions share, and small accounts have none to give. */
export function acknowledgeNoReservation(handler: IConstruct, reason: string): void {
  acknowledge(handler, PACKS_ABOUT_ASYNC.map((pack) => `${pack}-LambdaConcurrency`), reason);
}
