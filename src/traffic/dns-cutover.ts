import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { RecordType, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { DNS_RECORDS_TYPE, type DnsRecordsProperties, type SideProperties } from './contract';
import { CutoverStrategy } from './cutover-strategy';
import { checkRecords, checkSides } from './dns-checks';
import type { DnsCutoverProps } from './dns-cutover-props';
import { changesArn, dnsHandler } from './dns-handler';
import { Edge } from './edge';
import type { EdgeConfig } from './edge-binding';
import { recordNames } from './record-names';
import { onlyChanges } from './record-permissions';
import { SideHealthCheck } from './side-health-check';
import { encryptionKey, Protection } from '../core';

/**
 * One name for both sides, in weighted records, and a name for each side alone.
 *
 * A custom resource makes the records once, with everything led to the source. From then on the weights are the run time's: a deployment
 * changes where a record leads, its health check, its TTL, but never its weight. What was there before stands in a note beside them, in
 * the zone itself (decision 11).
 *
 * Route 53 answers with a record of weight zero when every other one is unhealthy, so a source that fails before the cutover sends clients
 * to the target's app tier. No payment is lost or split by it: that app tier reaches the one database with write authority, as the source's
 * does; and where it does not, the target's database refuses to write.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
 */
export class DnsCutover extends Construct {
  /** How traffic is shifted. */
  public readonly strategy: CutoverStrategy;
  /** The zone that the records are in. */
  public readonly hostedZone: IHostedZone;
  /** Who may change the zone, where it is another account's. */
  public readonly hostedZoneRole?: IRole;
  /** The name that both sides share, fully qualified, without a dot at its end. */
  public readonly domainName: string;
  /** The name of the source alone. */
  public readonly sourceDomainName: string;
  /** The name of the target alone. */
  public readonly targetDomainName: string;
  /** The type of the weighted records: A for two load balancers, CNAME where a side has a domain name. */
  public readonly recordType: RecordType;
  /** What the source's weighted record is known by. */
  public readonly sourceSetIdentifier: string;
  /** What the target's weighted record is known by. */
  public readonly targetSetIdentifier: string;
  /** The health check of the source. */
  public readonly sourceHealthCheckId: string;
  /** The health check of the target. */
  public readonly targetHealthCheckId: string;

  private readonly healthChecks: Readonly<Record<'source' | 'target', SideHealthCheck>>;

  constructor(scope: Construct, id: string, props: DnsCutoverProps) {
    super(scope, id);
    const { hostedZone, hostedZoneRole, identifier, edge = Edge.alb(), protection = Protection.production() } = props;
    const names = recordNames(hostedZone.zoneName, props);
    const edges = {
      source: edge.bind(new Construct(this, 'SourceEdge'), { side: 'source', endpoint: props.source }),
      target: edge.bind(new Construct(this, 'TargetEdge'), { side: 'target', endpoint: props.target }),
    };
    checkRecords(props, edges.source, edges.target);
    const sharedType = checkSides(props, names.shared, edges.source, edges.target);
    const removalPolicy = props.removalPolicy ?? protection.removalPolicy;
    const checkOf = (checkId: string, side: 'source' | 'target') => new SideHealthCheck(this, checkId, {
      ...props.healthChecks,
      side,
      endpoint: props[side],
      recordName: names[side],
      retained: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.healthChecks = { source: checkOf('SourceHealthCheck', 'source'), target: checkOf('TargetHealthCheck', 'target') };

    this.strategy = props.strategy ?? CutoverStrategy.allAtOnce();
    this.hostedZone = hostedZone;
    this.hostedZoneRole = hostedZoneRole;
    this.domainName = names.shared;
    this.sourceDomainName = names.source;
    this.targetDomainName = names.target;
    this.recordType = sharedType === 'A' ? RecordType.A : RecordType.CNAME;
    this.sourceSetIdentifier = `${identifier}-source`;
    this.targetSetIdentifier = `${identifier}-target`;
    this.sourceHealthCheckId = this.healthChecks.source.healthCheckId;
    this.targetHealthCheckId = this.healthChecks.target.healthCheckId;

    const handler = dnsHandler(this, 'Handler', {
      hostedZone,
      hostedZoneRole,
      names,
      encryptionKey: props.encryptionKey ?? encryptionKey(this, 'EncryptionKey', `Log of what makes ${this.node.path}`, protection),
      protection,
    });
    const properties: DnsRecordsProperties = {
      HostedZoneId: hostedZone.hostedZoneId,
      RoleArn: hostedZoneRole?.roleArn,
      Identifier: identifier,
      RecordName: names.shared,
      NoteName: names.note,
      SharedType: sharedType,
      Ttl: (props.ttl ?? Duration.seconds(60)).toSeconds().toString(),
      Source: this.sideOf('source', edges.source),
      Target: this.sideOf('target', edges.target),
      AdoptableTargets: props.adoptableTargets,
    };
    const records = new CustomResource(this, 'Records', {
      serviceToken: handler.serviceToken,
      resourceType: DNS_RECORDS_TYPE,
      serviceTimeout: handler.serviceTimeout,
      properties: { ...properties },
      removalPolicy,
    });
    records.node.addDependency(handler);
  }

  /** Lets somebody read the records and shift the weights of the shared name, and nothing else. */
  public grantShift(grantee: IGrantable): Grant {
    if (this.hostedZoneRole) return this.hostedZoneRole.grantAssumeRole(grantee.grantPrincipal);
    const zone = [this.hostedZone.hostedZoneArn];
    const read = Grant.addToPrincipal({ grantee, actions: ['route53:ListResourceRecordSets'], resourceArns: zone });
    const wait = Grant.addToPrincipal({ grantee, actions: ['route53:GetChange'], resourceArns: [changesArn(this)] });
    return read.combine(wait).combine(Grant.addToPrincipal({
      grantee,
      actions: ['route53:ChangeResourceRecordSets'],
      resourceArns: zone,
      conditions: onlyChanges({ names: [this.domainName], types: [this.recordType], actions: ['UPSERT'] }),
    }));
  }

  /** 1 while Route 53 takes the source for healthy, 0 while it does not. The metric is in us-east-1, and so must be an alarm on it. */
  public metricSourceHealth(options?: MetricOptions): IMetric {
    return this.healthChecks.source.metricStatus(options);
  }

  /** 1 while Route 53 takes the target for healthy, 0 while it does not. The metric is in us-east-1, and so must be an alarm on it. */
  public metricTargetHealth(options?: MetricOptions): IMetric {
    return this.healthChecks.target.metricStatus(options);
  }

  private sideOf(side: 'source' | 'target', { domainName, aliasHostedZoneId }: EdgeConfig): SideProperties {
    return {
      RecordName: side === 'source' ? this.sourceDomainName : this.targetDomainName,
      SetIdentifier: side === 'source' ? this.sourceSetIdentifier : this.targetSetIdentifier,
      HealthCheckId: this.healthChecks[side].healthCheckId,
      DomainName: domainName,
      AliasHostedZoneId: aliasHostedZoneId,
    };
  }
}
