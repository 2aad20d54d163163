import { Stack, Token } from 'aws-cdk-lib';
import { CfnDBInstance, DatabaseInstanceReadReplica, type IDatabaseCluster, type IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { invalidInput } from '../core';

const READABLE_SECRET = 'a secret of your own with username, password, host and port: DMS cannot read one that RDS manages';

/**
 * RDS manages the secrets whose names begin with 'rds!', and hands them out as an attribute of the database.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export function checkSecretReadableByDms(prop: string, secret: ISecret): void {
  const arn = JSON.stringify(Stack.of(secret).resolve(secret.secretArn));
  if (arn.includes(':secret:rds!') || arn.includes('MasterUserSecret')) throw invalidInput(prop, 'a secret that RDS manages', READABLE_SECRET);
  const name = secret.secretName;
  if (!Token.isUnresolved(name) && name.startsWith('rds!')) throw invalidInput(prop, name, READABLE_SECRET);
}

/** Neither a proxy nor a reader streams changes, and only a writer takes them. */
export function checkWriterHost(prop: string, host: string): void {
  if (Token.isUnresolved(host)) return;
  if (/\.proxy-[a-z0-9]+\..*\.rds\.amazonaws\.com/.test(host)) throw invalidInput(prop, `${host}, an RDS Proxy`, 'the database itself: a proxy carries no replication');
  if (/\.cluster-ro-[a-z0-9]+\..*\.rds\.amazonaws\.com/.test(host)) throw invalidInput(prop, `${host}, a reader endpoint`, 'the cluster endpoint, which is the writer');
}

export function checkNotReplica(prop: string, instance: IDatabaseInstance): void {
  const resource = instance.node.defaultChild;
  const source = CfnDBInstance.isCfnDBInstance(resource) ? resource.sourceDbInstanceIdentifier ?? resource.sourceDbClusterIdentifier : undefined;
  if (instance instanceof DatabaseInstanceReadReplica || source !== undefined) {
    throw invalidInput(prop, `${instance.node.path}, a read replica`, 'the instance that it replicates: DMS reads changes from, and a cutover needs, a writer');
  }
}

export function checkPostgres(prop: string, database: IDatabaseCluster | IDatabaseInstance): void {
  const { engine } = database;
  if (engine?.engineFamily === undefined && engine?.engineType === undefined) return;
  if (!/postgres/i.test(`${engine.engineFamily} ${engine.engineType}`)) {
    throw invalidInput(prop, `${database.node.path} with the engine ${engine.engineType}`, 'a PostgreSQL database');
  }
}
