import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EndpointAccess } from './endpoint-access';
import type { ReplicationEndpointOptions } from './endpoint-options';
import { readingEndpoint, writingEndpoint, type EndpointServer, type ReplicationEndpoint } from './endpoints';
import { ServerAuthorities } from './server-authorities';
import { readableLogin, type MigrationDatabaseConfig } from '../database';

/** What an endpoint's identifier ends with: at most 11 characters. */
const SUFFIXES = { load: 'source', toTarget: 'source-cdc', target: 'target', toSource: 'target-cdc', source: 'source-in' } as const;

export interface EndpointSetProps {
  readonly identifier: string;
  readonly source: { readonly database: MigrationDatabaseConfig; readonly options: ReplicationEndpointOptions };
  readonly target: { readonly database: MigrationDatabaseConfig; readonly options: ReplicationEndpointOptions };
  readonly encryptionKey: IKey;
}

/** The ARNs of the endpoints, before they are there. */
export function endpointIdentifiers(identifier: string): Record<keyof typeof SUFFIXES, string> {
  const of = (suffix: string) => `${identifier}-${suffix}`;
  return {
    load: of(SUFFIXES.load),
    toTarget: of(SUFFIXES.toTarget),
    target: of(SUFFIXES.target),
    toSource: of(SUFFIXES.toSource),
    source: of(SUFFIXES.source),
  };
}

/**
 * The endpoints of the three tasks.
 *
 * A slot is a property of an endpoint, and the load makes its own: so what is read from a slot of ours has an endpoint to itself.
 */
export class EndpointSet extends Construct {
  /** The source, read by the load. */
  public readonly load: ReplicationEndpoint;
  /** The source, read from a slot that is said at run time. */
  public readonly toTarget: ReplicationEndpoint;
  /** The target, read from a slot that is said at run time. */
  public readonly toSource: ReplicationEndpoint;
  /** The target, written to. */
  public readonly target: ReplicationEndpoint;
  /** The source, written to. */
  public readonly source: ReplicationEndpoint;

  constructor(scope: Construct, id: string, { identifier, source, target, encryptionKey }: EndpointSetProps) {
    super(scope, id);
    const logins = {
      source: readableLogin(this, 'SourceLogin', source.database.migrationSecret),
      target: readableLogin(this, 'TargetLogin', target.database.migrationSecret),
    };
    const access = new EndpointAccess(this, 'Access', Object.values(logins));
    const authorities = new ServerAuthorities(this, 'Authorities');
    const server = (side: 'source' | 'target', { database, options }: EndpointSetProps['source']): EndpointServer => ({
      side,
      database,
      login: logins[side],
      accessRoleArn: access.roleArn,
      certificateArn: authorities.certificateFor(`${side}Endpoint`, side === 'source' ? 'Source' : 'Target', database, options.certificateAuthority),
      options,
      encryptionKey,
      // Host and port come into the secret by its attachment to the database.
      after: [access, database.migrationSecret],
    });
    const [fromSource, fromTarget] = [server('source', source), server('target', target)];
    const identifiers = endpointIdentifiers(identifier);
    this.load = readingEndpoint(this, 'Load', identifiers.load, fromSource);
    this.toTarget = readingEndpoint(this, 'ToTarget', identifiers.toTarget, fromSource);
    this.toSource = readingEndpoint(this, 'ToSource', identifiers.toSource, fromTarget);
    this.target = writingEndpoint(this, 'Target', identifiers.target, fromTarget);
    this.source = writingEndpoint(this, 'Source', identifiers.source, fromSource);
  }

  public get all(): ReplicationEndpoint[] {
    return [this.load, this.toTarget, this.toSource, this.target, this.source];
  }
}
