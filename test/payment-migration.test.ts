import { App, CfnOutput, Duration, NestedStack, Stack, type Environment } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  MigrationDatabase,
  MigrationSide,
  MigrationStage,
  MissingRoles,
  NatStrategy,
  NetworkLink,
  PaymentInvariant,
  PaymentMigration,
  Protection,
  ReplicationCapacity,
  TrafficEndpoint,
  WriteFence,
  type NetworkLinkBindOptions,
  type NetworkLinkConfig,
  type PaymentMigrationProps,
} from '../src';
import { FRANKFURT, IRELAND, annotationsOf, importedSecret, importedVpc, stackIn } from './support/synthesis';

function migrate(props: Partial<PaymentMigrationProps> = {}, env: Environment | undefined = IRELAND): { stack: Stack; migration: PaymentMigration } {
  const stack = stackIn(env);
  return { stack, migration: new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), ...props }) };
}

/** What carries the migration: a nested stack by default. */
const controlPlaneOf = (migration: PaymentMigration) => Template.fromStack(Stack.of(migration.cutover));
const idsOf = (template: Template) => Object.keys((template.toJSON() as { Resources: object }).Resources);

function external(stack: Stack): MigrationSide {
  return MigrationSide.existing({
    database: MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret: importedSecret(stack) }),
  });
}

describe('two provisioned sides', () => {
  const { stack, migration } = migrate();
  const template = Template.fromStack(stack);
  const controlPlane = controlPlaneOf(migration);

  test('are two networks, two databases and a link', () => {
    template.resourceCountIs('AWS::EC2::VPC', 2);
    template.resourceCountIs('AWS::RDS::DBCluster', 2);
    template.resourceCountIs('AWS::EC2::TransitGateway', 1);
    template.resourceCountIs('AWS::EC2::TransitGatewayAttachment', 2);
  });

  test('carry no warning, no error and no lookup', () => {
    expect(annotationsOf(stack)).toEqual([]);
    expect((stack.node.root as App).synth().manifest.missing).toBeUndefined();
  });

  test('stay far below what a stack may hold', () => {
    expect(idsOf(template).length).toBeLessThanOrEqual(300);
    expect(idsOf(controlPlane).length).toBeLessThanOrEqual(480);
  });

  test('@default PaymentMigrationProps.target: a provisioned side', () => {
    expect(migration.target.database.cluster).toBeInstanceOf(DatabaseCluster);
    expect(migration.target.network?.vpc.vpcCidrBlock).toBe('10.1.0.0/16');
  });

  test('@default PaymentMigrationProps.link: a transit gateway in one Region', () => {
    expect(migration.link?.transitGatewayId).toBeDefined();
  });

  test('@default PaymentMigrationProps.environmentSuffix: made from the path', () => {
    expect(migration.environmentSuffix).toMatch(/^migration-[0-9a-f]{8}$/);
  });

  test('@default PaymentMigrationProps.project: payments, and every taggable resource says so', () => {
    const untagged = Object.entries(template.toJSON().Resources as Record<string, { Properties?: { Tags?: { Key: string; Value: string }[] } }>)
      .filter(([, { Properties }]) => Array.isArray(Properties?.Tags))
      .filter(([, { Properties }]) => !Properties!.Tags!.some(({ Key, Value }) => Key === 'payment-migration:project' && Value === 'payments'));
    expect(untagged.map(([id]) => id)).toEqual([]);
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      Tags: Match.arrayWith([
        { Key: 'payment-migration:project', Value: 'payments' },
        { Key: 'payment-migration:side', Value: 'source' },
        { Key: 'payment-migration:suffix', Value: migration.environmentSuffix },
      ]),
    });
    template.hasResourceProperties('AWS::EC2::VPC', { Tags: Match.arrayWith([{ Key: 'payment-migration:side', Value: 'target' }]) });
  });

  test('@default PaymentMigrationProps.protection: production', () => {
    template.allResources('AWS::RDS::DBCluster', { DeletionPolicy: 'Snapshot', Properties: { DeletionProtection: true } });
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default PaymentMigrationProps.applicationSecret: one new login for both sides', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { SecretStringTemplate: Match.stringLikeRegexp('"username":"payments_app"') },
    });
    expect(stack.resolve(migration.applicationSecret.secretArn)).toEqual({ Ref: expect.stringContaining('ApplicationLogin') as string });
  });

  test('@default ProvisionedSideOptions.scope: the scope of the migration', () => {
    expect(migration.source.node.scope).toBe(migration);
  });

  test('@default ProvisionedSideOptions.network: 10.0.0.0/16 and 10.1.0.0/16, without NAT gateways', () => {
    template.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
    template.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.1.0.0/16' });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  test('@default ProvisionedSideOptions.vpc: a new VPC', () => {
    expect(migration.source.network?.vpc.vpcId).not.toBe(migration.target.network?.vpc.vpcId);
    expect(stack.resolve(migration.source.network?.vpc.vpcId)).toEqual({ 'Fn::GetAtt': [expect.stringContaining('SourceNetwork'), 'VpcId'] });
  });

  test('@default ProvisionedSideOptions.database: Aurora PostgreSQL', () => {
    template.allResourcesProperties('AWS::RDS::DBCluster', { Engine: 'aurora-postgresql' });
  });

  test('have no physical name that a second migration could have too', () => {
    const named = Object.entries(template.toJSON().Resources as Record<string, { Properties?: Record<string, unknown> }>)
      .flatMap(([id, { Properties = {} }]) => Object.entries(Properties)
        .filter(([key, value]) => /(Name|Identifier)$/.test(key) && typeof value === 'string' && !value.startsWith(`${migration.environmentSuffix}-`))
        // These name what AWS has, what is inside a database, or what a person calls a task.
        .filter(([key]) => !['DatabaseName', 'ServiceName', 'EngineName', 'CACertificateIdentifier', 'Name'].includes(key))
        .map(([key]) => `${id}.${key}`));
    expect(named).toEqual([]);
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      DBClusterIdentifier: { 'Fn::Join': ['-', [`${migration.environmentSuffix}-source`, Match.anyValue()]] },
    });
  });

  test('tell where their databases are', () => {
    const outputs = Object.keys(template.toJSON().Outputs as object).join(' ');
    for (const output of ['SourceVpcId', 'SourceDatabaseEndpoint', 'SourceMigrationSecretArn', 'TargetDatabaseEndpoint', 'ApplicationSecretArn']) {
      expect(outputs).toContain(output);
    }
  });

  test('tell which functions decide who may write', () => {
    const outputs = template.toJSON().Outputs as Record<string, { readonly Value: unknown }>;
    const named = Object.entries(outputs).filter(([id]) => id.includes('FunctionName')).map(([, { Value }]) => JSON.stringify(Value));
    expect(named).toEqual(['AuthorityFunction', 'FenceFunction', 'PreflightFunction', 'ValidationFunction'].map((name) => expect.stringContaining(name)));
    expect(Object.keys(outputs).join(' ')).toMatch(/SchemaCopyClusterName.*SchemaCopyTaskDefinitionArn/);
  });

  test('are reached by these functions, which stand in the target and wait for neither database', () => {
    const functions = controlPlane.findResources('AWS::Lambda::Function', { Properties: { Environment: { Variables: { TARGET_DATABASE: 'payments' } } } });
    expect(Object.keys(functions)).toHaveLength(4);
    for (const resource of Object.values(functions)) {
      expect(JSON.stringify(resource.Properties.VpcConfig.SubnetIds)).toMatch(/^(?!.*Source).*TargetNetworkReplicationSubnet/);
    }
    controlPlane.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: Match.stringLikeRegexp('functions of the cutover'),
      SecurityGroupEgress: [
        Match.objectLike({ CidrIp: '10.1.0.0/16', FromPort: 443 }),
        Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 5432 }),
      ],
    });
  });

  test('name the migration in what these functions measure and encrypt it with the migration\'s own key', () => {
    const environment = Match.objectLike({ Variables: Match.objectLike({ POWERTOOLS_SERVICE_NAME: migration.environmentSuffix }) });
    const functions = controlPlane.findResources('AWS::Lambda::Function', { Properties: { Environment: environment } });
    const keys = Object.values(functions).map(({ Properties }) => JSON.stringify(Properties.KmsKeyArn));
    expect(keys).toHaveLength(4);
    expect(keys.filter((key) => !/MigrationEncryptionKey/.test(key))).toEqual([]);
  });

  test('@default PaymentMigrationProps.writeFence: triggers', () => {
    expect(migration.cutover.writeFence._settings()).toEqual({ kind: 'triggers' });
  });

  test('@default PaymentMigrationProps.transferDeadline: 30 seconds', () => {
    expect(migration.cutover.transferDeadline.toSeconds()).toBe(30);
  });
});

describe('the control plane', () => {
  test('@default PaymentMigrationProps.controlPlane: a nested stack', () => {
    const { stack, migration } = migrate();
    for (const part of [migration.cutover, migration.topics]) {
      expect(Stack.of(part)).toBeInstanceOf(NestedStack);
      expect(Stack.of(part).nestedStackParent).toBe(stack);
    }
    Template.fromStack(stack).hasResource('AWS::CloudFormation::Stack', { Properties: { Tags: Match.anyValue() } });
  });

  test('may be made in the stack itself, in no other', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), controlPlane: stack });
    expect(migration.cutover.node.path).toBe('Payments/MigrationControlPlane/Cutover');
    Template.fromStack(stack).resourceCountIs('AWS::CloudFormation::Stack', 0);
    const controlPlane = new Stack(new App(), 'Other');
    expect(() => migrate({ controlPlane })).toThrow("controlPlane: got 'a scope in Other', allowed: one in the migration's own stack Payments");
  });

  test('@default PaymentMigrationProps.replication: every table, by an instance of DMS', () => {
    const template = Template.fromStack(migrate().stack);
    template.resourceCountIs('AWS::DMS::ReplicationInstance', 1);
    template.resourceCountIs('AWS::DMS::ReplicationTask', 3);
  });

  test('@default PaymentMigrationProps.notification: topics without subscriptions', () => {
    const template = controlPlaneOf(migrate().migration);
    template.resourceCountIs('AWS::SNS::Topic', 4);
    template.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test('is told whom to tell', () => {
    const { migration } = migrate({ notification: { emailSubscriptions: ['payments@example.com'] } });
    controlPlaneOf(migration).resourceCountIs('AWS::SNS::Subscription', 4);
  });

  test('leaves replication to the stack, whose instance waits for no database', () => {
    const { stack } = migrate({ replication: { capacity: ReplicationCapacity.serverless() } });
    Template.fromStack(stack).resourceCountIs('AWS::DMS::ReplicationConfig', 3);
  });
});

describe('what is asked of both databases', () => {
  const { migration } = migrate();
  const controlPlane = controlPlaneOf(migration);

  test('@default PaymentMigrationProps.preflight: 512 MiB, for at most 15 minutes', () => {
    controlPlane.hasResourceProperties('AWS::Lambda::Function', { Description: 'Says whether the source may move to the target', MemorySize: 512, Timeout: 900 });
    expect(Stack.of(migration.preflight)).toBe(Stack.of(migration.cutover));
  });

  test('@default PaymentMigrationProps.premigrationAssessment: false', () => {
    expect(JSON.stringify(controlPlane.toJSON())).not.toMatch(/"ASSESSMENT"|AssessmentRun/);
  });

  test('may be an assessment of DMS\'s too, of the load alone, which the functions do not wait for', () => {
    const { stack, migration: assessed } = migrate({ premigrationAssessment: true });
    const functions = controlPlaneOf(assessed).findResources('AWS::Lambda::Function', { Properties: { Environment: { Variables: { ASSESSMENT: Match.anyValue() } } } });
    expect(Object.keys(functions)).toHaveLength(1);
    const { ASSESSMENT } = Object.values(functions)[0].Properties.Environment.Variables as Record<string, unknown>;
    expect(JSON.stringify(ASSESSMENT)).toMatch(`:task:${assessed.environmentSuffix}-load`);
    expect(JSON.stringify(ASSESSMENT)).toMatch('dms-logs/assessment');
    const [nested] = Object.values(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));
    expect(JSON.stringify(nested)).not.toMatch(/Replication(Instance|Load)/);
    expect(() => migrate({ premigrationAssessment: true, replication: { capacity: ReplicationCapacity.serverless() } })).toThrow('premigrationAssessment: got');
    const { migration: holding } = migrate({ premigrationAssessment: true, stage: MigrationStage.HOLDING });
    expect(JSON.stringify(controlPlaneOf(holding).toJSON())).not.toMatch(/"ASSESSMENT"/);
  });

  test('@default PaymentMigrationProps.validation: every table, without invariants', () => {
    const { plan, invariants } = migration.validation._requests('source');
    expect([plan.tables, plan.schemas, invariants]).toEqual([undefined, undefined, undefined]);
  });

  test('@default PaymentMigrationProps.schemaCopy: by the source\'s clients, which make no role', () => {
    const [task] = Object.values(controlPlane.findResources('AWS::ECS::TaskDefinition'));
    const { Image, Command } = (task.Properties.ContainerDefinitions as { readonly Image: string; readonly Command: string[] }[])[0];
    expect(Image).toMatch(/postgres:17\.\d+-bookworm$/);
    expect(Command).toEqual(expect.arrayContaining(['JOBS=4', 'MISSING_ROLES=refuse']));
    expect(migration.schemaCopy._runTask('keys').Overrides.ContainerOverrides).toHaveLength(1);
  });

  test('is told how', () => {
    const { migration: told } = migrate({
      preflight: { memorySize: 1024 },
      schemaCopy: { jobs: 2, missingRoles: MissingRoles.CREATE },
      validation: { schemas: ['public'], invariants: [PaymentInvariant.unique('once', 'public.payments', ['idempotency_key'])] },
    });
    const template = controlPlaneOf(told);
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Says whether the source may move to the target', MemorySize: 1024 });
    expect(JSON.stringify(template.findResources('AWS::ECS::TaskDefinition'))).toMatch(/"JOBS=2","MISSING_ROLES=create"/);
    expect(told.validation._requests('source')).toMatchObject({ plan: { schemas: ['public'] }, invariants: { invariants: [{ name: 'once' }] } });
  });

  test('is measured under the migration\'s name', () => {
    for (const metric of [migration.preflight.metricBlockers(), migration.validation.metricDifferences()]) {
      expect(metric.dimensions).toEqual({ service: migration.environmentSuffix });
    }
  });

  test('shares the rights that every function in a VPC needs with the functions of the cutover', () => {
    const shared = Object.entries(controlPlane.findResources('AWS::IAM::ManagedPolicy')).filter(([id]) => id.startsWith('UnnamedRights'));
    expect(shared.map(([, { Properties }]) => (Properties.Roles as unknown[]).length)).toEqual([3]);
  });
});

describe('the buckets', () => {
  test('@default PaymentMigrationProps.storage: evidence is locked for a year', () => {
    Template.fromStack(migrate().stack).hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } },
    });
  });

  test('keep evidence as they are told', () => {
    const { stack } = migrate({ storage: { evidenceRetention: ObjectLockRetention.compliance(Duration.days(30)) } });
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 30 } } },
    });
  });
});

describe('what serves', () => {
  const zone = (scope: Construct) => HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' });
  const service = { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:stable') };
  const bare = Template.fromStack(migrate().stack);

  test('@default PaymentMigrationProps.service, @default ProvisionedSideOptions.endpoint and @default ExistingSideOptions.endpoint: nothing', () => {
    bare.resourceCountIs('AWS::ECS::Service', 0);
    bare.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
    const stack = stackIn(IRELAND);
    const { source, target } = new PaymentMigration(stack, 'Migration', { source: external(stack) });
    for (const { endpoint } of [source, target]) expect([endpoint.loadBalancer, endpoint.domainName]).toEqual([undefined, undefined]);
  });

  test('@default PaymentMigrationProps.cutover: no record, no certificate', () => {
    for (const type of ['Custom::DnsRecords', 'AWS::Route53::HealthCheck', 'AWS::CertificateManager::Certificate']) bare.resourceCountIs(type, 0);
  });

  describe('with a service and a name', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), service, cutover: { hostedZone: zone(stack), recordName: 'pay' } });
    const template = Template.fromStack(stack);

    test('runs on both sides, behind certificates for the shared name and the side\'s own', () => {
      template.resourceCountIs('AWS::ECS::Service', 2);
      for (const side of ['source', 'target']) {
        template.hasResourceProperties('AWS::CertificateManager::Certificate', {
          DomainName: 'pay.example.com', SubjectAlternativeNames: [`pay-${side}.example.com`],
        });
      }
      expect(migration.dnsCutover?.domainName).toBe('pay.example.com');
      expect(Object.keys(migration.writerDiscovery?.sides ?? {})).toEqual(['source', 'target']);
      template.resourceCountIs('AWS::Route53::HealthCheck', 2);
    });

    test('has a way out for it in each zone', () => {
      template.resourceCountIs('AWS::EC2::NatGateway', 6);
    });

    test('@default PaymentMigrationProps.writerDiscovery: both hosts', () => {
      const tasks = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map((task) => JSON.stringify(task));
      expect(tasks).toHaveLength(2);
      for (const task of tasks) expect(task).toMatch(/"PGHOST".*SourceDatabaseCluster.*TargetDatabaseCluster.*"PGTARGETSESSIONATTRS"/);
    });

    test('tells the topic of errors when a deployment does harm, and logs access where the migration does', () => {
      template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('ControlPlane'), Match.anyValue()] })] });
      template.allResourcesProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
        LoadBalancerAttributes: Match.arrayWith([{ Key: 'access_logs.s3.bucket', Value: { Ref: Match.stringLikeRegexp('MigrationBucketsAccessLogs') } }]),
      });
    });

    test('leaves the stack room, and warns of nothing', () => {
      expect(idsOf(template).length).toBeLessThanOrEqual(300);
      expect(annotationsOf(stack)).toEqual([]);
    });

    test('tells where everything is', () => {
      const outputs = Object.keys(template.toJSON().Outputs as object).join(' ');
      for (const output of ['SourceLoadBalancerDnsName', 'TargetLoadBalancerArn', 'TargetClusterName', 'SourceServiceName', 'DomainName', 'HostedZoneId']) {
        expect(outputs).toContain(output);
      }
    });

    test('stays with the target when the migration is retired, under its logical ids; the records stay by themselves', () => {
      const retired = stackIn(IRELAND);
      const after = new PaymentMigration(retired, 'Migration', {
        source: MigrationSide.provisioned(), service, cutover: { hostedZone: zone(retired), recordName: 'pay' }, stage: MigrationStage.RETIRED,
      });
      const kept = idsOf(Template.fromStack(retired));
      const ofTarget = (id: string) => id.startsWith('MigrationTargetEndpoint') && !/MigrationSource|SourceDatabase|SourceNetwork/.test(id);
      expect(kept.filter(ofTarget).sort()).toEqual(idsOf(template).filter(ofTarget).sort());
      expect(after.dnsCutover).toBeUndefined();
      Object.values(template.findResources('Custom::DnsRecords')).forEach(({ DeletionPolicy }) => expect(DeletionPolicy).toBe('RetainExceptOnCreate'));
    });
  });

  test('may be on one side only, and found by its domain name', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', {
      source: MigrationSide.existing({
        database: MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret: importedSecret(stack) }),
        endpoint: TrafficEndpoint.fromDomainName('payments.example.net'),
      }),
      service,
      cutover: { hostedZone: zone(stack), recordName: 'pay' },
    });
    expect(migration.dnsCutover?.recordType).toBe('CNAME');
    Template.fromStack(stack).resourceCountIs('AWS::ECS::Service', 1);
  });

  test('needs an endpoint on both sides to shift traffic', () => {
    const stack = stackIn(IRELAND);
    expect(() => new PaymentMigration(stack, 'Migration', { source: external(stack), service, cutover: { hostedZone: zone(stack), recordName: 'pay' } }))
      .toThrow("endpoint of the source: got 'none'");
  });

  test('runs in the migration\'s own stack', () => {
    const stack = stackIn(IRELAND);
    const scope = new Stack(stack.node.root as App, 'Target', { env: IRELAND });
    expect(() => new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), target: MigrationSide.provisioned({ scope }), service }))
      .toThrow(/service.certificate|target.endpoint/);
  });
});

describe('stages', () => {
  const at = (stage?: MigrationStage) => migrate({ stage });
  const migrating = at();

  test('@default PaymentMigrationProps.stage: migrating', () => {
    expect(migrating.migration.stage).toBe(MigrationStage.MIGRATING);
    expect(idsOf(Template.fromStack(at(MigrationStage.MIGRATING).stack))).toEqual(idsOf(Template.fromStack(migrating.stack)));
  });

  test('HOLDING keeps all but the load', () => {
    const holding = at(MigrationStage.HOLDING);
    const gone = idsOf(Template.fromStack(migrating.stack)).filter((id) => !idsOf(Template.fromStack(holding.stack)).includes(id));
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.filter((id) => !id.startsWith('MigrationReplicationLoad'))).toEqual([]);
    expect(idsOf(controlPlaneOf(holding.migration))).toEqual(idsOf(controlPlaneOf(migrating.migration)));
  });

  describe('RETIRED', () => {
    const { stack, migration } = at(MigrationStage.RETIRED);
    const before = Template.fromStack(migrating.stack);
    const after = Template.fromStack(stack);

    test('keeps every logical id of the target, its data and what encrypts it, and adds none', () => {
      const ofTheWay = /^Migration(Source|Link|Replication|ControlPlane|BucketsSource|BucketsTargetTransactionLogsReplicationTarget)|fromPaymentsMigrationReplication/;
      const kept = idsOf(before).filter((id) => !ofTheWay.test(id));
      expect(idsOf(after).sort()).toEqual(kept.sort());
      expect(kept.length).toBeGreaterThan(80);
    });

    test('leaves the target as it was', () => {
      const resources = (template: Template) => (template.toJSON() as { Resources: Record<string, unknown> }).Resources;
      const differing = idsOf(after).filter((id) => id.startsWith('MigrationTarget')
        && JSON.stringify(resources(after)[id]) !== JSON.stringify(resources(before)[id]));
      expect(differing).toEqual([]);
    });

    test('has nothing of the source, and says so', () => {
      for (const attribute of ['source', 'replication', 'cutover', 'preflight', 'schemaCopy', 'validation', 'topics'] as const) {
        expect(() => migration[attribute]).toThrow(`stage: got 'RETIRED', allowed: MIGRATING or HOLDING, to have ${attribute}`);
      }
      expect(migration.link).toBeUndefined();
      expect(annotationsOf(stack)).toEqual([]);
    });
  });
});

describe('other shapes', () => {
  test('an agnostic environment needs no lookup', () => {
    const { stack } = migrate({}, undefined);
    expect(annotationsOf(stack)).toEqual([]);
    expect((stack.node.root as App).synth().manifest.missing).toBeUndefined();
  });

  test('an external source has no network, and no link is made', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', { source: external(stack) });
    expect(migration.source.network).toBeUndefined();
    expect(migration.link).toBeUndefined();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::TransitGateway', 0);
    expect(stack.resolve(migration.source.database.endpoint.socketAddress)).toBe('db.example.com:5432');
  });

  test('an imported cluster and VPC: only the target and the link are made', () => {
    const stack = stackIn(IRELAND);
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', {
      clusterIdentifier: 'payments',
      clusterEndpointAddress: 'payments.cluster-abc123.eu-west-1.rds.amazonaws.com',
      port: 5432,
    });
    new PaymentMigration(stack, 'Migration', {
      source: MigrationSide.existing({
        vpc: importedVpc(stack),
        database: MigrationDatabase.fromCluster(cluster, { databaseName: 'payments', secret: importedSecret(stack) }),
      }),
    });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::RDS::DBCluster', 1);
    template.hasResourceProperties('AWS::EC2::TransitGatewayAttachment', { VpcId: 'vpc-0123456789abcdef0' });
    template.hasResourceProperties('AWS::EC2::Route', { RouteTableId: 'rtb-0bbbbbbbbbbbbbbb1', DestinationCidrBlock: '10.1.0.0/16' });
  });

  test('a new engine in the same VPC needs no link', () => {
    const stack = stackIn(IRELAND);
    const vpc = importedVpc(stack);
    const migration = new PaymentMigration(stack, 'Migration', {
      source: MigrationSide.existing({
        vpc,
        database: MigrationDatabase.fromInstance(
          DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Instance', {
            instanceIdentifier: 'payments', instanceEndpointAddress: 'payments.abc123.eu-west-1.rds.amazonaws.com', port: 5432, securityGroups: [],
          }),
          { databaseName: 'payments', secret: importedSecret(stack) },
        ),
      }),
      target: MigrationSide.provisioned({ vpc }),
    });
    expect(migration.link).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('AWS::EC2::VPC', 0);
  });

  test('two migrations in one stack', () => {
    const stack = stackIn(IRELAND);
    new PaymentMigration(stack, 'Blue', { source: external(stack), environmentSuffix: 'blue' });
    new PaymentMigration(stack, 'Green', { source: MigrationSide.provisioned(), environmentSuffix: 'green' });
    Template.fromStack(stack).resourceCountIs('AWS::RDS::DBCluster', 3);
  });

  test('ephemeral keeps nothing', () => {
    const target = MigrationSide.provisioned({ database: MigrationDatabase.rdsPostgres() });
    const { stack } = migrate({ protection: Protection.ephemeral(), target });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toMatch(/"(DeletionPolicy|UpdateReplacePolicy)":"(Retain|Snapshot|RetainExceptOnCreate)"/);
    expect(text).not.toMatch(/"DeletionProtection":true/);
    expect(text).not.toMatch(/ObjectLock/);
    expect(text).toMatch(/"DeleteAutomatedBackups":true/);
  });

  test('options reach the network of a side', () => {
    const { stack } = migrate({ target: MigrationSide.provisioned({ network: { cidr: '172.16.0.0/20', natStrategy: NatStrategy.SINGLE } }) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '172.16.0.0/20' });
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
  });
});

describe('two Regions', () => {
  // Newer versions of the CDK warn where an app does not say how strongly its stacks hold on to each other.
  const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'strong' } });
  const target = new Stack(app, 'Target', { env: FRANKFURT, crossRegionReferences: true });
  const stack = new Stack(app, 'Payments', { env: IRELAND, crossRegionReferences: true });
  const migration = new PaymentMigration(stack, 'Migration', {
    source: MigrationSide.provisioned(),
    target: MigrationSide.provisioned({ scope: target }),
  });
  const template = Template.fromStack(stack);

  test('are peered without being asked', () => {
    expect(migration.link?.peeringConnectionId).toBeDefined();
    template.hasResourceProperties('AWS::EC2::VPCPeeringConnection', { PeerRegion: 'eu-central-1' });
    template.hasResourceProperties('Custom::PeerRoutes', { Region: 'eu-central-1', DestinationCidrs: ['10.0.0.0/16'] });
  });

  test('put each side where it was asked for', () => {
    expect(Stack.of(migration.target)).toBe(target);
    expect(migration.target.node.id).toBe('MigrationTarget');
    Template.fromStack(target).hasResourceProperties('AWS::RDS::DBCluster', { Engine: 'aurora-postgresql' });
  });

  test('keep a copy of the application login in the other Region, under a key of that Region', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'eu-central-1', KmsKeyId: Match.anyValue() }] });
  });

  test('tag the other stack\'s side too', () => {
    Template.fromStack(target).hasResourceProperties('AWS::EC2::VPC', { Tags: Match.arrayWith([{ Key: 'payment-migration:side', Value: 'target' }]) });
  });

  test('carry no warning', () => {
    expect([...annotationsOf(stack), ...annotationsOf(target)]).toEqual([]);
  });

  test('let the functions of their own Region reach the other database, by addresses and by a copy of its login', () => {
    const other = Template.fromStack(target);
    other.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { SecretStringTemplate: Match.stringLikeRegexp('"username":"payment_migration"') },
      ReplicaRegions: [{ Region: 'eu-west-1' }],
    });
    const replicationSubnets = ['10.0.144.0/20', '10.0.160.0/20', '10.0.176.0/20'];
    // The copy of the schema runs there.
    const serviceSubnets = ['10.0.48.0/20', '10.0.64.0/20', '10.0.80.0/20'];
    other.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [...replicationSubnets, ...serviceSubnets].map((CidrIp) => Match.objectLike({ CidrIp, FromPort: 5432 })),
    });
    const [{ Properties }] = Object.values(controlPlaneOf(migration).findResources('AWS::Lambda::Function', { Properties: { Timeout: 35 } }));
    expect(JSON.stringify(Properties.VpcConfig)).toContain('SourceNetworkReplicationSubnet');
    expect(JSON.stringify(Properties.Environment.Variables.TARGET_SECRET_ID)).toContain(':secretsmanager:eu-west-1:111111111111:secret:');
    expect(Stack.of(migration.replication).region).toBe('eu-west-1');
  });

  test('may refer to each other weakly', () => {
    const weak = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
    const scope = new Stack(weak, 'Target', { env: FRANKFURT });
    const own = new Stack(weak, 'Payments', { env: IRELAND });
    new PaymentMigration(own, 'Migration', { source: MigrationSide.provisioned(), target: MigrationSide.provisioned({ scope }) });
    const { Resources } = Template.fromStack(own).toJSON() as { Resources: object };
    expect(JSON.stringify(Resources)).toContain('Fn::GetStackOutput');
    expect(JSON.stringify(Resources)).not.toContain('CrossRegionExportReader');
  });
});

describe('what a team brings', () => {
  test('its own application login', () => {
    const stack = stackIn(IRELAND);
    const applicationSecret = Secret.fromSecretNameV2(stack, 'App', 'payments/app');
    const migration = new PaymentMigration(stack, 'Migration', { source: external(stack), applicationSecret });
    expect(migration.applicationSecret).toBe(applicationSecret);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::SecretsManager::Secret', {
      GenerateSecretString: { SecretStringTemplate: Match.stringLikeRegexp('payments_app') },
    }, 0);
  });

  test('@default ProvisionedSideOptions.subnets and @default ExistingSideOptions.subnets: chosen by their type', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', {
      source: MigrationSide.existing({
        vpc: importedVpc(stack),
        database: MigrationDatabase.external({ host: 'db.example.com', databaseName: 'payments', secret: importedSecret(stack) }),
      }),
      target: MigrationSide.provisioned({ vpc: importedVpc(stack, 'Other', '10.30.0.0/16') }),
      link: NetworkLink.existing(),
    });
    for (const { network } of [migration.source, migration.target]) {
      expect(network?.vpc.selectSubnets(network.databaseSubnets).subnetIds).toEqual(['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2']);
      expect(network?.vpc.selectSubnets(network.serviceSubnets).subnetIds).toEqual(['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2']);
    }
  });

  test('@default ExistingSideOptions.vpc: none', () => {
    const stack = stackIn(IRELAND);
    expect(new PaymentMigration(stack, 'Migration', { source: external(stack) }).source.network).toBeUndefined();
  });

  test('@default ExistingSideOptions.scope: the scope of the migration', () => {
    const stack = stackIn(IRELAND);
    const migration = new PaymentMigration(stack, 'Migration', { source: external(stack) });
    expect(migration.source.node.scope).toBe(migration);
  });

  test('a side in a stack of its own in the same Region: the functions reach its database from the migration\'s stack', () => {
    const stack = stackIn(IRELAND);
    const scope = new Stack(stack.node.root as App, 'Target', { env: IRELAND });
    const migration = new PaymentMigration(stack, 'Migration', { source: external(stack), target: MigrationSide.provisioned({ scope }) });
    const template = controlPlaneOf(migration);
    // One for each: the functions of the cutover, preflight and validation, and the copy of the schema.
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 4);
    template.allResourcesProperties('AWS::EC2::SecurityGroupIngress', { GroupId: { 'Fn::ImportValue': Match.stringLikeRegexp('Target') }, FromPort: 5432 });
    expect(JSON.stringify(Template.fromStack(scope).toJSON())).not.toMatch(/Cutover|Preflight|Validation|SchemaCopy/);
  });

  test('its own fence and deadline', () => {
    const stack = stackIn(IRELAND);
    const writeFence = WriteFence.roles({ writers: ['payments_app'] });
    const { cutover } = new PaymentMigration(stack, 'Migration', { source: external(stack), writeFence, transferDeadline: Duration.minutes(1) });
    expect(cutover.writeFence).toBe(writeFence);
    Template.fromStack(Stack.of(cutover)).hasResourceProperties('AWS::Lambda::Function', { Timeout: 65 });
  });

  test('a link of its own', () => {
    class Wan extends NetworkLink {
      public bind(scope: Construct, { source, target }: NetworkLinkBindOptions): NetworkLinkConfig {
        new CfnOutput(scope, 'Cidrs', { value: [source, target].map(({ vpc }) => vpc.vpcCidrBlock).join() });
        return {};
      }
    }
    const { stack } = migrate({ link: new Wan() });
    Template.fromStack(stack).hasOutput('*', { Value: '10.0.0.0/16,10.1.0.0/16' });
  });
});

describe('bad input', () => {
  test.each<[string, () => unknown, string]>([
    ['overlapping CIDRs', () => migrate({ target: MigrationSide.provisioned({ network: { cidr: '10.0.128.0/17' } }) }),
      "CIDR of the target: got '10.0.128.0/17', allowed: one that does not overlap the source's 10.0.0.0/16"],
    ['a malformed CIDR', () => migrate({ source: MigrationSide.provisioned({ network: { cidr: '10.0.0.1/16' } }) }),
      "cidr: got '10.0.0.1/16', allowed: an IPv4 CIDR with a prefix from /16 to /24 whose host bits are zero, such as '10.0.0.0/16'"],
    ['an illegal suffix', () => migrate({ environmentSuffix: 'Blue_1' }),
      "environmentSuffix: got 'Blue_1', allowed: 1 to 20 lower-case letters, digits and single hyphens, a letter first and no hyphen last"],
    ['a suffix used twice', () => {
      const { stack } = migrate({ environmentSuffix: 'blue' });
      new PaymentMigration(stack, 'Second', { source: external(stack), environmentSuffix: 'blue' });
    }, "environmentSuffix: got 'blue', allowed: one that no other migration of this account and Region has; Payments/Migration has this one"],
    ['two accounts', () => {
      const { stack } = migrate();
      const other = new Stack(stack.node.root as App, 'Other', { env: { account: '222222222222', region: 'eu-west-1' } });
      new PaymentMigration(stack, 'Second', { source: MigrationSide.provisioned({ scope: other }) });
    }, "source: got 'the account 222222222222 beside 111111111111', allowed: both sides and the migration in one account"],
    ['a transit gateway across Regions', () => {
      const app = new App();
      const stack = new Stack(app, 'Payments', { env: IRELAND });
      const target = new Stack(app, 'Target', { env: FRANKFURT });
      new PaymentMigration(stack, 'Migration', {
        source: MigrationSide.provisioned(), target: MigrationSide.provisioned({ scope: target }), link: NetworkLink.transitGateway(),
      });
    }, 'allowed: NetworkLink.vpcPeering() or .existing() across Regions'],
    ['a VPC beside options for a new one', () => MigrationSide.provisioned({ vpc: importedVpc(stackIn(IRELAND)), network: {} }),
      "network: got 'options for a new VPC beside vpc', allowed: either network, or vpc with subnets"],
    ['a link to nowhere', () => {
      const stack = stackIn(IRELAND);
      new PaymentMigration(stack, 'Migration', { source: external(stack), link: NetworkLink.vpcPeering() });
    }, "link: got 'a link to a source without a VPC', allowed: no link"],
    ['a target without a VPC', () => {
      const stack = stackIn(IRELAND);
      new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned(), target: external(stack) });
    }, 'target.vpc: got undefined, allowed: the VPC of the target, in which replication runs'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
