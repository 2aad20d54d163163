import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction, Function as LambdaFunction, FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { failedEvents } from './failed-events';
import { acknowledgeNoReservation, handlerRole, type HandlerRoleProps } from './handler-role';
import type { Protection } from './protection';

export interface CustomResourceHandlerProps {
  readonly description: string;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  /** What the handler may do, beyond writing its log. */
  readonly statements: PolicyStatement[];
  /** Which wildcards these statements need, as cdk-nag prints them, and why. */
  readonly wildcards: HandlerRoleProps['wildcards'];
  /** How long the handler may take: up to the 15 minutes that Lambda allows; 5 minutes by default. */
  readonly timeout?: Duration;
  /** Makes the bundled function. */
  readonly createFunction: (scope: Construct, options: FunctionOptions) => LambdaFunction;
}

const PACKS_ABOUT_VPC = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** A function behind custom resources, with a role and an encrypted log group of its own. */
export class CustomResourceHandler extends Construct {
  public readonly serviceToken: string;
  /** How long CloudFormation waits for an answer: by default an hour, when the handler has long been stopped. */
  public readonly serviceTimeout: Duration;

  /** Who the handler is to what it calls. */
  public readonly roleArn: string;

  private readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: CustomResourceHandlerProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'LogGroup', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: props.protection.removalPolicy,
    });
    const failed = failedEvents(this);
    const { role, policy } = handlerRole(this, {
      logGroups: [logGroup],
      statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failed.queueArn] }), ...props.statements],
      wildcards: props.wildcards,
    });
    this.policy = policy;
    this.roleArn = role.roleArn;

    const timeout = props.timeout ?? Duration.minutes(5);
    this.serviceTimeout = timeout.plus(Duration.minutes(1));
    const handler = props.createFunction(this, {
      description: props.description,
      role,
      logGroup,
      memorySize: 256,
      timeout,
      // Lambda would run a failed invocation again when CloudFormation has given up, and may have deleted what it makes.
      retryAttempts: 0,
    });
    // The L2 would put the right to send into a second policy, inside the role.
    (handler.node.defaultChild as CfnFunction).deadLetterConfig = { targetArn: failed.queueArn };
    handler.node.addDependency(policy);
    acknowledge(handler, PACKS_ABOUT_VPC.map((pack) => `${pack}-LambdaInsideVPC`),
      'It calls the AWS control plane only, and the VPC that it would stand in waits for it');
    acknowledgeNoReservation(handler,
      'CloudFormation calls it once per change of the stack; a reservation would take capacity from the payments in the same account');
    this.serviceToken = handler.functionArn;
  }

  /** Lets the handler do more, for one more of what it handles. */
  public allow(statement: PolicyStatement): void {
    this.policy.addStatements(statement);
  }
}
