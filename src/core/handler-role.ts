import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import { acknowledge } from './acknowledge';
import { failedEvents } from './failed-events';
import { namesNoResource, unnamedRights } from './unnamed-rights';

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

/**
 * The role of a function, with one policy of its own: neither a policy of AWS's nor one that is hidden in the role. What names no resource is
 * in a policy that it shares with whoever needs just that.
 */
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
      ...statements.filter((statement) => !namesNoResource(statement)),
    ],
  });
  const unnamed = statements.filter(namesNoResource);
  for (const { resource, reason } of wildcards) {
    if (resource !== '*') {
      acknowledge(policy, [`AwsSolutions-IAM5[Resource::${resource}]`], reason);
    } else if (unnamed.length > 0) {
      const rights = unnamedRights(scope, unnamed, reason);
      rights.attachToRole(role);
      // Who waits for the one policy waits for both.
      policy.node.addDependency(rights);
    }
  }
  return { role, policy };
}

const PACKS_ABOUT_ASYNC = ['HIPAA.Security', 'NIST.800.53.R5'];

/** A reservation takes from what the account's other functions share, and small accounts have none to give. */
export function acknowledgeNoReservation(handler: IConstruct, reason: string): void {
  acknowledge(handler, PACKS_ABOUT_ASYNC.map((pack) => `${pack}-LambdaConcurrency`), reason);
}
