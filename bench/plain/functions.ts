import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** The same bundles as the library's: hashing them costs the same. */
const ASSETS = join(process.env.BENCH_REPOSITORY ?? join(__dirname, '../..'), 'assets');

export interface FunctionOptions {
  readonly asset: string;
  readonly key: IKey;
  readonly role: Role;
  readonly failedEvents: IQueue;
  readonly vpc?: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups?: ISecurityGroup[];
}

export function failedEventsQueue(scope: Construct): Queue {
  return new Queue(scope, 'FailedEvents', { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) });
}

export function lambdaRole(scope: Construct, id: string): Role {
  return new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

export function bundledFunction(scope: Construct, id: string, { asset, key, role, failedEvents, ...rest }: FunctionOptions): LambdaFunction {
  const logGroup = new LogGroup(scope, `${id}Logs`, { encryptionKey: key, retention: RetentionDays.ONE_YEAR });
  return new LambdaFunction(scope, id, {
    runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
    handler: 'index.handler',
    code: Code.fromAsset(join(ASSETS, asset)),
    timeout: Duration.minutes(15),
    memorySize: 512,
    environmentEncryption: key,
    environment: { NODE_OPTIONS: '--enable-source-maps' },
    logGroup,
    role: role.withoutPolicyUpdates(),
    retryAttempts: 0,
    deadLetterQueue: failedEvents,
    ...rest,
  });
}

/** The function behind all custom resources. */
export class CustomResources extends Construct {
  public readonly role: Role;

  private readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, key: IKey) {
    super(scope, id);
    this.role = lambdaRole(this, 'Role');
    const failedEvents = failedEventsQueue(this);
    this.handler = bundledFunction(this, 'Function', { asset: 'custom-resources.handler', key, role: this.role, failedEvents });
    this.allow('Base', [
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.handler.logGroup.logGroupArn] }),
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failedEvents.queueArn] }),
    ]);
  }

  public allow(id: string, statements: PolicyStatement[]): ManagedPolicy {
    return new ManagedPolicy(this, `${id}Policy`, { roles: [this.role], statements });
  }

  public resource(scope: Construct, id: string, type: string, properties: Record<string, unknown>): CustomResource {
    const resource = new CustomResource(scope, id, {
      serviceToken: this.handler.functionArn, resourceType: `Custom::${type}`, serviceTimeout: Duration.minutes(16), properties,
    });
    resource.node.addDependency(this);
    return resource;
  }
}
