import { Aws, Duration, Fn } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnEIP, CfnNatGateway, CfnRoute, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { AlarmBehavior, Cluster, ContainerImage, ContainerInsights, FargateService, FargateTaskDefinition, LogDrivers, Secret } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancer, ApplicationProtocol, ApplicationTargetGroup, ListenerAction, SslPolicy, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HealthCheck, HealthCheckType, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Database } from './database';
import type { Network } from './network';

export interface ServiceProps {
  readonly side: string;
  readonly network: Network;
  readonly own: Database;
  readonly other: { readonly database: Database; readonly network: Network };
  readonly hosts: string;
  readonly login: ISecret;
  readonly key: IKey;
  readonly zone: IHostedZone;
  readonly accessLogs: IBucket;
  readonly topic: ITopic;
}

/** A service on Fargate behind a load balancer, and the way out that it needs. */
export class Service extends Construct {
  public readonly loadBalancer: ApplicationLoadBalancer;
  public readonly healthCheck: HealthCheck;

  constructor(scope: Construct, id: string, private readonly props: ServiceProps) {
    super(scope, id);
    const { side, network: { vpc }, zone, accessLogs } = props;
    this.addNatGateways();
    const group = new SecurityGroup(this, 'LoadBalancerGroup', { vpc, description: 'Load balancer', allowAllOutbound: false });
    for (const port of [443, 80]) group.addIngressRule(Peer.anyIpv4(), Port.tcp(port));
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup: group,
      deletionProtection: true,
      dropInvalidHeaderFields: true,
    });
    this.loadBalancer.logAccessLogs(accessLogs, `load-balancers/${side}`);
    const targetGroup = new ApplicationTargetGroup(this, 'TargetGroup', {
      vpc,
      port: 8080,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      healthCheck: { path: '/health', interval: Duration.seconds(10), timeout: Duration.seconds(5) },
    });
    const certificate = new Certificate(this, 'Certificate', {
      domainName: 'pay.example.com', subjectAlternativeNames: [`pay-${side}.example.com`], validation: CertificateValidation.fromDns(zone),
    });
    const listener = this.loadBalancer.addListener('Https', {
      port: 443, certificates: [certificate], sslPolicy: SslPolicy.TLS13_RES, open: false, defaultAction: ListenerAction.forward([targetGroup]),
    });
    this.loadBalancer.addListener('Http', { port: 80, open: false, defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443' }) });
    this.addFirewall();
    const service = this.createService(targetGroup);
    service.node.addDependency(listener);
    this.healthCheck = new HealthCheck(this, 'HealthCheck', { type: HealthCheckType.HTTPS, fqdn: `pay-${side}.example.com`, resourcePath: '/health', port: 443 });
  }

  private addNatGateways(): void {
    const { network } = this.props;
    network.subnets.Public.forEach(({ subnetId }, index) => {
      const address = new CfnEIP(this, `Address${index}`, { domain: 'vpc' });
      const gateway = new CfnNatGateway(this, `Gateway${index}`, { subnetId, allocationId: address.attrAllocationId });
      const { attrRouteTableId: routeTableId } = network.innerTables[index];
      new CfnRoute(this, `Route${index}`, { routeTableId, destinationCidrBlock: '0.0.0.0/0', natGatewayId: gateway.attrNatGatewayId });
    });
  }

  private addFirewall(): void {
    const visible = (metricName: string) => ({ metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false });
    const groups = ['AWSManagedRulesCommonRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet'];
    const acl = new CfnWebACL(this, 'Firewall', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('firewall'),
      rules: [
        {
          name: 'Rate',
          priority: 0,
          action: { block: {} },
          visibilityConfig: visible('rate'),
          statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: 'IP' } },
        },
        ...groups.map((name, index) => ({
          name, priority: index + 1, overrideAction: { none: {} }, visibilityConfig: visible(name), statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
        })),
      ],
    });
    const unique = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    const logs = new LogGroup(this, 'FirewallLogs', {
      logGroupName: Fn.join('-', ['aws-waf-logs', this.props.side, unique]), encryptionKey: this.props.key, retention: RetentionDays.ONE_YEAR,
    });
    const logging = new CfnLoggingConfiguration(this, 'FirewallLogging', {
      resourceArn: acl.attrArn, logDestinationConfigs: [logs.logGroupArn], redactedFields: [{ singleHeader: { Name: 'authorization' } }],
    });
    const association = new CfnWebACLAssociation(this, 'FirewallAssociation', { resourceArn: this.loadBalancer.loadBalancerArn, webAclArn: acl.attrArn });
    association.node.addDependency(logging);
  }

  private createService(targetGroup: ApplicationTargetGroup): FargateService {
    const { network, own, other, hosts, login, key, topic } = this.props;
    const logs = new LogGroup(this, 'Logs', { encryptionKey: key, retention: RetentionDays.ONE_YEAR });
    const role = (id: string) => new Role(this, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const executionRole = role('ExecutionRole');
    const policy = new ManagedPolicy(this, 'ExecutionPolicy', {
      roles: [executionRole],
      statements: [
        new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [login.secretArn] }),
        new PolicyStatement({ actions: ['kms:Decrypt'], resources: [key.keyArn] }),
      ],
    });
    const taskDefinition = new FargateTaskDefinition(this, 'Task', {
      cpu: 512, memoryLimitMiB: 1024, taskRole: role('TaskRole'), executionRole: executionRole.withoutPolicyUpdates(), volumes: [{ name: 'tmp' }],
    });
    const container = taskDefinition.addContainer('Container', {
      image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:stable'),
      logging: LogDrivers.awsLogs({ logGroup: logs, streamPrefix: 'service' }),
      portMappings: [{ containerPort: 8080 }],
      environment: { PGHOST: hosts, PGPORT: '5432', PGDATABASE: 'payments', PGTARGETSESSIONATTRS: 'read-write', PGSSLMODE: 'verify-full' },
      secrets: { PGUSER: Secret.fromSecretsManager(login, 'username'), PGPASSWORD: Secret.fromSecretsManager(login, 'password') },
      readonlyRootFilesystem: true,
      user: '1000:1000',
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'tmp', readOnly: false });
    const group = new SecurityGroup(this, 'TaskGroup', { vpc: network.vpc, description: 'Tasks', allowAllOutbound: false });
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    group.connections.allowTo(own.group, Port.tcp(5432));
    group.addEgressRule(Peer.ipv4(other.network.cidr), Port.tcp(5432));
    for (const zone of [0, 1, 2]) other.database.group.addIngressRule(Peer.ipv4(network.block(1, zone)), Port.tcp(5432));
    const alarm = new Alarm(this, 'Alarm', {
      metric: targetGroup.metrics.unhealthyHostCount(),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    const cluster = new Cluster(this, 'Cluster', { vpc: network.vpc, containerInsightsV2: ContainerInsights.ENHANCED });
    new LogGroup(this, 'InsightsLogs', {
      logGroupName: `/aws/ecs/containerinsights/${cluster.clusterName}/performance`, encryptionKey: this.props.key, retention: RetentionDays.ONE_YEAR,
    });
    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [group],
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      deploymentAlarms: { alarmNames: [alarm.alarmName], behavior: AlarmBehavior.ROLLBACK_ON_ALARM },
    });
    service.node.addDependency(policy);
    service.attachToApplicationTargetGroup(targetGroup);
    const scaling = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 8 });
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 50 });
    scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 70 });
    scaling.scaleOnRequestCount('Requests', { requestsPerTarget: 1000, targetGroup });
    return service;
  }
}
