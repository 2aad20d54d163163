import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/**
 * What a role needs to read a login, with what it may do with the login's key: `kms:Decrypt` for functions; DMS asks for `kms:DescribeKey` too.
 *
 * It is what `grantRead` says, but all of it in the role: that puts the use of the key into the key's policy, and so would have the stack of
 * a side refer to the stack of the migration, which refers to it.
 */
export function loginStatements(login: ISecret, keyActions: string[] = ['kms:Decrypt']): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      // Six characters that Secrets Manager chooses end the ARN of a secret that was imported by its name.
      resources: [login.secretFullArn ?? `${login.secretArn}-??????`],
    }),
    ...(login.encryptionKey ? [new PolicyStatement({
      actions: keyActions,
      resources: [login.encryptionKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(login).region}.amazonaws.com` } },
    })] : []),
  ];
}
