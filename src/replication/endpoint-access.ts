import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

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
    new ManagedPolicy(this, 'Policy', { roles: [role], statements: logins.flatMap(reading) });
    this.roleArn = role.roleArn;
  }
}

/** All of it in the role: a grant in the key's own policy would have the stack of a side refer to this one, which refers to it. */
function reading(login: ISecret): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      // Six characters that Secrets Manager chooses end the ARN of a secret that was imported by its name.
      resources: [login.secretFullArn ?? `${login.secretArn}-??????`],
    }),
    ...(login.encryptionKey ? [new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:DescribeKey'],
      resources: [login.encryptionKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(login).region}.amazonaws.com` } },
    })] : []),
  ];
}
