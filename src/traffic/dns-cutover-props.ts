import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { CutoverStrategy } from './cutover-strategy';
import type { Edge } from './edge';
import type { TrafficHealthCheckOptions } from './health-check-options';
import type { Protection } from '../core';
import type { TrafficEndpointConfig } from '../service';

/** What a caller may say about the records of a migration. */
export interface DnsCutoverOptions {
  /** The hosted zone that the records are in. Its name must be known: `HostedZone.fromHostedZoneAttributes()`, for one that exists. */
  readonly hostedZone: IHostedZone;

  /**
   * The name that both sides share: one label, such as 'pay', or a full name in the zone, such as 'pay.eu.example.com'.
   *
   * A simple record that it has is adopted where it leads to the source: in one change it becomes the source's weighted record.
   */
  readonly recordName: string;

  /**
   * The name of the source alone, for tests and for health checks.
   *
   * @default - recordName and '-source', as in 'pay-source.example.com'; 'source' in the zone where recordName is the zone's own
   */
  readonly sourceRecordName?: string;

  /**
   * The name of the target alone, for tests and for health checks.
   *
   * @default - recordName and '-target', as in 'pay-target.example.com'; 'target' in the zone where recordName is the zone's own
   */
  readonly targetRecordName?: string;

  /**
   * What an existing record may lead to that is adopted, beside the source's own load balancer or domain name: names or addresses.
   *
   * They must be other ways to the source: with the adoption, clients are led to the source's endpoint instead.
   *
   * @default - nothing: any other record is somebody else's, and the deployment fails
   */
  readonly adoptableTargets?: string[];

  /**
   * How traffic is shifted.
   *
   * @default CutoverStrategy.allAtOnce()
   */
  readonly strategy?: CutoverStrategy;

  /**
   * Where clients enter a side.
   *
   * @default Edge.alb()
   */
  readonly edge?: Edge;

  /**
   * Who may change the zone, where it is another account's.
   *
   * The role must let `route53:ListResourceRecordSets`, `route53:ChangeResourceRecordSets` and `route53:GetChange` and trust the migration's
   * account.
   *
   * @default - the zone is this account's
   */
  readonly hostedZoneRole?: IRole;

  /**
   * How long clients may remember CNAMEs: 1 to 300 seconds. Only where a side has a domain name: aliases have none of their own, and those to
   * load balancers are remembered for 60 seconds.
   *
   * @default Duration.seconds(60)
   */
  readonly ttl?: Duration;

  /**
   * How Route 53 asks the sides whether they serve.
   *
   * @default - every 30 seconds, three times
   */
  readonly healthChecks?: TrafficHealthCheckOptions;

  /**
   * What happens to the records when they are deleted: with `RemovalPolicy.DESTROY` what was there before them is restored, wherever write
   * authority is by then. What a failed creation made is taken back in any case.
   *
   * @default - they stay under Protection.production(), what was there is restored under Protection.ephemeral()
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of `DnsCutover`. */
export interface DnsCutoverProps extends DnsCutoverOptions {
  /** Tells the migration from others, such as its suffix: what its weighted records are known by begins with it. */
  readonly identifier: string;
  /** What serves on the source. */
  readonly source: TrafficEndpointConfig;
  /** What serves on the target. */
  readonly target: TrafficEndpointConfig;

  /**
   * Encrypts the handler's log. Its policy must let CloudWatch Logs use it.
   *
   * @default - a new customer managed key
   */
  readonly encryptionKey?: IKey;

  /**
   * What happens to what is made when it is deleted.
   *
   * @default Protection.production()
   */
  readonly protection?: Protection;
}
