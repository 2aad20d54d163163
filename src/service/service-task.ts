import { Size, Stack } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret as LoginSecret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { WriterDiscoveryConfig } from './discovery-binding';
import type { SettledService } from './settled-service';
import { acknowledge, GrantedRole, invalidInput, type Protection } from '../core';
import { readableLogin } from '../database';

export interface ServiceTaskProps {
  readonly service: SettledService;
  readonly discovery?: WriterDiscoveryConfig;
  readonly encryptionKey: IKey;
  readonly protection: Protection;
}

const VOLUME = 'tmp';

/** What one task of the service is: its container, what it is told, and two roles: one to start it, one that it has. */
export class ServiceTask extends Construct {
  public readonly definition: FargateTaskDefinition;
  /** Pulls the image, reads secrets, writes the log. */
  public readonly executionRole: GrantedRole;

  constructor(scope: Construct, id: string, { service, discovery, encryptionKey, protection }: ServiceTaskProps) {
    super(scope, id);
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com', {
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    this.executionRole = new GrantedRole(this, 'ExecutionRole', { assumedBy });
    this.definition = new FargateTaskDefinition(this, 'Resource', {
      cpu: service.cpu,
      memoryLimitMiB: service.memoryLimitMiB,
      runtimePlatform: { cpuArchitecture: service.cpuArchitecture, operatingSystemFamily: OperatingSystemFamily.LINUX },
      executionRole: this.executionRole,
      taskRole: new GrantedRole(this, 'TaskRole', { assumedBy }),
      volumes: [{ name: VOLUME }],
    });
    const { environment, secrets } = this.variables(service, encryptionKey, discovery);
    const linuxParameters = new LinuxParameters(this, 'LinuxParameters', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.definition.addContainer('Service', {
      image: service.image,
      containerName: 'service',
      portMappings: [{ containerPort: service.containerPort }],
      environment,
      secrets,
      user: service.user,
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout: service.stopTimeout,
      logging: LogDrivers.awsLogs({
        streamPrefix: 'service',
        logGroup: new LogGroup(this, 'LogGroup', {
          encryptionKey,
          retention: service.logRetention,
          removalPolicy: protection.removalPolicy,
        }),
        // A log that cannot be written must not make a payment wait.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(25),
      }),
    });
    container.addMountPoints({ sourceVolume: VOLUME, containerPath: '/tmp', readOnly: false });
    if (Object.keys(environment).length > 0) {
      acknowledge(this.definition, ['AwsSolutions-ECS2'],
        'Hosts, port and name of the databases are no secrets, and their login is a secret; to move them into parameters would hide what a task runs with');
    }
  }

  private variables(service: SettledService, encryptionKey: IKey, discovery?: WriterDiscoveryConfig) {
    const { environment = {}, secretEnvironment = {} } = discovery ?? {};
    const names = [environment, secretEnvironment, service.environment, service.secrets].flatMap((variables) => Object.keys(variables));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw invalidInput('service.environment', twice, 'each variable once in environment and secrets, and none that writer discovery sets, or WriterDiscovery.none()');
    }
    const login = discovery && Object.keys(secretEnvironment).length > 0 ? this.login(discovery.applicationSecret, encryptionKey) : undefined;
    const logins = login ? Object.entries(secretEnvironment).map(([name, field]) => [name, Secret.fromSecretsManager(login, field)] as const) : [];
    return {
      environment: { ...environment, ...service.environment },
      secrets: { ...Object.fromEntries(logins), ...service.secrets },
    };
  }

  /**
   * The login without its key: granting the use of that would write the role into the key's policy, and so have the key's stack refer to
   * this one, which refers to it.
   */
  private login(applicationSecret: ISecret, copyKey: IKey): ISecret {
    const here = readableLogin(this, 'ReadableLogin', applicationSecret);
    const key = here === applicationSecret || here.encryptionKey ? here.encryptionKey : copyKey;
    if (key) {
      this.executionRole.addToPrincipalPolicy(new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` } },
      }));
    }
    const full = here.secretFullArn;
    return LoginSecret.fromSecretAttributes(this, 'Login', full === undefined ? { secretPartialArn: here.secretArn } : { secretCompleteArn: full });
  }
}
