import { App, Aspects, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage, Secret } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { bindIn, discoveryIn, hostedZone, networkIn, SERVICE } from './support/endpoints';
import { suppressionsOf } from '../../projenrc/suppressions';
import { EncryptionAspect, encryptionKey, Protection } from '../../src/core';
import { ApplicationLogin, MigrationDatabase } from '../../src/database';
import { MigrationNetwork } from '../../src/network';
import { EndpointHealthCheck, TrafficEndpoint, WriterDiscovery, type TrafficEndpointBindOptions } from '../../src/service';
import { MigrationBuckets } from '../../src/storage';
import { idsOf, onlyIdOf, propertiesOf } from '../support/network-templates';
import { findings } from '../support/scanners';
import { annotationsOf, FRANKFURT, IRELAND, stackIn } from '../support/synthesis';

const attributesOf = (template: Template) => Object.fromEntries(
  (propertiesOf(template, onlyIdOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer')).LoadBalancerAttributes as { Key: string; Value: unknown }[])
    .map(({ Key: key, Value }) => [key, Value]),
);
const containerOf = (template: Template) => (
  propertiesOf(template, onlyIdOf(template, 'AWS::ECS::TaskDefinition')).ContainerDefinitions as Record<string, unknown>[]
)[0];

/** Both databases and the service, of one stack, as a side of a migration has them. */
function completeIn(stack: Stack, options: Partial<TrafficEndpointBindOptions> = {}) {
  const protection = options.protection ?? Protection.production();
  const key = encryptionKey(stack, 'Key', 'everything', protection);
  const shared = { encryptionKey: key, protection };
  const network = new MigrationNetwork(stack, 'Network', shared);
  const side = (id: string) => ({
    network,
    database: MigrationDatabase.auroraPostgres().bind(new Construct(stack, id), { ...shared, network, identifier: id.toLowerCase() }),
  });
  const { secret } = new ApplicationLogin(stack, 'Login', { ...shared, databaseName: 'payments' });
  const discovery = WriterDiscovery.multiHost().bind(new Construct(stack, 'Discovery'), {
    source: side('Source'), target: side('Target'), applicationSecret: secret, identifier: 'suffix',
  });
  const { accessLogsBucket } = new MigrationBuckets(stack, 'Buckets', shared);
  const before = new Set(stack.node.findAll());
  const around = { ...shared, network, discovery, accessLogsBucket, internetFacing: true };
  const config = bindIn(stack, TrafficEndpoint.fargate(), { ...around, ...options });
  const made = stack.node.findAll().filter((construct) => CfnResource.isCfnResource(construct) && !before.has(construct));
  return { stack, config, discovery, made };
}

describe('a service with everything around it', () => {
  const { stack, config, made } = completeIn(stackIn(IRELAND));
  Aspects.of(stack).add(new EncryptionAspect());
  const template = Template.fromStack(stack);

  test('is made of at most 32 resources', () => {
    expect(made.length).toBeLessThanOrEqual(32);
  });

  test('says what it is', () => {
    expect(config).toMatchObject({ internetFacing: true, healthCheck: EndpointHealthCheck.HTTPS, healthCheckPath: '/health', healthCheckPort: 443 });
  });

  test('leaves nothing to scanners but seven findings that cannot be mended, and nothing unencrypted', () => {
    expect(findings(stack)).toEqual([]);
    expect(suppressionsOf(stack).filter(({ resource }) => resource.startsWith('Endpoint/'))).toHaveLength(7);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('is told of both databases, and of its login by a secret', () => {
    const host = (id: string) => ({ 'Fn::GetAtt': [onlyIdOf(template, 'AWS::RDS::DBCluster', id), 'Endpoint.Address'] });
    const secret = { Ref: onlyIdOf(template, 'AWS::SecretsManager::Secret', 'Login') };
    expect(containerOf(template)).toMatchObject({
      Environment: [
        { Name: 'PGHOST', Value: { 'Fn::Join': ['', [host('Source'), ',', host('Target')]] } },
        { Name: 'PGPORT', Value: '5432' },
        { Name: 'PGDATABASE', Value: 'payments' },
        { Name: 'PGTARGETSESSIONATTRS', Value: 'read-write' },
        { Name: 'PGSSLMODE', Value: 'verify-full' },
        { Name: 'PGCONNECT_TIMEOUT', Value: '3' },
      ],
      Secrets: [
        { Name: 'PGUSER', ValueFrom: { 'Fn::Join': ['', [secret, ':username::']] } },
        { Name: 'PGPASSWORD', ValueFrom: { 'Fn::Join': ['', [secret, ':password::']] } },
      ],
    });
  });

  test('lets tasks reach both databases and HTTPS, and the load balancer reach tasks alone', () => {
    const group = (id: string) => onlyIdOf(template, 'AWS::EC2::SecurityGroup', id);
    const tasks = idsOf(template, 'AWS::EC2::SecurityGroup').find((id) => id.startsWith('EndpointSecurityGroup'))!;
    const balancer = group('EndpointLoadBalancerSecurityGroup');
    expect(propertiesOf(template, tasks)).toMatchObject({ SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }] });
    expect(propertiesOf(template, tasks)).not.toHaveProperty('SecurityGroupIngress');
    // A group without a rule of its own would be let out to everywhere.
    expect(propertiesOf(template, balancer)).toMatchObject({ SecurityGroupEgress: [{ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' }] });
    const rules = (type: string, from: string, to: string) => idsOf(template, type).map((id) => propertiesOf(template, id))
      .map((rule) => [rule[from], rule.FromPort, rule[to]].map((end) => (typeof end === 'number' ? end : (end as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0])));
    const leaving = rules('AWS::EC2::SecurityGroupEgress', 'GroupId', 'DestinationSecurityGroupId');
    expect(leaving.filter(([from]) => from === balancer)).toEqual([[balancer, 8080, tasks]]);
    expect(leaving.filter(([from]) => from === tasks).map(([, port, to]) => [port, to]).sort()).toEqual(
      ['SourceSecurityGroup', 'TargetSecurityGroup'].map((id) => [5432, group(id)]),
    );
    const arriving = rules('AWS::EC2::SecurityGroupIngress', 'SourceSecurityGroupId', 'GroupId');
    expect(arriving.filter(([, , to]) => to === tasks)).toEqual([[balancer, 8080, tasks]]);
    expect(arriving.filter(([from, port]) => from === tasks && port === 5432)).toHaveLength(2);
  });

  test('waits for its way out, its role and the log group of Container Insights', () => {
    const { DependsOn } = Object.values(template.findResources('AWS::ECS::Service'))[0] as { DependsOn: string[] };
    expect(DependsOn).toEqual(expect.arrayContaining([
      ...idsOf(template, 'AWS::EC2::Route', 'NatRoute'),
      onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'EndpointTaskExecutionRole'),
      onlyIdOf(template, 'AWS::Logs::LogGroup', 'Insights'),
    ]));
  });

  test('has an execution role that reads its login and writes its log, and a task role that may do nothing', () => {
    const policy = propertiesOf(template, onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'EndpointTask'));
    const { Statement } = policy.PolicyDocument as { Statement: { Action: string | string[]; Resource: unknown }[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([
      'kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue',
    ]);
    expect(JSON.stringify(Statement)).not.toContain('*');
    expect(JSON.stringify(policy.Roles)).toContain('ExecutionRole');
    const task = propertiesOf(template, onlyIdOf(template, 'AWS::IAM::Role', 'TaskTaskRole'));
    expect(Object.keys(task).filter((key) => key !== 'AssumeRolePolicyDocument' && key !== 'Tags')).toEqual([]);
  });

  test('has a container that keeps to itself', () => {
    expect(containerOf(template)).toMatchObject({
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
      LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
    });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { Volumes: [{ Name: 'tmp' }], NetworkMode: 'awsvpc' });
  });

  test('takes a deployment back that does harm, and leaves the number of tasks to scaling', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: Match.absent(),
      EnableExecuteCommand: false,
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        Alarms: { Enable: true, Rollback: true, AlarmNames: [{ Ref: onlyIdOf(template, 'AWS::CloudWatch::Alarm', 'DeploymentAlarm') }] },
      },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
      Metrics: Match.arrayWith([
        Match.objectLike({ MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'UnHealthyHostCount' }) }) }),
        Match.objectLike({ MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'HTTPCode_Target_5XX_Count' }) }) }),
      ]),
    });
  });

  test('speaks HTTPS, and redirects from a listener of its own', () => {
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 2);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: { Ref: onlyIdOf(template, 'AWS::CertificateManager::Certificate') } }],
      DefaultActions: [{ Type: 'forward' }],
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }],
    });
  });

  test('has a load balancer that refuses what it cannot judge, and cannot be deleted', () => {
    expect(attributesOf(template)).toMatchObject({
      'deletion_protection.enabled': 'true',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'routing.http.desync_mitigation_mode': 'strictest',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': { Ref: onlyIdOf(template, 'AWS::S3::Bucket', 'AccessLogs') },
      'access_logs.s3.prefix': 'load-balancers/suffix-source',
    });
  });

  test('lets Elastic Load Balancing write its own logs, and that before there is one', () => {
    const policy = onlyIdOf(template, 'AWS::S3::BucketPolicy', 'AccessLogs');
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([{
          Action: 's3:PutObject',
          Effect: 'Allow',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
          Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [onlyIdOf(template, 'AWS::S3::Bucket', 'AccessLogs'), 'Arn'] }, '/load-balancers/suffix-source/AWSLogs/111111111111/*']] },
          Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } },
        }]),
      },
    });
    template.hasResource('AWS::ElasticLoadBalancingV2::LoadBalancer', { DependsOn: Match.arrayWith([policy]) });
  });

  test('has a firewall whose log holds no credentials', () => {
    const log = onlyIdOf(template, 'AWS::Logs::LogGroup', 'WebAcl');
    expect(JSON.stringify(propertiesOf(template, log).LogGroupName)).toContain('aws-waf-logs-suffix-source');
    expect(propertiesOf(template, log)).toHaveProperty('KmsKeyId');
    template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      RedactedFields: [{ SingleHeader: { Name: 'authorization' } }, { SingleHeader: { Name: 'cookie' } }],
    });
    expect(JSON.stringify(template.findResources('AWS::WAFv2::LoggingConfiguration'))).not.toContain(':*');
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: { Ref: onlyIdOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer') } });
  });

  test('has Container Insights, in a log group that is encrypted and ends', () => {
    const cluster = onlyIdOf(template, 'AWS::ECS::Cluster');
    expect(propertiesOf(template, cluster).ClusterSettings).toEqual([{ Name: 'containerInsights', Value: 'enhanced' }]);
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::Logs::LogGroup', 'Insights'))).toMatchObject({
      LogGroupName: { 'Fn::Join': ['', ['/aws/ecs/containerinsights/', { Ref: cluster }, '/performance']] },
      RetentionInDays: 365,
      KmsKeyId: expect.anything() as unknown,
    });
  });

  test('has no fixed name but those that AWS asks for', () => {
    const named = made.filter((construct) => construct.node.path.includes('Endpoint/')).map((construct) => stack.resolve((construct as unknown as { _toCloudFormation: () => object })._toCloudFormation()) as object)
      .filter((resource) => /"(LoadBalancerName|ClusterName|ServiceName|RoleName|ManagedPolicyName|AlarmName|GroupName)":/.test(JSON.stringify(resource)));
    expect(named).toEqual([]);
  });
});

test('an ephemeral service leaves nothing behind', () => {
  const { stack } = completeIn(stackIn(), { protection: Protection.ephemeral() });
  const template = Template.fromStack(stack);
  expect(attributesOf(template)['deletion_protection.enabled']).toBe('false');
  const kept = Object.values((template.toJSON() as { Resources: Record<string, { DeletionPolicy?: string }> }).Resources)
    .filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'));
  expect(kept).toEqual([]);
  // Whoever chooses it chooses that, of databases and load balancers alike.
  expect(findings(stack).filter((finding) => !/DeletionProtectionEnabled|RDS10/.test(finding))).toEqual([]);
});

describe('a service in a VPC that exists, by itself', () => {
  const stack = stackIn();
  const config = bindIn(stack, TrafficEndpoint.fargate());
  const template = Template.fromStack(stack);

  test('is reached by the VPC alone', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      Subnets: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ CidrIp: '10.20.0.0/16', FromPort: 443 }, { CidrIp: '10.20.0.0/16', FromPort: 80 }].map((rule) => Match.objectLike(rule)),
    });
    expect(config).toMatchObject({ internetFacing: false, healthCheck: EndpointHealthCheck.METRIC });
  });

  test('@default TrafficEndpointBindOptions.discovery: it is told nothing, and may reach no database', () => {
    expect(containerOf(template)).not.toHaveProperty('Environment');
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
  });

  test('@default TrafficEndpointBindOptions.accessLogsBucket: a new one', () => {
    template.resourceCountIs('AWS::S3::Bucket', 1);
    expect(attributesOf(template)['access_logs.s3.bucket']).toEqual({ Ref: onlyIdOf(template, 'AWS::S3::Bucket') });
  });

  test('@default TrafficEndpointBindOptions.encryptionKey: a new one', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: { 'Fn::GetAtt': [onlyIdOf(template, 'AWS::KMS::Key'), 'Arn'] } });
  });

  test('@default TrafficEndpointBindOptions.alarmTopic: the alarm tells nobody but ECS', () => {
    expect(propertiesOf(template, onlyIdOf(template, 'AWS::CloudWatch::Alarm', 'DeploymentAlarm'))).not.toHaveProperty('AlarmActions');
  });

  test('leaves nothing to scanners', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('what is given', () => {
  test('is told of the alarm, which then needs no suppression', () => {
    const stack = stackIn();
    const topic = new Topic(stack, 'Topic', { enforceSSL: true, masterKey: new Key(stack, 'Key', { enableKeyRotation: true }) });
    bindIn(stack, TrafficEndpoint.fargate(), { alarmTopic: topic });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: onlyIdOf(Template.fromStack(stack), 'AWS::SNS::Topic') }] });
    expect(findings(stack)).toEqual([]);
    expect(suppressionsOf(stack).filter(({ rule }) => rule.includes('CloudWatchAlarmAction'))).toEqual([]);
  });

  test('pulls an image from ECR by the execution role\'s one policy', () => {
    const stack = stackIn();
    const image = ContainerImage.fromEcrRepository(Repository.fromRepositoryName(stack, 'Repository', 'payments'), 'sha256:aaaa');
    bindIn(stack, TrafficEndpoint.fargate({ image }), { service: undefined });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
    expect(findings(stack)).toEqual([]);
  });

  test('is granted to the task role in a policy of its own', () => {
    const stack = stackIn();
    const { service } = bindIn(stack, TrafficEndpoint.fargate());
    new Topic(stack, 'Topic').grantPublish(service!.taskDefinition.taskRole);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    expect(idsOf(template, 'AWS::IAM::ManagedPolicy', 'TaskTaskRole')).toHaveLength(1);
  });

  test('may be more secrets', () => {
    const stack = stackIn();
    const parameter = StringParameter.fromSecureStringParameterAttributes(stack, 'Parameter', { parameterName: '/provider/token' });
    bindIn(stack, TrafficEndpoint.fargate({ environment: { MODE: 'live' }, secrets: { TOKEN: Secret.fromSsmParameter(parameter) } }), { discovery: discoveryIn(stack) });
    const container = containerOf(Template.fromStack(stack));
    expect(container.Environment).toContainEqual({ Name: 'MODE', Value: 'live' });
    expect((container.Secrets as { Name: string }[]).map(({ Name }) => Name)).toEqual(['PGUSER', 'PGPASSWORD', 'TOKEN']);
  });

  test('on a side comes before what both sides run', () => {
    const stack = stackIn();
    bindIn(stack, TrafficEndpoint.fargate({ cpu: 1024, minCapacity: undefined }), { service: { ...SERVICE, cpu: 256, minCapacity: 3 } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu: '1024' });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 12 });
  });

  test('logs into a bucket of the caller\'s', () => {
    const stack = stackIn();
    bindIn(stack, TrafficEndpoint.fargate(), { accessLogsBucket: Bucket.fromBucketName(stack, 'Logs', 'logs-of-all') });
    const template = Template.fromStack(stack);
    expect(attributesOf(template)['access_logs.s3.bucket']).toBe('logs-of-all');
    template.resourceCountIs('AWS::S3::Bucket', 0);
  });
});

test('two sides of a stack get in each other\'s way nowhere', () => {
  const stack = stackIn();
  const bucket = new Bucket(stack, 'Logs', { encryption: BucketEncryption.S3_MANAGED });
  const [network, zone] = [networkIn(stack, 'Network'), hostedZone(stack)];
  for (const side of ['source', 'target']) {
    TrafficEndpoint.fargate().bind(new Construct(stack, side), {
      identifier: `suffix-${side}`,
      network,
      service: SERVICE,
      internetFacing: false,
      domainNames: ['pay.example.com', `pay-${side}.example.com`],
      hostedZone: zone,
      accessLogsBucket: bucket,
      protection: Protection.production(),
    });
  }
  const template = Template.fromStack(stack);
  const names = idsOf(template, 'AWS::Logs::LogGroup').map((id) => JSON.stringify(propertiesOf(template, id).LogGroupName)).filter((name) => name !== undefined);
  expect(new Set(names).size).toBe(4);
  const policy = JSON.stringify(propertiesOf(template, onlyIdOf(template, 'AWS::S3::BucketPolicy')));
  for (const side of ['source', 'target']) expect(policy).toContain(`/load-balancers/suffix-${side}/AWSLogs/`);
  expect(annotationsOf(stack)).toEqual([]);
});

describe('a service in a stack without account and Region', () => {
  test('synthesises without a warning', () => {
    const { stack } = completeIn(stackIn());
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('a service in a nested stack, of databases around it', () => {
  test('refers to the stack around it, never the other way round', () => {
    const stack = stackIn(IRELAND);
    const nested = new NestedStack(stack, 'Services');
    const network = networkIn(stack, 'Network');
    const database = MigrationDatabase.auroraPostgres().bind(new Construct(stack, 'Target'), { network });
    const discovery = discoveryIn(stack, WriterDiscovery.multiHost(), { target: { database, network } });
    bindIn(nested, TrafficEndpoint.fargate(), { network, discovery, hostedZone: hostedZone(stack) });
    expect(annotationsOf(stack)).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    expect(idsOf(Template.fromStack(nested), 'AWS::EC2::SecurityGroupIngress').map((id) => propertiesOf(Template.fromStack(nested), id).ToPort).sort()).toEqual([5432, 8080]);
  });
});

describe('a service in another Region than the migration', () => {
  const app = new App();
  const [ireland, frankfurt, services] = [['Ireland', IRELAND], ['Frankfurt', FRANKFURT], ['Services', FRANKFURT]]
    .map(([id, env]) => new Stack(app, id as string, { env: env as typeof IRELAND, crossRegionReferences: true }));
  const key = encryptionKey(frankfurt, 'Key', 'the side', Protection.production());
  const network = networkIn(frankfurt, 'Network');
  const target = { network, database: MigrationDatabase.auroraPostgres().bind(new Construct(frankfurt, 'Target'), { network, encryptionKey: key }) };
  const login = new ApplicationLogin(ireland, 'Login', { databaseName: 'payments', encryptionKey: new Key(ireland, 'LoginKey', { enableKeyRotation: true }) });
  login.replicateTo('eu-central-1', key);
  const discovery = discoveryIn(ireland, WriterDiscovery.multiHost(), { target, applicationSecret: login.secret });
  bindIn(services, TrafficEndpoint.fargate(), { network, discovery, encryptionKey: key });

  test('reads the copy of its login there, with the key of the side', () => {
    app.synth();
    const template = Template.fromStack(services);
    const secrets = JSON.stringify(containerOf(template).Secrets);
    expect(secrets).toContain(':secretsmanager:eu-central-1:');
    const policy = propertiesOf(template, onlyIdOf(template, 'AWS::IAM::ManagedPolicy', 'Task'));
    expect(JSON.stringify(policy)).toContain('secretsmanager.eu-central-1.amazonaws.com');
  });

  test('depends on both stacks, and neither on it', () => {
    expect(services.dependencies.map(({ node }) => node.id).sort()).toEqual(['Frankfurt', 'Ireland']);
    expect(frankfurt.dependencies).not.toContain(services);
    expect(ireland.dependencies).not.toContain(services);
  });

  test('leaves nothing to scanners', () => {
    expect(findings(services)).toEqual([]);
  });
});

test('a database across a link is reached by its addresses', () => {
  const stack = stackIn(IRELAND);
  const vpc = Vpc.fromVpcAttributes(stack, 'OtherVpc', {
    vpcId: 'vpc-0fedcba9876543210', vpcCidrBlock: '10.99.0.0/16', availabilityZones: ['eu-west-1a'], isolatedSubnetIds: ['subnet-0ccccccccccccccc1'],
  });
  const elsewhere = networkIn(stack, 'Elsewhere', vpc);
  const group = new SecurityGroup(stack, 'Group', { vpc: elsewhere.vpc, allowAllOutbound: false });
  const database = { ...discoveryIn(new Construct(stack, 'Aside')).sides.target.database, connections: group.connections };
  bindIn(stack, TrafficEndpoint.fargate(), { network: networkIn(stack, 'Network'), discovery: discoveryIn(stack, WriterDiscovery.none(), { target: { network: elsewhere, database } }) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIp: '10.99.0.0/16', FromPort: 5432, ToPort: 5432 })]),
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.20.0.0/16', FromPort: 5432, ToPort: 5432 })],
  });
});
