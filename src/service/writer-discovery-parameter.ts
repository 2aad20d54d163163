import { Stack } from 'aws-cdk-lib';
import { StringParameter, type IStringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { WriterDiscoveryConfig } from './discovery-binding';
import { checkPattern } from '../core';

/** Properties of `WriterDiscoveryParameter`. */
export interface WriterDiscoveryParameterProps {
  /** How the database that accepts writes is found. */
  readonly discovery: WriterDiscoveryConfig;

  /** The parameter's name, such as '/migration/suffix/database/writer-discovery'. */
  readonly parameterName: string;
}

/**
 * What a service of the migration is told by its environment, for services elsewhere: JSON in Parameter Store.
 *
 * `hosts` is a list of `host` and `port`; `environment` what the variables of a service are; `secretArn` names the secret with the login, and
 * `secretEnvironment` which variable each of its fields becomes. Nothing in it is secret.
 */
export class WriterDiscoveryParameter extends Construct {
  /** The parameter. */
  public readonly parameter: IStringParameter;

  constructor(scope: Construct, id: string, props: WriterDiscoveryParameterProps) {
    super(scope, id);
    const { discovery, parameterName } = props;
    checkPattern('parameterName', parameterName, /^(\/[A-Za-z0-9_.-]+)+$/, 'a path such as \'/migration/suffix/database/writer-discovery\'');
    const { environment, secretEnvironment, applicationSecret, sides } = discovery;
    this.parameter = new StringParameter(this, 'Resource', {
      parameterName,
      description: 'How services find the database that accepts writes',
      stringValue: Stack.of(this).toJsonString({
        version: 1,
        hosts: Object.values(sides).map(({ database: { endpoint } }) => ({ host: endpoint.hostname, port: endpoint.port })),
        environment,
        secretArn: applicationSecret.secretArn,
        secretEnvironment,
      }),
    });
  }
}
