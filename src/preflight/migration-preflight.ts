import { Duration, Names, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SecurityGroup, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AssessmentAccess } from './assessment-access';
import { ENVIRONMENT, METRICS } from './contract';
import type { MigrationPreflightProps } from './migration-preflight-props';
import { PreflightFunction } from './preflight-function';
import {
  acknowledgeNoReservation, checkPattern, checkRange, encryptionKey, invalidInput, keepFailedEvents, Protection, vpcFunctionRole,
} from '../core';
import { loginStatements, openWayToAws, openWayToDatabase, readableLogin } from '../database';

/**
 * The function that says whether the source may move to the target: it reads both databases, and changes nothing on either.
 *
 * It may be called any number of times, under load. docs/prerequisites.md says what each finding means.
 */
export class MigrationPreflight extends Construct implements IConnectable {
  /** Takes a request with the action `preflight`, and answers with findings. */
  public readonly preflightFunction: IFunction;
  /** Where the function may connect to. */
  public readonly connections: Connections;

  private readonly serviceName: string;

  constructor(scope: Construct, id: string, props: MigrationPreflightProps) {
    super(scope, id);
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    checkPattern('serviceName', this.serviceName, /^[!-~]{1,64}$/, '1 to 64 characters without spaces');
    const timeout = props.timeout ?? Duration.minutes(15);
    // A function's time-out is a number in the template, so a token cannot say it.
    if (timeout.isUnresolved()) throw invalidInput('timeout', 'a token', 'a literal Duration');
    checkRange('timeout', timeout.toSeconds({ integral: false }), 60, 900, 'seconds');
    checkRange('memorySize', props.memorySize, 128, 10_240, 'MiB');
    const home = props.network ?? props.target.network;
    if (!home) throw invalidInput('network', undefined, 'a network of the target, or another one that reaches both databases');

    const protection = props.protection ?? Protection.production();
    const key = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Preflight of ${this.node.path}`, protection);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: home.vpc,
      description: 'The function of the preflight, which reaches both databases and AWS; nobody reaches it',
      allowAllOutbound: false,
    });
    this.connections = securityGroup.connections;
    const visitor = { securityGroup, home, name: 'the function of the preflight', room: 'preflight' };
    openWayToAws(visitor);
    openWayToDatabase(visitor, 'source', props.source.database, props.source.network);
    openWayToDatabase(visitor, 'target', props.target.database, props.target.network);

    const logins = {
      source: readableLogin(this, 'SourceLogin', props.source.database.migrationSecret),
      target: readableLogin(this, 'TargetLogin', props.target.database.migrationSecret),
    };
    const logGroup = new LogGroup(this, 'LogGroup', {
      encryptionKey: key,
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      removalPolicy: protection.removalPolicy,
    });
    const assessment = props.assessment && new AssessmentAccess(this, 'Assessment', props.assessment);
    const access = vpcFunctionRole(this, {
      logGroup,
      encryptionKey: key,
      statements: [...Object.values(logins).flatMap((login) => loginStatements(login)), ...(assessment?.statements() ?? [])],
    });
    const handler = new PreflightFunction(this, 'PreflightFunction', {
      description: 'Says whether the source may move to the target',
      role: access.role,
      vpc: home.vpc,
      vpcSubnets: home.replicationSubnets,
      securityGroups: [securityGroup],
      logGroup,
      timeout,
      memorySize: props.memorySize ?? 512,
      // Who asked decides whether to ask again.
      retryAttempts: 0,
      environmentEncryption: key,
      environment: {
        [ENVIRONMENT.sourceSecretId]: logins.source.secretArn,
        [ENVIRONMENT.sourceDatabase]: props.source.database.databaseName,
        [ENVIRONMENT.targetSecretId]: logins.target.secretArn,
        [ENVIRONMENT.targetDatabase]: props.target.database.databaseName,
        ...(assessment ? { [ENVIRONMENT.assessment]: Stack.of(this).toJsonString(assessment.request) } : {}),
        POWERTOOLS_SERVICE_NAME: this.serviceName,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
    });
    // The L2 would put the right to trace into a second policy, inside the role.
    (handler.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
    handler.node.addDependency(access.policy);
    keepFailedEvents(this, handler);
    acknowledgeNoReservation(handler,
      'It runs before a migration, when no payment waits for its answer; a reservation would take capacity from the payments in the same account');
    access.denyInterfaces(handler);
    this.preflightFunction = handler;
  }

  /** Lets someone call the function, which reads both databases. */
  public grantInvoke(grantee: IGrantable): Grant {
    return this.preflightFunction.grantInvoke(grantee);
  }

  /** How many things stood in the way, for each call. */
  public metricBlockers(options?: MetricOptions): Metric {
    return this.metric(METRICS.blockers, options);
  }

  /** How many things wanted a person's eyes, for each call. */
  public metricWarnings(options?: MetricOptions): Metric {
    return this.metric(METRICS.warnings, options);
  }

  private metric(metricName: string, options?: MetricOptions): Metric {
    const dimensionsMap = { service: this.serviceName };
    return new Metric({ namespace: METRICS.namespace, metricName, dimensionsMap, statistic: 'Maximum', ...options }).attachTo(this);
  }
}
