import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnEndpoint } from 'aws-cdk-lib/aws-dms';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IDependable } from 'constructs';
import { SCHEMA } from './contract';
import { LogicalDecodingPlugin, type ReplicationEndpointOptions } from './endpoint-options';
import { nameInStack } from './identifiers';
import type { MigrationDatabaseConfig } from '../database';

/** One of the two databases, as all endpoints of it see it. */
export interface EndpointServer {
  /** 'source' or 'target': which side of the migration it is, whichever way changes flow. */
  readonly side: 'source' | 'target';
  readonly database: MigrationDatabaseConfig;
  readonly login: ISecret;
  readonly accessRoleArn: string;
  readonly certificateArn?: string;
  readonly options: ReplicationEndpointOptions;
  readonly encryptionKey: IKey;
  /** What has to be there before DMS reads the login. */
  readonly after: IDependable[];
}

/** One way into a database. */
export interface ReplicationEndpoint {
  readonly resource: CfnEndpoint;
  /** Known before the endpoint is there. */
  readonly arn: string;
  /** What a person calls it. */
  readonly name: string;
}

/** Reads a database: its rows, and its changes from a slot. */
export function readingEndpoint(scope: Construct, id: string, identifier: string, server: EndpointServer): ReplicationEndpoint {
  const { options } = server;
  return endpoint(scope, id, identifier, 'source', server, {
    pluginName: options.decodingPlugin ?? LogicalDecodingPlugin.TEST_DECODING,
    // It would need a table and a trigger for events; the schema stands still during a migration.
    captureDdls: false,
    failTasksOnLobTruncation: true,
    heartbeatEnable: true,
    heartbeatFrequency: options.heartbeatInterval?.toMinutes() ?? 1,
    heartbeatSchema: options.heartbeatSchema ?? SCHEMA,
  });
}

/** Writes to a database. */
export function writingEndpoint(scope: Construct, id: string, identifier: string, server: EndpointServer): ReplicationEndpoint {
  return endpoint(scope, id, identifier, 'target', server, {
    // Rows come in another order than their foreign keys, and what triggers wrote comes by itself. The gates fire all the same.
    afterConnectScript: "SET session_replication_role='replica'",
  });
}

function endpoint(
  scope: Construct,
  id: string,
  identifier: string,
  endpointType: 'source' | 'target',
  { side, database, login, accessRoleArn, certificateArn, options, encryptionKey, after }: EndpointServer,
  settings: CfnEndpoint.PostgreSqlSettingsProperty,
): ReplicationEndpoint {
  const attributes = Object.entries(options.extraConnectionAttributes ?? {}).map(([name, value]) => `${name}=${value}`);
  const resource = new CfnEndpoint(scope, id, {
    resourceIdentifier: identifier,
    endpointIdentifier: nameInStack(identifier),
    endpointType,
    engineName: database.cluster ? 'aurora-postgresql' : 'postgres',
    databaseName: database.databaseName,
    sslMode: certificateArn === undefined ? 'require' : 'verify-full',
    certificateArn,
    kmsKeyId: encryptionKey.keyArn,
    extraConnectionAttributes: attributes.length > 0 ? attributes.join(';') : undefined,
    postgreSqlSettings: {
      secretsManagerSecretId: login.secretArn,
      secretsManagerAccessRoleArn: accessRoleArn,
      // Booleans become text otherwise, unless both endpoints of a task say so.
      mapBooleanAsBoolean: true,
      executeTimeout: options.executeTimeout?.toSeconds() ?? 300,
      ...settings,
    },
  });
  resource.node.addDependency(...after);
  return { resource, arn: dmsArn(scope, 'endpoint', identifier), name: `the database of the ${side}, to ${endpointType === 'source' ? 'read from' : 'write to'}` };
}

/** The ARN of something of DMS's whose resource identifier is given. https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Introduction.AWS.ARN.html */
export function dmsArn(scope: Construct, resource: 'endpoint' | 'rep' | 'task' | 'replication-config', identifier: string): string {
  return Stack.of(scope).formatArn({ service: 'dms', resource, resourceName: identifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
