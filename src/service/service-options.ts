import type { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ContainerImage, CpuArchitecture, Secret } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** How a service runs, whatever its image. */
export interface FargateServiceOptions {
  /**
   * The port that the container listens on: 1024 to 65535, since its process is not root.
   *
   * @default 8080
   */
  readonly containerPort?: number;

  /**
   * How the load balancer speaks to the container. With HTTPS the container brings a certificate, which the load balancer does not validate.
   *
   * @default ApplicationProtocol.HTTP
   */
  readonly targetProtocol?: ApplicationProtocol;

  /**
   * The path that answers 200 as long as the process can serve; it begins with '/'.
   *
   * It must not ask whether the database accepts writes: in the pause of a cutover neither side does.
   *
   * @default '/health'
   */
  readonly healthCheckPath?: string;

  /**
   * How long a new task may fail its health checks: 0 to 3600 seconds.
   *
   * @default Duration.seconds(60)
   */
  readonly healthCheckGracePeriod?: Duration;

  /**
   * How long requests may go on after a task has been taken out of the load balancer: 0 to 3600 seconds, more than the longest request takes.
   *
   * @default Duration.seconds(60)
   */
  readonly deregistrationDelay?: Duration;

  /**
   * How long the process may live after SIGTERM: 1 to 120 seconds.
   *
   * @default Duration.seconds(60)
   */
  readonly stopTimeout?: Duration;

  /**
   * How long a client may use one connection: 60 to 604800 seconds. A client that moves by DNS does so when it connects again.
   *
   * @default Duration.minutes(5)
   */
  readonly clientKeepAlive?: Duration;

  /**
   * CPU units of a task: 256, 512, 1024, 2048, 4096, 8192 or 16384; 1024 are one virtual CPU.
   *
   * @default 512
   */
  readonly cpu?: number;

  /**
   * Memory of a task in MiB: what Fargate has for its CPU.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
   *
   * @default - twice the CPU units: 1024 MiB for 512
   */
  readonly memoryLimitMiB?: number;

  /**
   * The processors that the image is built for.
   *
   * @default CpuArchitecture.X86_64
   */
  readonly cpuArchitecture?: CpuArchitecture;

  /**
   * Whom the process runs as, `user` or `user:group`; never root.
   *
   * @default '1000:1000'
   */
  readonly user?: string;

  /**
   * Environment of the container beside what writer discovery gives it; readable for all who may describe the task, so never a secret.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * Environment of the container from Secrets Manager or Parameter Store, beside the login that writer discovery gives it.
   *
   * @default - none
   */
  readonly secrets?: Record<string, Secret>;

  /**
   * How many tasks run at least: as many as the peak of the side that serves now needs, so that nothing has to scale while traffic moves.
   *
   * @default 2
   */
  readonly minCapacity?: number;

  /**
   * How many tasks run at most.
   *
   * @default - four times minCapacity
   */
  readonly maxCapacity?: number;

  /**
   * Average CPU use, in percent, that the number of tasks is held at: 10 to 90.
   *
   * @default 50
   */
  readonly targetCpuUtilizationPercent?: number;

  /**
   * Average use of memory, in percent, that the number of tasks is held at: 10 to 90.
   *
   * @default 70
   */
  readonly targetMemoryUtilizationPercent?: number;

  /**
   * Requests a minute for each task that the number of tasks is held at.
   *
   * @default 1000
   */
  readonly requestsPerTarget?: number;

  /**
   * The certificate of the load balancer, of the same Region.
   *
   * @default - a new one for the domain names, validated by records in the hosted zone
   */
  readonly certificate?: ICertificate;

  /**
   * Which versions of TLS and ciphers clients may use.
   *
   * @default SslPolicy.TLS13_RES, which is TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption
   */
  readonly sslPolicy?: SslPolicy;

  /**
   * What the web application firewall refuses.
   *
   * @default - what AWS's rules for common attacks and known bad inputs find, and more than 2000 requests in 5 minutes from one address
   */
  readonly firewall?: FirewallOptions;

  /**
   * How long logs of the service, of Container Insights and of the firewall are kept.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
}

/** What runs on a side that the migration provisions. */
export interface ServiceOptions extends FargateServiceOptions {
  /** The container's image, of one digest rather than of a tag that may move. */
  readonly image: ContainerImage;
}

/** What is different on one side from what both run. */
export interface FargateEndpointOptions extends FargateServiceOptions {
  /**
   * The container's image.
   *
   * @default - that of the migration's service
   */
  readonly image?: ContainerImage;
}

/** What a web application firewall refuses. */
export interface FirewallOptions {
  /**
   * How many requests one address may make in 5 minutes: 10 to 2000000000. Payments of many customers may come from one address.
   *
   * @default 2000
   */
  readonly requestsPerAddress?: number;

  /**
   * Groups of rules that AWS manages, the first to judge first.
   * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
   *
   * @default - AWSManagedRulesCommonRuleSet and AWSManagedRulesKnownBadInputsRuleSet
   */
  readonly managedRuleGroups?: string[];
}
