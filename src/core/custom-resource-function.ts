import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { IRole, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { keepFailedEvents } from './failed-events';
import { acknowledgeNoReservation, handlerRole } from './handler-role';
import type { Protection } from './protection';
import { shared } from './shared';

export interface CustomResourceFunctionProps {
  readonly encryptionKey: IKey;
  readonly protection: Protection;
}

const ID = 'CustomResources';
/** As long as Lambda allows: a replication task under load may take minutes to stop. */
const TIMEOUT = Duration.minutes(15);
/** How long CloudFormation waits for an answer: by default an hour, when the function has long been stopped. */
export const SERVICE_TIMEOUT = TIMEOUT.plus(Duration.minutes(1));
const PACKS_ABOUT_VPC = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

/**
 * The one function behind all custom resources of a migration in a stack: `src/custom-resources.handler.ts`. What it may do is said by each
 * kind of resource, in a policy that stands as long as the last resource of the kind; what it may look at stands as long as the function.
 */
export class CustomResourceFunction extends Construct {
  /** The one of the migration around the scope; made, with these properties, where there is none. */
  public static of(scope: Construct, props: CustomResourceFunctionProps): CustomResourceFunction {
    return shared(scope, ID, (home) => new CustomResourceFunction(home, ID, props));
  }

  public readonly functionArn: string;
  public readonly role: IRole;

  private readonly policy: ManagedPolicy;
  private describes = false;

  private constructor(scope: Construct, id: string, { encryptionKey, protection }: CustomResourceFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'LogGroup', { encryptionKey, retention: RetentionDays.ONE_YEAR, removalPolicy: protection.removalPolicy });
    const { role, policy } = handlerRole(this, { logGroups: [logGroup], statements: [], wildcards: [] });
    const handler = new LambdaFunction(this, 'Function', {
      description: `Custom resources of ${scope.node.path}`,
      runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
      handler: 'index.handler',
      code: Code.fromAsset(join(__dirname, '../../assets/custom-resources.handler')),
      role,
      logGroup,
      memorySize: 256,
      timeout: TIMEOUT,
      // Lambda would run a failed invocation again when CloudFormation has given up, and may have deleted what it makes.
      retryAttempts: 0,
    });
    keepFailedEvents(this, handler);
    handler.node.addDependency(policy);
    acknowledge(handler, PACKS_ABOUT_VPC.map((pack) => `${pack}-LambdaInsideVPC`),
      'It calls the AWS control plane only, and the VPC that it would stand in waits for it');
    acknowledgeNoReservation(handler,
      'CloudFormation calls it once per change of the stack; a reservation would take capacity from the payments in the same account');
    this.functionArn = handler.functionArn;
    this.role = role;
    this.policy = policy;
  }

  /** Lets it look at what AWS describes without being told which: one right for all kinds, since the function is one. */
  public describe(statements: PolicyStatement[]): void {
    if (statements.length === 0) return;
    this.policy.addStatements(...statements);
    if (this.describes) return;
    this.describes = true;
    acknowledge(this.policy, ['AwsSolutions-IAM5[Resource::*]'],
      'EC2 and DMS describe rules, route tables, tasks, instances, endpoints and connections without naming one; what changes one names it');
  }
}
