import { Duration, Token } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Peer, Port, SecurityGroup, SubnetType, type CfnSecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  DesyncMitigationMode,
  ListenerAction,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { TrafficEndpointBindOptions } from './endpoint-binding';
import { logAccess } from './load-balancer-logs';
import type { SettledService } from './settled-service';
import { acknowledge, invalidInput } from '../core';
import type { IMigrationNetwork } from '../network';

export interface ServiceLoadBalancerProps extends Pick<TrafficEndpointBindOptions, 'identifier' | 'internetFacing' | 'domainNames' | 'hostedZone' | 'protection'> {
  readonly network: IMigrationNetwork;
  readonly service: SettledService;
  readonly accessLogsBucket: IBucket;
}

const PACKS_ABOUT_LISTENERS = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** A load balancer that speaks HTTPS only, and what it forwards to. */
export class ServiceLoadBalancer extends Construct {
  public readonly loadBalancer: ApplicationLoadBalancer;
  public readonly targetGroup: ApplicationTargetGroup;
  public readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, props: ServiceLoadBalancerProps) {
    super(scope, id);
    const { network: { vpc }, service, internetFacing, protection } = props;
    const certificate = certificateOf(this, props);
    this.loadBalancer = new ApplicationLoadBalancer(this, 'Resource', {
      vpc,
      vpcSubnets: subnetsOf(props),
      internetFacing,
      securityGroup: this.createSecurityGroup(props),
      deletionProtection: protection.deletionProtection,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: DesyncMitigationMode.STRICTEST,
      clientKeepAlive: service.clientKeepAlive,
    });
    logAccess(this.loadBalancer, props.accessLogsBucket, `load-balancers/${props.identifier}`);

    this.targetGroup = new ApplicationTargetGroup(this, 'TargetGroup', {
      vpc,
      port: service.containerPort,
      protocol: service.targetProtocol,
      targetType: TargetType.IP,
      deregistrationDelay: service.deregistrationDelay,
      healthCheck: {
        path: service.healthCheckPath,
        healthyHttpCodes: '200',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    this.listener = this.loadBalancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      sslPolicy: service.sslPolicy,
      open: false,
      defaultAction: ListenerAction.forward([this.targetGroup]),
    });
    // A listener of its own: deployments of ECS that shift traffic refuse one whose rules also redirect.
    const redirect = this.loadBalancer.addListener('Http', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    });
    acknowledge(redirect, PACKS_ABOUT_LISTENERS.map((pack) => `${pack}-ELBv2ACMCertificateRequired`),
      'It only redirects to HTTPS, and a listener for HTTP takes no certificate');
  }

  private createSecurityGroup({ network: { vpc }, internetFacing }: ServiceLoadBalancerProps): SecurityGroup {
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The load balancer of the service, which reaches its tasks alone',
      allowAllOutbound: false,
    });
    const clients = internetFacing ? Peer.anyIpv4() : Peer.ipv4(vpc.vpcCidrBlock);
    closeEgress(securityGroup);
    securityGroup.addIngressRule(clients, Port.HTTPS, 'Clients');
    securityGroup.addIngressRule(clients, Port.HTTP, 'Clients that are redirected to HTTPS');
    if (internetFacing) {
      acknowledge(securityGroup, ['AwsSolutions-EC23'], 'Customers and merchants pay from anywhere; a web application firewall judges what they send');
    }
    return securityGroup;
  }
}

/**
 * EC2 lets a new group out to everywhere unless its template names a rule of its own. The CDK does so with a rule that leads nowhere, but takes
 * it back for the rule to the tasks, which it writes beside the group.
 */
function closeEgress(securityGroup: SecurityGroup): void {
  (securityGroup.node.defaultChild as CfnSecurityGroup).addPropertyOverride('SecurityGroupEgress', [
    { CidrIp: '255.255.255.255/32', IpProtocol: 'icmp', FromPort: 252, ToPort: 86, Description: 'Nowhere: rules beside the group say where' },
  ]);
}

function subnetsOf({ network, internetFacing }: ServiceLoadBalancerProps): SubnetSelection {
  if (!internetFacing) return network.serviceSubnets;
  const { publicSubnets } = network.vpc;
  if (publicSubnets.length < 2) {
    throw invalidInput('network.vpc', `${network.vpc.node.path} with ${publicSubnets.length} public subnets`,
      'two or more, in different Availability Zones, for a load balancer that the internet reaches');
  }
  return { subnetType: SubnetType.PUBLIC };
}

function certificateOf(scope: Construct, { service, domainNames, hostedZone }: ServiceLoadBalancerProps): ICertificate {
  if (service.certificate) return service.certificate;
  const [domainName, ...subjectAlternativeNames] = domainNames;
  if (!hostedZone || domainName === undefined) {
    throw invalidInput('service.certificate', undefined, 'a certificate, or a hosted zone and a domain name in it, for which one can be made');
  }
  checkLength(domainName);
  return new Certificate(scope, 'Certificate', {
    domainName,
    subjectAlternativeNames: subjectAlternativeNames.length > 0 ? subjectAlternativeNames : undefined,
    validation: CertificateValidation.fromDns(hostedZone),
  });
}

/** https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html: the first name of a certificate may be shorter than others. */
function checkLength(domainName: string): void {
  if (!Token.isUnresolved(domainName) && domainName.length > 64) {
    throw invalidInput('domainNames', domainName, 'a first name of at most 64 characters, which a certificate can be for');
  }
}
