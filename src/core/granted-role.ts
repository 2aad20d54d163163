import { ManagedPolicy, Role, type AddToPrincipalPolicyResult, type PolicyStatement, type RoleProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';

const ECR_TOKEN = 'ecr:GetAuthorizationToken';

/** A role whose grants go into one managed policy of its own, rather than into one that is hidden in the role. */
export class GrantedRole extends Role {
  private ownPolicy?: ManagedPolicy;

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id, props);
  }

  public addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    // A policy without a statement cannot be deployed, so it is made with the first. Below the role: who waits for the role waits for it.
    this.ownPolicy ??= new ManagedPolicy(this, 'Policy', { roles: [this] });
    this.ownPolicy.addStatements(statement);
    if (statement.actions.length === 1 && statement.actions[0] === ECR_TOKEN) {
      acknowledge(this.ownPolicy, ['AwsSolutions-IAM5[Resource::*]'], 'ECR gives a token for the registry as a whole, and takes no resource in this action');
    }
    return { statementAdded: true, policyDependable: this.ownPolicy };
  }
}
