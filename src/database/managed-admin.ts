import { SecretValue } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Credentials, type CfnDBCluster, type CfnDBInstance, type DatabaseCluster, type DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ADMIN_USERNAME } from './contract';

/**
 * The admin's name, with a placeholder that keeps the L2s from making a secret of their own, since they know nothing of managed passwords.
 * `manageAdmin` takes it out again.
 */
export const MANAGED_ADMIN = Credentials.fromPassword(ADMIN_USERNAME, SecretValue.unsafePlainText('made by RDS'));

/**
 * Has RDS keep the admin's password: it makes the secret, changes the password every seven days, and removes it with the database.
 *
 * Replication has a login of its own, so this one may change at any time.
 *
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 *
 * @returns the secret, with `username` and `password` alone
 */
export function manageAdmin(server: DatabaseCluster | DatabaseInstance, encryptionKey: IKey): ISecret {
  const resource = server.node.defaultChild as CfnDBCluster | CfnDBInstance;
  resource.masterUserPassword = undefined;
  resource.manageMasterUserPassword = true;
  resource.masterUserSecret = { kmsKeyId: encryptionKey.keyArn };
  return Secret.fromSecretAttributes(server, 'ManagedAdmin', { secretCompleteArn: resource.attrMasterUserSecretSecretArn, encryptionKey });
}
