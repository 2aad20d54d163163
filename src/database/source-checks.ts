import { Stack, Token } from 'aws-cdk-lib';
import { CfnDBCluster, CfnDBInstance, type IDatabaseCluster, type IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { invalidInput } from '../core';

/**
 * RDS manages the secrets whose names begin with 'rds!', and hands them out as an attribute of the database.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export function checkSecretReadableByDms(prop: string, secret: ISecret): void {
  const arn = JSON.stringify(Stack.of(secret).resolve(secret.secretArn));
  if (arn.includes(':secret:rds!') || arn.includes('"MasterUserSecret.SecretArn"')) {
    throw invalidInput(prop, 'a secret that RDS manages', 'a secret of your own, since DMS cannot read one that RDS manages');
  }
}

/** Neither a proxy nor a reader streams changes, and only a writer takes them. */
export function checkWriterHost(prop: string, host: string): void {
  if (Token.isUnresolved(host)) return;
  const [, kind] = /\.(proxy|cluster-ro)-[a-z0-9]+\..*\.?rds\..*amazonaws\.com/i.exec(host) ?? [];
  if (kind?.toLowerCase() === 'proxy') throw invalidInput(prop, `${host}, an RDS Proxy`, 'the database itself: a proxy carries no replication');
  if (kind) throw invalidInput(prop, `${host}, a reader endpoint`, 'the cluster endpoint, which is the writer');
}

/** Of a database that the app itself makes; of an imported one it cannot be seen. */
export function checkNotReplica(prop: string, database: IDatabaseCluster | IDatabaseInstance): void {
  if (replicated(database.node.defaultChild) !== undefined) {
    throw invalidInput(prop, `${database.node.path}, a read replica`, 'what it replicates: DMS reads changes from, and a cutover needs, a writer');
  }
}

function replicated(resource: IConstruct | undefined): string | undefined {
  if (CfnDBInstance.isCfnDBInstance(resource)) return resource.sourceDbInstanceIdentifier ?? resource.sourceDbClusterIdentifier;
  return CfnDBCluster.isCfnDBCluster(resource) ? resource.replicationSourceIdentifier : undefined;
}

export function checkPostgres(prop: string, database: IDatabaseCluster | IDatabaseInstance): void {
  const { engine } = database;
  if (engine?.engineFamily === undefined && engine?.engineType === undefined) return;
  if (!/postgres/i.test(`${engine.engineFamily} ${engine.engineType}`)) {
    throw invalidInput(prop, `${database.node.path} with the engine ${engine.engineType}`, 'a PostgreSQL database');
  }
}
