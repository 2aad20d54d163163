import { Duration } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction, FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { acknowledgeNoDeadLetters, acknowledgeNoReservation, handlerRole, type HandlerRoleProps } from './handler-role';
import type { Protection } from './protection';

/** How long a handler may take. */
const HANDLER_TIMEOUT = Duration.minutes(5);
/** How long CloudFormation waits for an answer: by default an hour, when the handler has long been stopped. */
export const CUSTOM_RESOURCE_TIMEOUT = HANDLER_TIMEOUT.plus(Duration.minutes(1));

export interface CustomResourceHandlerProps {
  readonly description: string;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
  /** What the handler may do, beyond writing its log. */
  readonly statements: PolicyStatement[];
  /** Which wildcards these statements need, as cdk-nag prints them, and why. */
  readonly wildcards: HandlerRoleProps['wildcards'];
  /** Makes the bundled function. */
  readonly createFunction: (scope: Construct, options: FunctionOptions) => LambdaFunction;
}

const PACKS_ABOUT_VPC = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** A function behind a custom resource, with a role and an encrypted log group of its own. */
export class CustomResourceHandler extends Construct {
  public readonly serviceToken: string;

  constructor(scope: Construct, id: string, props: CustomResourceHandlerProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'LogGroup', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: props.protection.removalPolicy,
    });
    const { role } = handlerRole(this, { logGroups: [logGroup], statements: props.statements, wildcards: props.wildcards });

    const handler = props.createFunction(this, {
      description: props.description,
      role,
      logGroup,
      memorySize: 256,
      timeout: HANDLER_TIMEOUT,
      // Lambda would run a failed invocation again when CloudFormation has given up, and may have deleted what it makes.
      retryAttempts: 0,
    });
    acknowledge(handler, PACKS_ABOUT_VPC.map((pack) => `${pack}-LambdaInsideVPC`),
      'It calls the AWS control plane only, and the VPC that it would stand in waits for it');
    acknowledgeNoDeadLetters(handler, 'CloudFormation is the only caller: it waits for the answer and reports a failure as its own');
    acknowledgeNoReservation(handler,
      'CloudFormation calls it once per change of the stack; a reservation would take capacity from the payments in the same account');
    this.serviceToken = handler.functionArn;
  }
}
