import { Stack } from 'aws-cdk-lib';
import { Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { SchemaCopySide } from './schema-copy-props';
import { invalidInput, knownToDiffer, rdsAuthorities, type GrantedRole } from '../core';
import { readableLogin } from '../database';

export interface CopyLogin {
  /** Read from Secrets Manager when the task starts. */
  readonly secrets: Record<string, ContainerSecret>;
  /** What is no secret, as NAME=value. */
  readonly arguments: string[];
}

const FIELDS = { HOST: 'host', PORT: 'port', USER: 'username', PASSWORD: 'password' };
const PEM = /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/**
 * What the script is told of one side. Neither login nor host stands in the task definition: who describes it sees where they are kept.
 *
 * @param prop the side's property
 */
export function copyLogin(scope: Construct, prop: 'source' | 'target', side: SchemaCopySide, executionRole: GrantedRole): CopyLogin {
  const prefix = prop.toUpperCase();
  const name = `${prefix[0]}${prop.slice(1)}`;
  const here = readableLogin(scope, `${name}Login`, side.login ?? side.database.migrationSecret);
  if (here.encryptionKey) {
    executionRole.addToPrincipalPolicy(new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [here.encryptionKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(scope).region}.amazonaws.com` } },
    }));
  }
  // Without its key: granting the use of that would write the role into the key's policy, and so have the key's stack refer to this one.
  const full = here.secretFullArn;
  const login = Secret.fromSecretAttributes(scope, `${name}Secret`, full === undefined ? { secretPartialArn: here.secretArn } : { secretCompleteArn: full });
  const secret = (field: string) => ContainerSecret.fromSecretsManager(login, field);
  const secrets = Object.fromEntries(Object.entries(FIELDS).map(([variable, field]) => [`${prefix}_${variable}`, secret(field)]));
  const authority = authorityOf(scope, `${prop}.certificateAuthority`, side);
  return {
    secrets: authority === undefined ? { ...secrets, [`${prefix}_CERTIFICATE_AUTHORITY`]: secret('certificateAuthority') } : secrets,
    arguments: [
      `${prefix}_DATABASE=${side.database.databaseName}`,
      ...(authority === undefined ? [] : [`${prefix}_CERTIFICATE_AUTHORITY=${authority}`]),
    ],
  };
}

/** Undefined where the login says it. */
function authorityOf(scope: Construct, prop: string, { database, certificateAuthority }: SchemaCopySide): string | undefined {
  if (certificateAuthority !== undefined) {
    if (!PEM.test(certificateAuthority)) throw invalidInput(prop, certificateAuthority.slice(0, 40), 'certificates as PEM, one after the other');
    return certificateAuthority;
  }
  const server = database.cluster ?? database.instance;
  if (server === undefined) return undefined;
  const here = Stack.of(scope).region;
  return rdsAuthorities(scope, prop, knownToDiffer(server.env.region, here) ? server.env.region : here);
}
