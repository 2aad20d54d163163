import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { shared } from './shared';

/** Whether a statement is about everything: many actions of AWS take no resource. */
export function namesNoResource({ resources }: PolicyStatement): boolean {
  return resources.length === 1 && resources[0] === '*';
}

/**
 * The policy for statements that name no resource. Roles that need exactly the same share it, so that nobody is allowed more than it needs,
 * and such rights stand in one place.
 */
export function unnamedRights(scope: Construct, statements: PolicyStatement[], reason: string): ManagedPolicy {
  const text = JSON.stringify(Stack.of(scope).resolve(statements.map((statement) => statement.toStatementJson() as unknown)));
  const id = `UnnamedRights${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
  return shared(scope, id, (home) => {
    const policy = new ManagedPolicy(home, id, { statements });
    acknowledge(policy, ['AwsSolutions-IAM5[Resource::*]'], reason);
    return policy;
  });
}
