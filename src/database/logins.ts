import type { Duration } from 'aws-cdk-lib';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { HostedRotation, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { APPLICATION_USERNAME, EXCLUDED_CHARACTERS } from './contract';
import { acknowledge, Protection } from '../core';
import type { IMigrationNetwork } from '../network';

export interface LoginSecretOptions {
  readonly username: string;
  readonly databaseName: string;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  /** Why its password does not change; undefined where it does. */
  readonly unrotatedReason?: string;
}

/** A login with a generated password that DMS, RDS and URLs can carry. */
export function loginSecret(scope: Construct, id: string, options: LoginSecretOptions): DatabaseSecret {
  const secret = new DatabaseSecret(scope, id, {
    username: options.username,
    dbname: options.databaseName,
    encryptionKey: options.encryptionKey,
    excludeCharacters: EXCLUDED_CHARACTERS,
  });
  secret.applyRemovalPolicy(options.protection.removalPolicy);
  if (options.unrotatedReason) {
    acknowledge(secret, ['AwsSolutions-SMG4', 'HIPAA.Security-SecretsManagerRotationEnabled', 'NIST.800.53.R5-SecretsManagerRotationEnabled'],
      options.unrotatedReason);
  }
  return secret;
}

export interface RotationOptions {
  readonly secrets: Record<string, ISecret>;
  readonly interval: Duration;
  readonly network: IMigrationNetwork;
  readonly connections: Connections;
}

/** Changes the passwords at an interval, never at once when the template changes. */
export function rotate({ secrets, interval, network, connections }: RotationOptions): void {
  for (const [name, secret] of Object.entries(secrets)) {
    const hostedRotation = HostedRotation.postgreSqlSingleUser({
      vpc: network.vpc,
      vpcSubnets: network.replicationSubnets,
      excludeCharacters: EXCLUDED_CHARACTERS,
    });
    secret.addRotationSchedule(`${name}Rotation`, { hostedRotation, automaticallyAfter: interval, rotateImmediatelyOnUpdate: false });
    connections.allowDefaultPortFrom(hostedRotation, `Rotation of ${name}`);
  }
}

/** Properties of `ApplicationLogin`. */
export interface ApplicationLoginProps {
  /**
   * The login's name.
   *
   * @default 'payments_app'
   */
  readonly username?: string;

  /** The database that services connect to. */
  readonly databaseName: string;

  /** Encrypts the secret. */
  readonly encryptionKey: IKey;

  /**
   * What happens to the secret on deletion.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

/**
 * The login that services use: one secret that is valid on both sides, so that clients find the writer by trying both hosts.
 */
export class ApplicationLogin extends Construct {
  /** JSON with `username`, `password` and `dbname`; no host, since there are two. */
  public readonly secret: ISecret;

  private readonly replicated: DatabaseSecret;

  constructor(scope: Construct, id: string, props: ApplicationLoginProps) {
    super(scope, id);
    this.replicated = loginSecret(this, 'Secret', {
      username: props.username ?? APPLICATION_USERNAME,
      databaseName: props.databaseName,
      encryptionKey: props.encryptionKey,
      protection: props.protection ?? Protection.production(),
      unrotatedReason: 'One password is valid on two databases until the migration is over, and a rotation would change it on one',
    });
    this.secret = this.replicated;
  }

  /**
   * Keeps a copy in another Region, so that a side there does not depend on this one.
   *
   * @param region the other Region
   * @param encryptionKey a key of that Region; by default AWS's own for Secrets Manager
   */
  public replicateTo(region: string, encryptionKey?: IKey): void {
    this.replicated.addReplicaRegion(region, encryptionKey);
  }
}
