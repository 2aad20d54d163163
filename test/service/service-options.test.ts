import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CpuArchitecture, type ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { bindIn, discoveryIn, IMAGE, networkIn } from './support/endpoints';
import { TrafficEndpoint, type FargateEndpointOptions, type TrafficEndpointBindOptions } from '../../src/service';
import { onlyIdOf, propertiesOf } from '../support/network-templates';
import { FRANKFURT, importedVpc, IRELAND, stackIn } from '../support/synthesis';

function templateOf(options: FargateEndpointOptions = {}, bound: Partial<TrafficEndpointBindOptions> = {}) {
  const stack = stackIn(IRELAND);
  bindIn(stack, TrafficEndpoint.fargate(options), bound);
  return Template.fromStack(stack);
}

const onlyOf = (template: Template, type: string, part = '') => propertiesOf(template, onlyIdOf(template, type, part));
const taskOf = (template: Template) => onlyOf(template, 'AWS::ECS::TaskDefinition');
const containerOf = (template: Template) => (taskOf(template).ContainerDefinitions as Record<string, unknown>[])[0];
const groupOf = (template: Template) => onlyOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup');
const listenerOf = (template: Template) => onlyOf(template, 'AWS::ElasticLoadBalancingV2::Listener', 'Https');
const rulesOf = (template: Template) => onlyOf(template, 'AWS::WAFv2::WebACL').Rules as { Name: string; Priority: number; Statement: Record<string, { Limit?: number }> }[];
const targetsOf = (template: Template) => Object.fromEntries(['Cpu', 'Memory', 'Requests'].map((part) => [
  part,
  (onlyOf(template, 'AWS::ApplicationAutoScaling::ScalingPolicy', part).TargetTrackingScalingPolicyConfiguration as { TargetValue: number }).TargetValue,
]));

describe('defaults', () => {
  const template = templateOf();

  test('@default FargateServiceOptions.containerPort: 8080', () => {
    expect(groupOf(template).Port).toBe(8080);
    expect(containerOf(template).PortMappings).toEqual([{ ContainerPort: 8080, Protocol: 'tcp' }]);
  });

  test('@default FargateServiceOptions.targetProtocol: HTTP', () => {
    expect(groupOf(template).Protocol).toBe('HTTP');
  });

  test('@default FargateServiceOptions.healthCheckPath: /health', () => {
    expect(groupOf(template)).toMatchObject({ HealthCheckPath: '/health', Matcher: { HttpCode: '200' } });
  });

  test('@default FargateServiceOptions.healthCheckGracePeriod: 60 seconds', () => {
    expect(onlyOf(template, 'AWS::ECS::Service').HealthCheckGracePeriodSeconds).toBe(60);
  });

  test('@default FargateServiceOptions.deregistrationDelay: 60 seconds', () => {
    expect(groupOf(template).TargetGroupAttributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '60' });
  });

  test('@default FargateServiceOptions.stopTimeout: 60 seconds', () => {
    expect(containerOf(template).StopTimeout).toBe(60);
  });

  test('@default FargateServiceOptions.clientKeepAlive: 5 minutes', () => {
    expect(onlyOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').LoadBalancerAttributes).toContainEqual({ Key: 'client_keep_alive.seconds', Value: '300' });
  });

  test('@default FargateServiceOptions.cpu: 512', () => {
    expect(taskOf(template).Cpu).toBe('512');
  });

  test('@default FargateServiceOptions.memoryLimitMiB: twice the CPU units', () => {
    expect(taskOf(template).Memory).toBe('1024');
    expect(taskOf(templateOf({ cpu: 4096 })).Memory).toBe('8192');
  });

  test('@default FargateServiceOptions.cpuArchitecture: X86_64', () => {
    expect(taskOf(template).RuntimePlatform).toEqual({ CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' });
  });

  test('@default FargateServiceOptions.user: 1000:1000', () => {
    expect(containerOf(template).User).toBe('1000:1000');
  });

  test('@default FargateServiceOptions.environment: none', () => {
    expect(containerOf(template)).not.toHaveProperty('Environment');
  });

  test('@default FargateServiceOptions.secrets: none', () => {
    expect(containerOf(template)).not.toHaveProperty('Secrets');
  });

  test('@default FargateServiceOptions.minCapacity: 2', () => {
    expect(onlyOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget').MinCapacity).toBe(2);
  });

  test('@default FargateServiceOptions.maxCapacity: four times minCapacity', () => {
    expect(onlyOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget').MaxCapacity).toBe(8);
    expect(onlyOf(templateOf({ minCapacity: 10 }), 'AWS::ApplicationAutoScaling::ScalableTarget').MaxCapacity).toBe(40);
  });

  test('@default FargateServiceOptions.targetCpuUtilizationPercent: 50', () => {
    expect(targetsOf(template).Cpu).toBe(50);
  });

  test('@default FargateServiceOptions.targetMemoryUtilizationPercent: 70', () => {
    expect(targetsOf(template).Memory).toBe(70);
  });

  test('@default FargateServiceOptions.requestsPerTarget: 1000', () => {
    expect(targetsOf(template).Requests).toBe(1000);
  });

  test('@default FargateServiceOptions.certificate: a new one, validated by records in the zone', () => {
    expect(onlyOf(template, 'AWS::CertificateManager::Certificate')).toMatchObject({
      DomainName: 'pay.example.com',
      SubjectAlternativeNames: ['pay-source.example.com'],
      ValidationMethod: 'DNS',
      DomainValidationOptions: [
        { DomainName: 'pay.example.com', HostedZoneId: 'Z0123456789ABCDEFGHIJ' },
        { DomainName: 'pay-source.example.com', HostedZoneId: 'Z0123456789ABCDEFGHIJ' },
      ],
    });
  });

  test('@default FargateServiceOptions.sslPolicy: TLS 1.3, and TLS 1.2 restricted', () => {
    expect(listenerOf(template).SslPolicy).toBe('ELBSecurityPolicy-TLS13-1-2-Res-2021-06');
  });

  test('@default FargateServiceOptions.firewall: common attacks, known bad inputs, too many requests', () => {
    expect(rulesOf(template).map(({ Name, Priority }) => [Name, Priority])).toEqual([
      ['RequestsPerAddress', 0], ['AWSManagedRulesCommonRuleSet', 1], ['AWSManagedRulesKnownBadInputsRuleSet', 2],
    ]);
  });

  test('@default FirewallOptions.requestsPerAddress: 2000', () => {
    expect(rulesOf(template)[0].Statement.RateBasedStatement.Limit).toBe(2000);
  });

  test('@default FirewallOptions.managedRuleGroups: two of AWS\'s', () => {
    expect(rulesOf(template).slice(1).map(({ Statement }) => Statement.ManagedRuleGroupStatement)).toEqual([
      { VendorName: 'AWS', Name: 'AWSManagedRulesCommonRuleSet' }, { VendorName: 'AWS', Name: 'AWSManagedRulesKnownBadInputsRuleSet' },
    ]);
  });

  test('@default FargateServiceOptions.logRetention: a year', () => {
    template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { RetentionInDays: 365 }, 3);
  });

  test('@default FargateEndpointOptions.image: that of the migration\'s service', () => {
    expect(containerOf(template).Image).toMatch(/^public\.ecr\.aws\/payments\/service@sha256:/);
  });
});

test('every option arrives', () => {
  const stack = stackIn(IRELAND);
  bindIn(stack, TrafficEndpoint.fargate({
    image: IMAGE,
    containerPort: 9443,
    targetProtocol: ApplicationProtocol.HTTPS,
    healthCheckPath: '/up?deep=0',
    healthCheckGracePeriod: Duration.minutes(2),
    deregistrationDelay: Duration.seconds(30),
    stopTimeout: Duration.seconds(90),
    clientKeepAlive: Duration.minutes(1),
    cpu: 256,
    memoryLimitMiB: 2048,
    cpuArchitecture: CpuArchitecture.ARM64,
    user: 'node',
    minCapacity: 6,
    maxCapacity: 6,
    targetCpuUtilizationPercent: 40,
    targetMemoryUtilizationPercent: 60,
    requestsPerTarget: 600,
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111111111111:certificate/one'),
    sslPolicy: SslPolicy.TLS13_12_RES_PQ,
    firewall: { requestsPerAddress: 50_000, managedRuleGroups: ['AWSManagedRulesAmazonIpReputationList'] },
    logRetention: RetentionDays.THREE_YEARS,
  }), { hostedZone: undefined, domainNames: [], service: undefined });
  const template = Template.fromStack(stack);
  expect(groupOf(template)).toMatchObject({ Port: 9443, Protocol: 'HTTPS', HealthCheckPath: '/up?deep=0' });
  expect(taskOf(template)).toMatchObject({ Cpu: '256', Memory: '2048', RuntimePlatform: { CpuArchitecture: 'ARM64' } });
  expect(containerOf(template)).toMatchObject({ User: 'node', StopTimeout: 90 });
  expect(targetsOf(template)).toEqual({ Cpu: 40, Memory: 60, Requests: 600 });
  expect(listenerOf(template)).toMatchObject({
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
    Certificates: [{ CertificateArn: 'arn:aws:acm:eu-west-1:111111111111:certificate/one' }],
  });
  template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
  expect(rulesOf(template).map(({ Name }) => Name)).toEqual(['RequestsPerAddress', 'AWSManagedRulesAmazonIpReputationList']);
  template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { RetentionInDays: 1096 }, 3);
});

describe('bad input', () => {
  const rejected: [string, FargateEndpointOptions, string][] = [
    ['a health path without a slash', { healthCheckPath: 'health' }, 'service.healthCheckPath: got \'health\', allowed: a path that begins with \'/\''],
    ['a port of root\'s', { containerPort: 80 }, 'service.containerPort: got 80, allowed: a whole number from 1024 to 65535'],
    ['no port', { containerPort: 0 }, 'service.containerPort: got 0'],
    ['CPU that Fargate has not', { cpu: 300 }, 'service.cpu: got 300, allowed: 256, 512, 1024, 2048, 4096, 8192, 16384'],
    ['too little memory', { cpu: 1024, memoryLimitMiB: 1024 }, 'service.memoryLimitMiB: got 1024, allowed: 2048 to 8192 in steps of 1024 with 1024 CPU units'],
    ['too much memory for the smallest', { cpu: 256, memoryLimitMiB: 3072 }, 'service.memoryLimitMiB: got 3072, allowed: 512, 1024, 2048 with 256 CPU units'],
    ['memory between the steps', { cpu: 8192, memoryLimitMiB: 18_432 }, 'service.memoryLimitMiB: got 18432, allowed: 16384 to 61440 in steps of 4096'],
    ['one task', { minCapacity: 1 }, 'service.minCapacity: got 1, allowed: a whole number from 2'],
    ['fewer at most than at least', { minCapacity: 8, maxCapacity: 4 }, 'service.maxCapacity: got 4, allowed: a whole number from 8'],
    ['root', { user: 'root' }, 'service.user: got \'root\', allowed: a user, or user:group, other than root'],
    ['root by number', { user: '0:1000' }, 'service.user: got \'0:1000\''],
    ['a stop that takes too long', { stopTimeout: Duration.minutes(3) }, 'service.stopTimeout: got 180, allowed: a whole number from 1 to 120 seconds'],
    ['a delay that takes too long', { deregistrationDelay: Duration.hours(2) }, 'service.deregistrationDelay: got 7200'],
    ['a grace period that takes too long', { healthCheckGracePeriod: Duration.hours(2) }, 'service.healthCheckGracePeriod: got 7200'],
    ['connections that are too short', { clientKeepAlive: Duration.seconds(30) }, 'service.clientKeepAlive: got 30'],
    ['no CPU to spare', { targetCpuUtilizationPercent: 100 }, 'service.targetCpuUtilizationPercent: got 100'],
    ['no memory to spare', { targetMemoryUtilizationPercent: 5 }, 'service.targetMemoryUtilizationPercent: got 5'],
    ['no requests', { requestsPerTarget: 0 }, 'service.requestsPerTarget: got 0'],
    ['a limit below AWS WAF\'s', { firewall: { requestsPerAddress: 9 } }, 'service.firewall.requestsPerAddress: got 9'],
    ['another protocol', { targetProtocol: 'TLS' as ApplicationProtocol }, 'service.targetProtocol: got \'TLS\', allowed: HTTP or HTTPS'],
    ['a variable that is none', { environment: { 'A-B': '1' } }, 'service.environment: got \'A-B\''],
  ];

  test.each(rejected)('%s is refused', (_, options, message) => {
    expect(() => templateOf(options)).toThrow(message);
  });

  test('a service without options, or without an image, is refused', () => {
    expect(() => templateOf({}, { service: undefined })).toThrow('service.image: got undefined, allowed: the image of the service');
    expect(() => templateOf({}, { service: { image: undefined as unknown as ContainerImage } })).toThrow('service.image: got undefined');
  });

  test('@default TrafficEndpointBindOptions.service: none, which a Fargate endpoint that says all of it can do without', () => {
    expect(() => templateOf({ image: IMAGE }, { service: undefined })).not.toThrow();
  });

  test('@default TrafficEndpointBindOptions.network: none, which a Fargate endpoint cannot do without', () => {
    expect(() => templateOf({}, { network: undefined })).toThrow('network: got undefined, allowed: the network that the service runs in');
  });

  test('@default TrafficEndpointBindOptions.hostedZone: none, and then a certificate is needed', () => {
    expect(() => templateOf({}, { hostedZone: undefined })).toThrow('service.certificate: got undefined, allowed: a certificate, or a hosted zone and a domain name in it');
    expect(() => templateOf({}, { domainNames: [] })).toThrow('service.certificate: got undefined');
  });

  test('names twice, names that are none, and a first name that is too long are refused', () => {
    expect(() => templateOf({}, { domainNames: ['pay.example.com', 'PAY.example.com.'] })).toThrow('domainNames: got \'PAY.example.com.\', allowed: each name once');
    expect(() => templateOf({}, { domainNames: ['pay example'] })).toThrow('domainNames: got \'pay example\', allowed: a domain name');
    expect(() => templateOf({}, { domainNames: [`${'a'.repeat(60)}.example.com`] })).toThrow('a first name of at most 64 characters');
  });

  test('an identifier that AWS would refuse in names is refused', () => {
    expect(() => templateOf({}, { identifier: 'Suffix Source' })).toThrow('identifier: got \'Suffix Source\'');
  });

  test('a variable that writer discovery sets is refused, and so is one that is there twice', () => {
    const stack = stackIn();
    const discovery = discoveryIn(stack);
    expect(() => bindIn(stack, TrafficEndpoint.fargate({ environment: { PGHOST: 'mine' } }), { discovery }))
      .toThrow('service.environment: got \'PGHOST\', allowed: each variable once in environment and secrets, and none that writer discovery sets');
  });

  test('a VPC without public subnets has no load balancer that the internet reaches', () => {
    expect(() => templateOf({}, { internetFacing: true })).toThrow('network.vpc: got \'Payments/NetworkVpc with 0 public subnets\', allowed: two or more');
  });

  test('a VPC in another Region is refused', () => {
    const stack = stackIn(IRELAND);
    const elsewhere = stackIn(FRANKFURT);
    const network = networkIn(elsewhere, 'Network', importedVpc(elsewhere));
    expect(() => bindIn(stack, TrafficEndpoint.fargate(), { network })).toThrow('network: got \'a VPC in eu-central-1\', allowed: one in eu-west-1, where the service is made');
  });

  test('a bucket that load balancers cannot log to is refused', () => {
    const stack = stackIn(IRELAND);
    const encrypted = new Bucket(stack, 'Encrypted', { encryption: BucketEncryption.KMS, encryptionKey: new Key(stack, 'BucketKey') });
    expect(() => bindIn(stack, TrafficEndpoint.fargate(), { accessLogsBucket: encrypted }))
      .toThrow('accessLogsBucket: got \'a bucket that is encrypted with a KMS key\', allowed: one that is encrypted with SSE-S3');
    const other = stackIn(IRELAND);
    const elsewhere = Bucket.fromBucketAttributes(other, 'Logs', { bucketName: 'logs', region: 'us-east-1' });
    expect(() => bindIn(other, TrafficEndpoint.fargate(), { accessLogsBucket: elsewhere })).toThrow('accessLogsBucket: got \'a bucket in us-east-1\', allowed: one in eu-west-1');
  });
});
