import type { Duration } from 'aws-cdk-lib';
import { ManagedPolicy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable } from 'constructs';
import { acknowledge } from './acknowledge';
import { CustomResourceFunction, SERVICE_TIMEOUT, type CustomResourceFunctionProps } from './custom-resource-function';
import type { HandlerRoleProps } from './handler-role';
import { namesNoResource } from './unnamed-rights';

export interface CustomResourceHandlerProps extends CustomResourceFunctionProps {
  /** What is done for this kind of resource. */
  readonly statements: PolicyStatement[];
  /** Which wildcards these statements need, as cdk-nag prints them, and why. For those that name no resource there is one reason for all kinds. */
  readonly wildcards: HandlerRoleProps['wildcards'];
}

/**
 * What answers for one kind of custom resource: the function of all, with a policy for this kind.
 *
 * The resources depend on it, so the policy goes after the last of them: the function may still do then what their deletion takes.
 */
export class CustomResourceHandler extends Construct {
  public readonly serviceToken: string;
  /** How long CloudFormation waits for an answer. */
  public readonly serviceTimeout: Duration = SERVICE_TIMEOUT;
  /** Who the function is to what it calls. */
  public readonly roleArn: string;

  private readonly policy?: ManagedPolicy;

  constructor(scope: Construct, id: string, { statements, wildcards, ...props }: CustomResourceHandlerProps) {
    super(scope, id);
    const shared = CustomResourceFunction.of(this, props);
    this.serviceToken = shared.functionArn;
    this.roleArn = shared.role.roleArn;
    shared.describe(statements.filter(namesNoResource));
    if (statements.length > 0) {
      const policy = new ManagedPolicy(this, 'Policy', { roles: [shared.role], statements: statements.filter((statement) => !namesNoResource(statement)) });
      for (const { resource, reason } of wildcards.filter((wildcard) => wildcard.resource !== '*')) {
        acknowledge(policy, [`AwsSolutions-IAM5[Resource::${resource}]`], reason);
      }
      this.policy = policy;
    }
    Dependable.implement(this, { dependencyRoots: [shared, ...(this.policy ? [this.policy] : [])] });
  }

  /** Lets the function do more, for one more resource of the kind. */
  public allow(statement: PolicyStatement): void {
    if (!this.policy) throw new Error(`${this.node.path} was made without a statement, and has no policy`);
    this.policy.addStatements(statement);
  }
}
