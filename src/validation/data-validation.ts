import { Duration, Names } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SecurityGroup, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENVIRONMENT, METRICS, type Side } from './contract';
import type { DataValidationProps } from './data-validation-props';
import { ValidationFunction } from './validation-function';
import type { ValidationOptions } from './validation-options';
import { checkValidationOptions, validationRequests, type ValidationRequests } from './validation-requests';
import {
  acknowledgeNoReservation, checkPattern, checkRange, encryptionKey, invalidInput, keepFailedEvents, Protection, vpcFunctionRole,
} from '../core';
import { loginStatements, openWayToAws, openWayToDatabase, readableLogin } from '../database';

/**
 * The function that says whether both databases hold the same, value by value, while payments go on.
 *
 * A validation is many calls: one that plans, some for each part of each table, and one that puts together what they have said. Neither
 * keys nor values are logged.
 */
export class DataValidation extends Construct implements IConnectable {
  /** Takes requests with the actions `plan`, `compare`, `recheck`, `invariants` and `summarise`. */
  public readonly validationFunction: IFunction;
  /** Where the function may connect to. */
  public readonly connections: Connections;

  private readonly serviceName: string;
  private readonly options: ValidationOptions;

  constructor(scope: Construct, id: string, props: DataValidationProps) {
    super(scope, id);
    checkValidationOptions(props);
    this.options = props;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    checkPattern('serviceName', this.serviceName, /^[!-~]{1,64}$/, '1 to 64 characters without spaces');
    const timeout = props.timeout ?? Duration.minutes(15);
    // A function's time-out is a number in the template, so a token cannot say it.
    if (timeout.isUnresolved()) throw invalidInput('timeout', 'a token', 'a literal Duration');
    checkRange('timeout', timeout.toSeconds({ integral: false }), 120, 900, 'seconds');
    checkRange('memorySize', props.memorySize, 128, 10_240, 'MiB');
    const home = props.network ?? props.target.network;
    if (!home) throw invalidInput('network', undefined, 'a network of the target, or another one that reaches both databases');

    const protection = props.protection ?? Protection.production();
    const key = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Validation of ${this.node.path}`, protection);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: home.vpc,
      description: 'The function of the validation, which reaches both databases and AWS; nobody reaches it',
      allowAllOutbound: false,
    });
    this.connections = securityGroup.connections;
    const visitor = { securityGroup, home, name: 'the function of the validation', room: 'validation' };
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
    const access = vpcFunctionRole(this, {
      logGroup,
      encryptionKey: key,
      statements: Object.values(logins).flatMap((login) => loginStatements(login)),
    });
    const handler = new ValidationFunction(this, 'ValidationFunction', {
      description: 'Says whether both databases hold the same',
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
      'It reads beside the payments, and a call that is throttled is made again; a reservation would take capacity from the payments in the same account');
    access.denyInterfaces(handler);
    this.validationFunction = handler;
  }

  /** Lets someone call the function, which reads both databases. */
  public grantInvoke(grantee: IGrantable): Grant {
    return this.validationFunction.grantInvoke(grantee);
  }

  /** How many rows of the source were compared. */
  public metricRowsCompared(options?: MetricOptions): Metric {
    return this.metric(METRICS.rowsCompared, { statistic: 'Sum', ...options });
  }

  /** How many rows were not the same at a moment: most of them, under load, because they were on their way. */
  public metricSuspects(options?: MetricOptions): Metric {
    return this.metric(METRICS.suspects, { statistic: 'Sum', ...options });
  }

  /** How many rows of a validation are not the same. */
  public metricDifferences(options?: MetricOptions): Metric {
    return this.metric(METRICS.differences, { statistic: 'Maximum', ...options });
  }

  /** How many rows of a validation were written each time that they were looked at. */
  public metricUnresolved(options?: MetricOptions): Metric {
    return this.metric(METRICS.unresolved, { statistic: 'Maximum', ...options });
  }

  /** How many columns of a validation were not compared, since nothing could say that they are the same. */
  public metricRefusedColumns(options?: MetricOptions): Metric {
    return this.metric(METRICS.refusedColumns, { statistic: 'Maximum', ...options });
  }

  /** How many columns of a validation were compared by their values' own hash. */
  public metricColumnsByValue(options?: MetricOptions): Metric {
    return this.metric(METRICS.columnsByValue, { statistic: 'Maximum', ...options });
  }

  /** How many columns of a validation were compared by their text. */
  public metricColumnsByText(options?: MetricOptions): Metric {
    return this.metric(METRICS.columnsByText, { statistic: 'Maximum', ...options });
  }

  /** How many invariants of a validation do not hold, or are not known to. */
  public metricViolatedInvariants(options?: MetricOptions): Metric {
    return this.metric(METRICS.violatedInvariants, { statistic: 'Maximum', ...options });
  }

  /** 1 for a validation that found both sides equal, 0 for any other. */
  public metricEqual(options?: MetricOptions): Metric {
    return this.metric(METRICS.equal, { statistic: 'Minimum', ...options });
  }

  /** What a workflow asks the function, while one side may write. @internal */
  public _requests(writer: Side): ValidationRequests {
    return validationRequests(this.options, writer);
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = { service: this.serviceName };
    return new Metric({ namespace: METRICS.namespace, metricName, dimensionsMap, ...options }).attachTo(this);
  }
}
