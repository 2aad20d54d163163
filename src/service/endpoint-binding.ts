import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { FargateService, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IApplicationLoadBalancer, IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { WriterDiscoveryConfig } from './discovery-binding';
import type { EndpointMetrics } from './endpoint-metrics';
import type { ServiceOptions } from './service-options';
import type { Protection } from '../core';
import type { IMigrationNetwork } from '../network';

/** How Route 53 learns whether an endpoint serves. */
export enum EndpointHealthCheck {
  /** By HTTPS from the internet; the answer to the health check's path is judged. */
  HTTPS = 'HTTPS',
  /** By the number of healthy targets behind the load balancer: for what the internet does not reach. */
  METRIC = 'METRIC',
}

/** What a traffic endpoint is bound to. */
export interface TrafficEndpointBindOptions {
  /** Names the side, such as 'suffix-source', in names that AWS wants to be told: lower-case letters, digits and hyphens. */
  readonly identifier: string;

  /**
   * Where what is made stands.
   *
   * @default - none: only an endpoint that exists can do without
   */
  readonly network?: IMigrationNetwork;

  /**
   * What runs on both sides.
   *
   * @default - none: only an endpoint that exists, or one that says all of it, can do without
   */
  readonly service?: ServiceOptions;

  /** Whether the internet reaches a load balancer that is made; else the VPC alone does. */
  readonly internetFacing: boolean;

  /** The names that the endpoint is reached by, the shared one first; none where there is no hosted zone. */
  readonly domainNames: string[];

  /**
   * Where a new certificate is validated.
   *
   * @default - none: then the certificate is given
   */
  readonly hostedZone?: IHostedZone;

  /**
   * How a service that is made finds the database that accepts writes.
   *
   * @default - it is not told
   */
  readonly discovery?: WriterDiscoveryConfig;

  /**
   * Where a load balancer that is made logs who reaches it: a bucket of its Region, encrypted with SSE-S3.
   *
   * Of a bucket that was imported the policy stays as it is, and must let `logdelivery.elasticloadbalancing.amazonaws.com` write already.
   *
   * @default - a new bucket
   */
  readonly accessLogsBucket?: IBucket;

  /**
   * Encrypts logs of what is made, and the copy of the application's login in this Region. Its policy must let CloudWatch Logs use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * Who is told of an alarm that stops a deployment of the service.
   *
   * @default - nobody but ECS, which takes the deployment back
   */
  readonly alarmTopic?: ITopic;

  /** What happens to what is made when it is deleted. */
  readonly protection: Protection;
}

/** Where the traffic of one side goes. Neither a load balancer nor a domain name: the side serves none. */
export interface TrafficEndpointConfig {
  /**
   * The load balancer.
   *
   * @default - none: a domain name, or no traffic
   */
  readonly loadBalancer?: IApplicationLoadBalancer;

  /**
   * The domain name of an endpoint that is no load balancer of this account.
   *
   * @default - none: a load balancer, or no traffic
   */
  readonly domainName?: string;

  /**
   * Whether the internet reaches it.
   *
   * @default - false
   */
  readonly internetFacing?: boolean;

  /**
   * How Route 53 learns whether it serves.
   *
   * @default - EndpointHealthCheck.HTTPS where the internet reaches it, else EndpointHealthCheck.METRIC
   */
  readonly healthCheck?: EndpointHealthCheck;

  /** The path of the health check. */
  readonly healthCheckPath: string;

  /** The port of a health check from outside: that of the listener, not of the container. */
  readonly healthCheckPort: number;

  /**
   * The service that was made.
   *
   * @default - none was
   */
  readonly service?: FargateService;

  /**
   * The cluster that the service runs in.
   *
   * @default - none was made
   */
  readonly cluster?: ICluster;

  /**
   * What the load balancer forwards to.
   *
   * @default - unknown
   */
  readonly targetGroup?: IApplicationTargetGroup;

  /**
   * Where the service may connect to, and who to it.
   *
   * @default - no service was made
   */
  readonly serviceConnections?: Connections;

  /**
   * What can be watched.
   *
   * @default - nothing: it is no load balancer of this account
   */
  readonly metrics?: EndpointMetrics;
}
