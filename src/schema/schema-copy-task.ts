import { Duration, Stack } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { clientImage } from './client-image';
import { MissingRoles } from './missing-roles';
import { copyLogin } from './schema-copy-login';
import type { SchemaCopyProps } from './schema-copy-props';
import { schemaCopyScript } from './schema-copy-script';
import { GrantedRole } from '../core';

/** The container's name, by which a run is told its phase. */
export const CONTAINER = 'schema-copy';

const VOLUME = 'work';
/** PostgreSQL's official images of Debian give it to their user `postgres`. */
const USER = '999:999';
/** The servers do the work; the task compiles lists of it. */
const SIZE = { cpu: 1024, memoryLimitMiB: 2048 };

/** One phase of the copy: the script, what it is told, and two roles: one to start the task, and one that it has, which may do nothing. */
export class SchemaCopyTask extends Construct {
  public readonly definition: FargateTaskDefinition;
  /** Reads the logins, writes the log. */
  public readonly executionRole: GrantedRole;

  constructor(scope: Construct, id: string, props: SchemaCopyProps, logGroup: ILogGroup) {
    super(scope, id);
    const { image, workFolder } = clientImage(props.image, props.clientMajor, props.source.database.majorVersion);
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com', {
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    this.executionRole = new GrantedRole(this, 'ExecutionRole', { assumedBy });
    this.definition = new FargateTaskDefinition(this, 'Resource', {
      ...SIZE,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.X86_64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      executionRole: this.executionRole,
      taskRole: new GrantedRole(this, 'TaskRole', { assumedBy }),
      volumes: [{ name: VOLUME }],
    });
    const sides = [copyLogin(this, 'source', props.source, this.executionRole), copyLogin(this, 'target', props.target, this.executionRole)];
    const linuxParameters = new LinuxParameters(this, 'LinuxParameters', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    const container = this.definition.addContainer('Container', {
      image,
      containerName: CONTAINER,
      entryPoint: ['bash', '-c', schemaCopyScript(), 'schema-copy'],
      command: [
        ...sides.flatMap((side) => side.arguments),
        `JOBS=${props.jobs ?? 4}`,
        `MISSING_ROLES=${props.missingRoles ?? MissingRoles.REFUSE}`,
        `EXCLUDED_SCHEMAS=${(props.excludedSchemas ?? []).join(',')}`,
        `WORK_FOLDER=${workFolder}`,
      ],
      secrets: { ...sides[0].secrets, ...sides[1].secrets },
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters,
      // The server is told to give up what it is at, and the phase's row is written.
      stopTimeout: Duration.minutes(1),
      // Nobody waits for it but the workflow, to whom its last line is the result.
      logging: LogDrivers.awsLogs({ streamPrefix: CONTAINER, logGroup, mode: AwsLogDriverMode.BLOCKING }),
    });
    container.addMountPoints({ sourceVolume: VOLUME, containerPath: workFolder, readOnly: false });
  }
}
