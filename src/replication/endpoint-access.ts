import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { loginStatements } from '../database';

/**
 * The role that DMS reads the logins with.
 *
 * Who takes it on is the service of the Region by its own name: the service's general name is refused when an endpoint is made.
 * https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export class EndpointAccess extends Construct {
  public readonly roleArn: string;

  constructor(scope: Construct, id: string, logins: ISecret[]) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const role = new Role(this, 'Role', {
      description: 'DMS reads the logins of both databases with it, and nothing else',
      assumedBy: new ServicePrincipal(`dms.${region}.amazonaws.com`, { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
    });
    new ManagedPolicy(this, 'Policy', { roles: [role], statements: logins.flatMap((login) => loginStatements(login, ['kms:Decrypt', 'kms:DescribeKey'])) });
    this.roleArn = role.roleArn;
  }
}
