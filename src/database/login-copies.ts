import { Annotations, ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import { Secret, type CfnSecret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { knownToDiffer } from '../core';

/** Of `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>`; no name has a colon. */
const NAME_PART = 6;

/**
 * A login's secret as something in the scope's Region reads it: isolated subnets reach Secrets Manager of their own Region only.
 *
 * Of a secret that the app makes in another Region, Secrets Manager keeps a copy here, host and port included. Its stack deploys before
 * this one and so cannot name a key of this one's: the copy is encrypted with AWS's own key for Secrets Manager.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
export function readableLogin(scope: Construct, id: string, secret: ISecret): ISecret {
  const here = Stack.of(scope).region;
  const { region } = secret.env;
  const made = secretItself(secret);
  if (!knownToDiffer(region, here)) return made ?? secret;
  if (!made) {
    Annotations.of(scope).addWarningV2(
      'cdk-payment-migration:database.secret-in-another-region',
      `${secret.node.path} is in ${region}, and what reads it in ${here}: replicate the secret to ${here} and pass the copy, or give the subnets a way out`,
    );
    return secret;
  }
  const resource = made.node.defaultChild as CfnSecret;
  if (!copiesOf(resource).includes(here)) made.addReplicaRegion(here);
  // A copy's ARN differs in the Region alone. The L2's own would have to be known before anything is deployed.
  return Secret.fromSecretCompleteArn(scope, id, Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: Fn.select(NAME_PART, Fn.split(':', resource.ref)),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  }));
}

/** The attachment that writes host and port into a secret waits for the database; who needs the secret's name only need not. */
function secretItself(secret: ISecret): Secret | undefined {
  return [secret, secret.node.scope].find((candidate) => candidate instanceof Secret);
}

/** The Regions that copies of a secret are kept in already. */
function copiesOf(secret: CfnSecret): string[] {
  const copies = (Stack.of(secret).resolve(secret.replicaRegions) ?? []) as { readonly region: string }[];
  return copies.map(({ region }) => region);
}
