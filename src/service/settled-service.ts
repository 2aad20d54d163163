import { Duration } from 'aws-cdk-lib';
import { CpuArchitecture, type ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { checkFargateSize } from './fargate-sizes';
import type { FargateEndpointOptions, FargateServiceOptions, ServiceOptions } from './service-options';
import { checkPattern, checkRange, invalidInput } from '../core';

/** Options with every default in place; a certificate may still have to be made. */
export interface SettledService extends Required<Omit<FargateServiceOptions, 'certificate'>>, Pick<FargateServiceOptions, 'certificate'> {
  readonly image: ContainerImage;
}

/** A path of a URL, as far as load balancers and Route 53 take one. */
const PATH = /^\/[!-~]{0,254}$/;
const MIN_CAPACITY = 2;
/** What environments of a container are called. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a side runs: its own options before those of both sides, defaults last. All of it is checked. */
export function settleService(shared: ServiceOptions | undefined, own: FargateEndpointOptions): SettledService {
  const said: FargateEndpointOptions = { ...shared, ...defined(own) };
  const { image } = said;
  if (image === undefined) throw invalidInput('service.image', image, 'the image of the service, such as ContainerImage.fromEcrRepository()');
  const cpu = said.cpu ?? 512;
  const minCapacity = said.minCapacity ?? MIN_CAPACITY;
  const settled: SettledService = {
    containerPort: 8080,
    targetProtocol: ApplicationProtocol.HTTP,
    healthCheckPath: '/health',
    healthCheckGracePeriod: Duration.seconds(60),
    deregistrationDelay: Duration.seconds(60),
    stopTimeout: Duration.seconds(60),
    clientKeepAlive: Duration.minutes(5),
    cpu,
    memoryLimitMiB: cpu * 2,
    cpuArchitecture: CpuArchitecture.X86_64,
    user: '1000:1000',
    environment: {},
    secrets: {},
    minCapacity,
    maxCapacity: minCapacity * 4,
    targetCpuUtilizationPercent: 50,
    targetMemoryUtilizationPercent: 70,
    requestsPerTarget: 1000,
    sslPolicy: SslPolicy.TLS13_RES,
    firewall: {},
    logRetention: RetentionDays.ONE_YEAR,
    ...defined(said),
    image,
  };
  check(settled);
  return settled;
}

/** Checks the path of a health check. */
export function checkHealthPath(prop: string, path: string | undefined): void {
  checkPattern(prop, path, PATH, 'a path that begins with \'/\', such as \'/health\', without spaces');
}

function check(service: SettledService): void {
  checkRange('service.containerPort', service.containerPort, 1024, 65_535);
  checkHealthPath('service.healthCheckPath', service.healthCheckPath);
  checkFargateSize(service.cpu, service.memoryLimitMiB);
  checkRange('service.minCapacity', service.minCapacity, MIN_CAPACITY, 5000, 'tasks');
  checkRange('service.maxCapacity', service.maxCapacity, service.minCapacity, 5000, 'tasks, minCapacity being the least');
  checkRange('service.targetCpuUtilizationPercent', service.targetCpuUtilizationPercent, 10, 90);
  checkRange('service.targetMemoryUtilizationPercent', service.targetMemoryUtilizationPercent, 10, 90);
  checkRange('service.requestsPerTarget', service.requestsPerTarget, 1, 1_000_000);
  checkRange('service.firewall.requestsPerAddress', service.firewall.requestsPerAddress, 10, 2_000_000_000);
  checkSeconds('service.healthCheckGracePeriod', service.healthCheckGracePeriod, 0, 3600);
  checkSeconds('service.deregistrationDelay', service.deregistrationDelay, 0, 3600);
  checkSeconds('service.stopTimeout', service.stopTimeout, 1, 120);
  checkSeconds('service.clientKeepAlive', service.clientKeepAlive, 60, 604_800);
  checkPattern('service.user', service.user, /^(?!(root|0+)(:|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/, 'a user, or user:group, other than root');
  if (![ApplicationProtocol.HTTP, ApplicationProtocol.HTTPS].includes(service.targetProtocol)) {
    throw invalidInput('service.targetProtocol', service.targetProtocol, 'HTTP or HTTPS');
  }
  for (const [prop, variables] of Object.entries({ environment: service.environment, secrets: service.secrets })) {
    Object.keys(variables).forEach((name) => checkPattern(`service.${prop}`, name, VARIABLE, 'names of letters, digits and underscores, no digit first'));
  }
}

function checkSeconds(prop: string, duration: Duration, min: number, max: number): void {
  if (duration.isUnresolved()) return;
  checkRange(prop, duration.toSeconds({ integral: false }), min, max, 'seconds');
}

/** An option that is there without a value says nothing. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
