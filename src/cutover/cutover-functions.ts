import { Duration, Names, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SecurityGroup, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction, Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AuthorityFunction } from './authority-function';
import { ENVIRONMENT, METRICS } from './contract';
import type { CutoverSide } from './cutover-side';
import { FenceFunction } from './fence-function';
import { denyInterfaces, functionRole } from './function-role';
import { homeNetwork } from './home-network';
import type { TransferDirection } from './transfer-direction';
import { WriteFence } from './write-fence';
import { acknowledgeNoReservation, checkPattern, checkRange, encryptionKey, invalidInput, keepFailedEvents, Protection } from '../core';
import { openWayToAws, openWayToDatabase, readableLogin } from '../database';

/** Properties of `CutoverFunctions`. */
export interface CutoverFunctionsProps {
  /** What the system moves from. */
  readonly source: CutoverSide;

  /** What the system moves to. */
  readonly target: CutoverSide;

  /**
   * How a database that may not write is kept from writing.
   *
   * @default WriteFence.triggers()
   */
  readonly writeFence?: WriteFence;

  /**
   * How long payments may stand still before write authority goes back to where it was: 5 seconds to 10 minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly transferDeadline?: Duration;

  /**
   * How long the fence function may take, which visits every table: 1 to 15 minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly fenceTimeout?: Duration;

  /**
   * Memory of each function in MiB, 128 to 10240; its share of a processor grows with it.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Keeps this much of the account's concurrency for the authority function, so that nothing else that runs in the account can keep an
   * abort waiting: 2 to 100. Lambda leaves at least 100 unreserved, which small accounts do not have.
   *
   * @default - none is kept: the functions share the account's
   */
  readonly reservedConcurrency?: number;

  /**
   * Names the migration in logs and traces, and is the dimension `service` of its metrics: 1 to 64 characters without spaces.
   *
   * @default - made from the construct's path
   */
  readonly serviceName?: string;

  /**
   * Encrypts logs and environments of the functions. Its policy must let CloudWatch Logs of the Region use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * How long the functions' logs are kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;

  /**
   * What happens to the logs and their key on deletion.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}

const DEFAULT_DEADLINE = Duration.seconds(30);
/** What a transfer needs after its deadline, to give authority back and to say so. */
const AFTER_THE_DEADLINE = Duration.seconds(5);

/**
 * The functions that decide who may write.
 *
 * They stand in the target's network, or in the source's where the target's is in another Region than the stack, and reach both databases
 * directly. Each reads the two migration logins, and nothing else.
 */
export class CutoverFunctions extends Construct implements IConnectable {
  /** Reads who may write, and moves it: `state`, `prepare`, `transfer`, `abort`, `drop-old-slots`. */
  public readonly authorityFunction: IFunction;
  /** What is done before and after: `arm`, `disarm`, `finish`, `release`. */
  public readonly fenceFunction: IFunction;
  /** Where the functions may connect to. */
  public readonly connections: Connections;
  /** How long payments may stand still before write authority goes back to where it was. */
  public readonly transferDeadline: Duration;
  /** How a database that may not write is kept from writing. */
  public readonly writeFence: WriteFence;

  private readonly serviceName: string;

  constructor(scope: Construct, id: string, props: CutoverFunctionsProps) {
    super(scope, id);
    this.writeFence = props.writeFence ?? WriteFence.triggers();
    this.transferDeadline = props.transferDeadline ?? DEFAULT_DEADLINE;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    checkPattern('serviceName', this.serviceName, /^[!-~]{1,64}$/, '1 to 64 characters without spaces');
    const fenceTimeout = props.fenceTimeout ?? Duration.minutes(5);
    checkSeconds('transferDeadline', this.transferDeadline, 5, 600);
    checkSeconds('fenceTimeout', fenceTimeout, 60, 900);
    checkRange('memorySize', props.memorySize, 128, 10_240, 'MiB');
    checkRange('reservedConcurrency', props.reservedConcurrency, 2, 100);

    const protection = props.protection ?? Protection.production();
    const key = props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Functions of ${this.node.path}`, protection);
    const home = homeNetwork(this, props);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: home.vpc,
      description: 'The functions of the cutover, which reach both databases and AWS; nobody reaches them',
      allowAllOutbound: false,
    });
    this.connections = securityGroup.connections;
    const visitor = { securityGroup, home, name: 'the functions of the cutover', room: 'cutover' };
    openWayToAws(visitor);
    openWayToDatabase(visitor, 'source', props.source.database, props.source.network);
    openWayToDatabase(visitor, 'target', props.target.database, props.target.network);

    const logGroup = (name: string) => new LogGroup(this, `${name}LogGroup`, {
      encryptionKey: key,
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      removalPolicy: protection.removalPolicy,
    });
    const logs = { authority: logGroup('Authority'), fence: logGroup('Fence') };
    const logins = {
      source: readableLogin(this, 'SourceLogin', props.source.database.migrationSecret),
      target: readableLogin(this, 'TargetLogin', props.target.database.migrationSecret),
    };
    const { role, policy } = functionRole(this, { logGroups: Object.values(logs), logins: Object.values(logins), encryptionKey: key });

    const shared = {
      role,
      vpc: home.vpc,
      vpcSubnets: home.replicationSubnets,
      securityGroups: [securityGroup],
      memorySize: props.memorySize ?? 512,
      // Who asked decides whether to ask again: Lambda would do it unasked, minutes later.
      retryAttempts: 0,
      environmentEncryption: key,
      environment: {
        [ENVIRONMENT.sourceSecretId]: logins.source.secretArn,
        [ENVIRONMENT.sourceDatabase]: props.source.database.databaseName,
        [ENVIRONMENT.targetSecretId]: logins.target.secretArn,
        [ENVIRONMENT.targetDatabase]: props.target.database.databaseName,
        [ENVIRONMENT.transferDeadlineMs]: String(this.transferDeadline.toMilliseconds()),
        [ENVIRONMENT.fence]: Stack.of(this).toJsonString(this.writeFence._settings()),
        POWERTOOLS_SERVICE_NAME: this.serviceName,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
    };
    const authorityFunction = new AuthorityFunction(this, 'AuthorityFunction', {
      ...shared,
      description: 'Reads who may write, and moves it',
      logGroup: logs.authority,
      timeout: this.transferDeadline.plus(AFTER_THE_DEADLINE),
      reservedConcurrentExecutions: props.reservedConcurrency,
    });
    const fenceFunction = new FenceFunction(this, 'FenceFunction', {
      ...shared,
      description: 'Puts up the gates before a cutover, and takes them down after it',
      logGroup: logs.fence,
      timeout: fenceTimeout,
    });
    for (const handler of [authorityFunction, fenceFunction]) {
      keepFailedEvents(this, handler);
      finishHandler(handler, policy);
    }
    acknowledgeNoReservation(fenceFunction,
      'It runs before a cutover and after it, when no payment waits for its answer; a reservation would take capacity from the payments in the same account');
    if (props.reservedConcurrency === undefined) {
      acknowledgeNoReservation(authorityFunction,
        'Lambda refuses a reservation in accounts with a low quota; whoever has capacity to give sets reservedConcurrency');
    }
    denyInterfaces(this, 'NoInterfacesPolicy', role, [authorityFunction, fenceFunction]);
    this.authorityFunction = authorityFunction;
    this.fenceFunction = fenceFunction;
  }

  /** Lets someone call both functions: whoever may, decides who writes. */
  public grantInvoke(grantee: IGrantable): Grant {
    return this.authorityFunction.grantInvoke(grantee).combine(this.fenceFunction.grantInvoke(grantee));
  }

  /** How long no database accepted writes, in milliseconds, for each transfer that closed one: the longest. */
  public metricWritePause(direction: TransferDirection, options?: MetricOptions): Metric {
    return this.metric(METRICS.writePause, direction, { statistic: 'Maximum', ...options });
  }

  /** How many transfers ended with write authority on the other side. */
  public metricTransferCompleted(direction: TransferDirection, options?: MetricOptions): Metric {
    return this.metric(METRICS.transferCompleted, direction, { statistic: 'Sum', ...options });
  }

  /** How many transfers ended with write authority where it was. */
  public metricTransferAborted(direction: TransferDirection, options?: MetricOptions): Metric {
    return this.metric(METRICS.transferAborted, direction, { statistic: 'Sum', ...options });
  }

  /**
   * How many calls ended with a giver that may be closed and could not be opened again: nobody may write until it answers and `abort` is
   * called again.
   */
  public metricAbortPending(direction: TransferDirection, options?: MetricOptions): Metric {
    return this.metric(METRICS.abortPending, direction, { statistic: 'Sum', ...options });
  }

  /**
   * How many calls ended with a taker that was given authority and could not be opened: nobody may write until it answers and `transfer` is
   * called again.
   */
  public metricOpenPending(direction: TransferDirection, options?: MetricOptions): Metric {
    return this.metric(METRICS.openPending, direction, { statistic: 'Sum', ...options });
  }

  private metric(metricName: string, direction: TransferDirection, options: MetricOptions): Metric {
    const dimensionsMap = { service: this.serviceName, direction };
    return new Metric({ namespace: METRICS.namespace, metricName, dimensionsMap, ...options }).attachTo(this);
  }
}

function finishHandler(handler: LambdaFunction, policy: ManagedPolicy): void {
  // The L2 would put the right to trace into a second policy, inside the role.
  (handler.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
  handler.node.addDependency(policy);
}

/** A function's time-out is a number in the template, so a token cannot say it. */
function checkSeconds(prop: string, duration: Duration, min: number, max: number): void {
  if (duration.isUnresolved()) throw invalidInput(prop, 'a token', 'a literal Duration');
  checkRange(prop, duration.toSeconds({ integral: false }), min, max, 'seconds');
}
