import { App, Aspects, CfnResource, Duration, Stack, Tags, Token, type Environment } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { replicationIn, rulesOf, taskOf } from './support/templates';
import { EncryptionAspect, MigrationSide, MigrationStage, NatStrategy, PaymentMigration, Protection } from '../../src';
import { MigrationNetwork } from '../../src/network';
import { DatabaseReplication, DmsServiceRoles, ReplicationCapacity, TableMappings, TaskSettings, type DatabaseReplicationProps } from '../../src/replication';
import { existingSide, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf, resourcesOf, writtenOut } from '../support/database-templates';
import { findings } from '../support/scanners';
import { annotationsOf, FRANKFURT, importedVpc, IRELAND, stackIn } from '../support/synthesis';

type Properties = Readonly<Record<string, unknown>>;
const BEFORE = 'Custom::DmsTaskBefore';
const AFTER = 'Custom::DmsTaskAfter';
const WAYS = ['Load', 'ToTarget', 'ToSource'] as const;
const UUID = '51af3dc0-da77-11e4-872e-1234567b36f7';

type Given = Partial<DatabaseReplicationProps> | ((stack: Stack) => Partial<DatabaseReplicationProps>);

function templateWith(props: Given = {}): Template {
  const stack = stackIn(IRELAND);
  replicationIn(stack, typeof props === 'function' ? props(stack) : props);
  return Template.fromStack(stack);
}
const idOf = (template: Template, type: string, idPart = '') => onlyResourceOf(template, type, idPart).logicalId;
const dependsOn = (template: Template, type: string, idPart: string) => onlyResourceOf(template, type, idPart).DependsOn ?? [];
const digest = (template: Template, type: string, idPart = '') => onlyResourceOf(template, type, idPart).Properties.Digest;
const statements = (template: Template, policy = 'HandlerPolicy') => {
  const { PolicyDocument } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', policy).Properties;
  return (PolicyDocument as { readonly Statement: { readonly Action: string | string[]; readonly Resource: unknown }[] }).Statement;
};

describe('by default', () => {
  const stack = stackIn(IRELAND);
  const replication = replicationIn(stack);
  const template = Template.fromStack(stack);

  test('it carries no warning, and scanners find nothing', () => {
    expect(annotationsOf(stack)).toEqual([]);
    expect(findings(stack)).toEqual([]);
  });

  test('everything is encrypted', () => {
    const other = stackIn(IRELAND);
    replicationIn(other);
    Aspects.of(other).add(new EncryptionAspect());
    expect(annotationsOf(other)).toEqual([]);
  });

  test('is at most 35 resources', () => {
    expect(Object.keys(template.toJSON().Resources as object).length).toBeLessThanOrEqual(35);
  });

  test('there are three tasks, and none of them says where it starts', () => {
    expect(WAYS.map((way) => [taskOf(template, way).ResourceIdentifier, taskOf(template, way).MigrationType])).toEqual([
      ['blue-load', 'full-load-and-cdc'], ['blue-to-target', 'cdc'], ['blue-to-source', 'cdc'],
    ]);
    for (const way of WAYS) expect(Object.keys(taskOf(template, way)).filter((key) => key.startsWith('Cdc'))).toEqual([]);
  });

  test('each has the two ends that it should', () => {
    const end = (arn: unknown) => /endpoint:(.*?)"/.exec(JSON.stringify(arn))?.[1];
    expect(WAYS.map((way) => [end(taskOf(template, way).SourceEndpointArn), end(taskOf(template, way).TargetEndpointArn)])).toEqual([
      ['blue-source', 'blue-target'], ['blue-source-cdc', 'blue-target'], ['blue-target-cdc', 'blue-source-in'],
    ]);
  });

  test('what is said of it outside is what is in the template', () => {
    for (const task of replication.tasks) {
      expect(stack.resolve(task.taskArn)).toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:dms:eu-west-1:111111111111:task:${task.taskIdentifier}`]] });
      expect(task.serverless).toBe(false);
    }
    expect(stack.resolve(replication.replicationInstanceArn)).toEqual(taskOf(template, 'Load').ReplicationInstanceArn);
    expect(stack.resolve(replication.toSource.sourceEndpointArn)).toEqual(taskOf(template, 'ToSource').SourceEndpointArn);
    expect(stack.resolve(replication.toSource.targetEndpointArn)).toEqual(taskOf(template, 'ToSource').TargetEndpointArn);
  });

  test('a task and all that it is made of wait for what stops it, and it for the tests of the endpoints', () => {
    const tested = idOf(template, 'Custom::DmsEndpointsTested');
    for (const way of WAYS) {
      const before = idOf(template, BEFORE, `Replication${way}`);
      expect(dependsOn(template, 'AWS::DMS::ReplicationTask', `Replication${way}`)).toEqual(expect.arrayContaining([before, tested]));
      expect(dependsOn(template, 'AWS::DMS::ReplicationInstance', '')).toContain(before);
      expect(dependsOn(template, AFTER, `Replication${way}`)).toContain(idOf(template, 'AWS::DMS::ReplicationTask', `Replication${way}`));
    }
    expect(dependsOn(template, 'AWS::DMS::Endpoint', 'EndpointsTarget')).toEqual(expect.arrayContaining([idOf(template, BEFORE, 'ReplicationLoad'), idOf(template, BEFORE, 'ReplicationToTarget')]));
    expect(dependsOn(template, 'Custom::DmsEndpointsTested', '')).toEqual(expect.arrayContaining([
      idOf(template, 'AWS::DMS::ReplicationInstance'), ...resourcesOf(template, 'AWS::DMS::Endpoint').map(({ logicalId }) => logicalId),
      ...resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ logicalId }) => logicalId),
    ]));
  });

  test('the subnet group waits for the service roles, and the instance for its log', () => {
    expect(dependsOn(template, 'AWS::DMS::ReplicationSubnetGroup', '')).toEqual([idOf(template, 'Custom::DmsServiceRoles')]);
    expect(dependsOn(template, 'AWS::DMS::ReplicationInstance', '')).toContain(idOf(template, 'AWS::Logs::LogGroup', 'ReplicationLogGroup'));
  });

  test('the log group is the one that DMS writes to, by a name that no other stack has', () => {
    const { ReplicationInstanceIdentifier: name } = onlyResourceOf(template, 'AWS::DMS::ReplicationInstance').Properties;
    const { LogGroupName, KmsKeyId } = onlyResourceOf(template, 'AWS::Logs::LogGroup', 'ReplicationLogGroup').Properties;
    expect([writtenOut(name, UUID), writtenOut(LogGroupName, UUID)]).toEqual(['blue-51af3dc0', 'dms-tasks-blue-51af3dc0']);
    expect(KmsKeyId).toBeDefined();
  });

  test('its function may change these tasks only, make these two roles only, and look at what has no name', () => {
    const wide = [...statements(template), ...statements(template, 'CustomResourcesPolicy')].filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(wide.filter((action) => !action.startsWith('dms:Describe'))).toEqual([]);
    expect(wide).toContain('dms:DescribeReplicationTasks');
    const changing = statements(template).find(({ Action }) => Action.includes('dms:StopReplicationTask'));
    expect((changing?.Resource as unknown[]).map((arn) => /task:(.*?)"/.exec(JSON.stringify(arn))?.[1])).toEqual(['blue-load', 'blue-to-target', 'blue-to-source']);
    const roles = statements(template).filter(({ Action }) => JSON.stringify(Action).includes('iam:'));
    const names = JSON.stringify(roles.map(({ Resource }) => Resource)).match(/role\/[a-z-]+/g);
    expect(new Set(names)).toEqual(new Set(['role/dms-vpc-role', 'role/dms-cloudwatch-logs-role']));
    expect(roles.flatMap(({ Action }) => Action).sort()).toEqual(['iam:AttachRolePolicy', 'iam:AttachRolePolicy', 'iam:CreateRole', 'iam:GetRole']);
  });

  test('DMS reaches both databases and AWS, and nobody reaches it', () => {
    const { SecurityGroupIngress: ins, SecurityGroupEgress: outs } = onlyResourceOf(template, 'AWS::EC2::SecurityGroup', 'Replication').Properties;
    expect(ins).toBeUndefined();
    expect((outs as Properties[]).map(({ CidrIp, FromPort }) => `${CidrIp as string} ${FromPort as number}`)).toEqual(['0.0.0.0/0 443', '10.30.0.0/16 5432']);
    expect(onlyResourceOf(template, 'AWS::EC2::SecurityGroupEgress').Properties).toMatchObject({ DestinationSecurityGroupId: 'sg-target', FromPort: 5432 });
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties: { GroupId, CidrIp } }) => [GroupId, CidrIp])).toEqual([
      ['sg-source', '10.20.0.0/16'], ['sg-target', undefined],
    ]);
  });
});

describe('metrics', () => {
  const stack = stackIn(IRELAND);
  const replication = replicationIn(stack);
  const load = replication.load!;

  test.each([
    ['CDCLatencySource', load.metricCdcLatencySource(), 'Maximum'],
    ['CDCLatencyTarget', load.metricCdcLatencyTarget(), 'Maximum'],
    ['CDCIncomingChanges', load.metricCdcIncomingChanges(), 'Maximum'],
    ['CDCThroughputRowsSource', load.metricCdcThroughputRowsSource(), 'Average'],
    ['CDCThroughputRowsTarget', load.metricCdcThroughputRowsTarget(), 'Average'],
    ['ValidationFailedOverallCount', load.metric('ValidationFailedOverallCount'), 'Average'],
  ])('of a task have the instance\'s name and the end of the task\'s ARN: %s', (metricName, metric, statistic) => {
    expect(metric).toMatchObject({ namespace: 'AWS/DMS', metricName, statistic, period: Duration.minutes(1) });
    const given = metric.toMetricConfig().metricStat!.dimensions!;
    const dimensions = Object.fromEntries(given.map(({ name, value }) => [name, stack.resolve(value) as unknown]));
    expect(writtenOut(dimensions.ReplicationInstanceIdentifier, UUID)).toBe('blue-51af3dc0');
    expect(dimensions.ReplicationTaskIdentifier).toBe('blue-load');
  });

  test.each([
    ['CPUUtilization', replication.metricCpuUtilization()], ['FreeStorageSpace', replication.metricFreeStorageSpace({ period: Duration.minutes(5) })],
    ['FreeableMemory', replication.metricFreeableMemory()],
  ])('of the instance have its name alone: %s', (metricName, metric) => {
    expect(metric).toMatchObject({ namespace: 'AWS/DMS', metricName });
    expect(metric.toMetricConfig().metricStat!.dimensions!.map(({ name }) => name)).toEqual(['ReplicationInstanceIdentifier']);
  });
});

describe('a change of the template reaches what stops and starts the tasks', () => {
  const before = templateWith();
  const digests = (template: Template) => WAYS.map((way) => [digest(template, BEFORE, `Replication${way}`), digest(template, AFTER, `Replication${way}`)]);
  const changed = (template: Template) => WAYS.filter((_, index) => digests(template)[index].join() !== digests(before)[index].join());

  test('the same on both of them, and as long as nothing changes', () => {
    for (const [one, other] of digests(before)) expect(one).toBe(other);
    expect(changed(templateWith())).toEqual([]);
  });

  test.each<[string, Partial<DatabaseReplicationProps>, readonly string[]]>([
    ['the mapping', { tableMappings: TableMappings.include({ schema: 'payments' }) }, WAYS],
    ['the mapping of the way back', { reverseTableMappings: TableMappings.include({ schema: 'payments' }) }, ['ToSource']],
    ['a setting', { taskSettings: TaskSettings.forPayments({ commitTimeout: Duration.seconds(2) }) }, WAYS],
    ['a setting of the load', { taskSettings: TaskSettings.forPayments().override('FullLoadSettings.StopTaskCachedChangesApplied', 'true') }, ['Load']],
    ['how the source is reached', { sourceEndpoint: { executeTimeout: Duration.minutes(9) } }, WAYS],
    ['how the target is read', { targetEndpoint: { heartbeatInterval: Duration.minutes(2) } }, ['ToSource']],
    ['the instance', { capacity: ReplicationCapacity.provisioned({ multiAz: false }) }, WAYS],
    ['the log', { logRetention: RetentionDays.ONE_WEEK }, []],
  ])('%s', (_, props, expected) => {
    expect(changed(templateWith(props))).toEqual(expected);
  });

  test('a tag, and an override of what is made', () => {
    const stack = stackIn(IRELAND);
    const { toSource } = replicationIn(stack);
    Tags.of(toSource).add('cost', 'one');
    (toSource.node.defaultChild as CfnResource).addPropertyOverride('TaskData', '{}');
    expect(changed(Template.fromStack(stack))).toEqual(['ToSource']);
  });

  test('endpoints are tested again when one changes, and only then', () => {
    const tested = (template: Template) => digest(template, 'Custom::DmsEndpointsTested');
    expect(tested(templateWith({ sourceEndpoint: { executeTimeout: Duration.minutes(9) } }))).not.toBe(tested(before));
    expect(tested(templateWith({ tableMappings: TableMappings.include({ schema: 'payments' }) }))).toBe(tested(before));
  });
});

describe('properties', () => {
  test('@default DatabaseReplicationProps.sourceNetwork: none, and the source is reached by whatever the link leads to', () => {
    const template = templateWith({ sourceNetwork: undefined });
    const { SecurityGroupEgress: outs } = onlyResourceOf(template, 'AWS::EC2::SecurityGroup', 'Replication').Properties;
    expect((outs as Properties[]).map(({ CidrIp }) => CidrIp)).toEqual(['0.0.0.0/0', '0.0.0.0/0']);
  });

  test('@default DatabaseReplicationProps.targetNetwork: network', () => {
    const elsewhere = templateWith((stack) => ({ targetNetwork: sourceNetwork(stack), sourceNetwork: undefined }));
    expect(resourcesOf(elsewhere, 'AWS::EC2::SecurityGroupEgress')).toEqual([]);
    expect(resourcesOf(templateWith(), 'AWS::EC2::SecurityGroupEgress')).toHaveLength(1);
  });

  test('@default ReplicationOptions.tableMappings: every table of every schema', () => {
    const template = templateWith();
    expect(WAYS.map((way) => rulesOf(taskOf(template, way).TableMappings))).toEqual(Array(3).fill(['include %.%']));
  });

  test('@default ReplicationOptions.reverseTableMappings: tableMappings the other way round', () => {
    const mappings = TableMappings.include({ schema: 'payments' }).renameSchema('payments', 'pay');
    const template = templateWith({ tableMappings: mappings });
    expect(WAYS.map((way) => rulesOf(taskOf(template, way).TableMappings)[0])).toEqual(['include payments.%', 'include payments.%', 'include pay.%']);
    const said = templateWith({ tableMappings: mappings, reverseTableMappings: TableMappings.include({ schema: 'pay' }) });
    expect(rulesOf(taskOf(said, 'ToSource').TableMappings)).toEqual(['include pay.%']);
  });

  test('@default ReplicationOptions.taskSettings: for payments, and no stop after a load where there is none', () => {
    const settings = WAYS.map((way) => taskOf(templateWith(), way).ReplicationTaskSettings as string);
    expect(settings[0]).toBe(TaskSettings.forPayments().toJson());
    for (const json of settings.slice(1)) {
      expect(json).toBe(settings[0].replace('"StopTaskCachedChangesNotApplied":true', '"StopTaskCachedChangesNotApplied":false'));
    }
    expect(taskOf(templateWith({ taskSettings: TaskSettings.fromJson('{}') }), 'ToSource').ReplicationTaskSettings).toBe('{}');
  });

  test('@default ReplicationOptions.capacity: a replication instance', () => {
    templateWith().resourceCountIs('AWS::DMS::ReplicationInstance', 1);
  });

  test('@default ReplicationOptions.serviceRoles: made where there are none', () => {
    const { Policies } = onlyResourceOf(templateWith(), 'Custom::DmsServiceRoles').Properties;
    expect(JSON.stringify(Policies)).toContain(':iam::aws:policy/service-role/AmazonDMSVPCManagementRole');
  });

  test('roles that exist need no rights and no resource', () => {
    const template = templateWith({ serviceRoles: DmsServiceRoles.existing() });
    template.resourceCountIs('Custom::DmsServiceRoles', 0);
    expect(JSON.stringify(statements(template))).not.toContain('iam:');
  });

  test('roles of the stack have their names, and the subnet group waits for them', () => {
    const stack = stackIn(IRELAND);
    replicationIn(stack, { serviceRoles: DmsServiceRoles.createInThisStack() });
    const template = Template.fromStack(stack);
    const roles = resourcesOf(template, 'AWS::IAM::Role', 'ServiceRoles');
    expect(roles.map(({ Properties: { RoleName } }) => RoleName)).toEqual(['dms-vpc-role', 'dms-cloudwatch-logs-role']);
    for (const { Properties: { AssumeRolePolicyDocument } } of roles) {
      expect(AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Principal: { Service: 'dms.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
    }
    expect(dependsOn(template, 'AWS::DMS::ReplicationSubnetGroup', '')).toEqual(expect.arrayContaining(roles.map(({ logicalId }) => logicalId)));
    expect(JSON.stringify(statements(template))).not.toContain('iam:');
    expect(findings(stack)).toEqual([]);
  });

  const readFrom = (name: string) => resourcesOf(templateWith(), 'AWS::DMS::Endpoint').find(({ Properties: { ResourceIdentifier } }) => ResourceIdentifier === name)?.Properties;
  const STANDARD = { SslMode: 'verify-full', PostgreSqlSettings: { PluginName: 'test_decoding', HeartbeatFrequency: 1 } };

  test('@default ReplicationOptions.sourceEndpoint: verified, test_decoding, a heartbeat', () => {
    expect(readFrom('blue-source-cdc')).toMatchObject(STANDARD);
  });

  test('@default ReplicationOptions.targetEndpoint: verified, test_decoding, a heartbeat', () => {
    expect(readFrom('blue-target-cdc')).toMatchObject(STANDARD);
  });

  test('@default DatabaseReplicationProps.identifier: made from the path, and short enough for DMS', () => {
    const stack = stackIn(IRELAND);
    const one = replicationIn(stack, { identifier: undefined });
    const other = new DatabaseReplication(stack, 'Other', {
      source: existingSide(stack, 'third').database, target: existingSide(stack, 'fourth').database, network: MigrationNetwork.fromVpc(stack, 'N', importedVpc(stack, 'V')),
    });
    const identifiers = [one, other].map(({ toSource }) => toSource.taskIdentifier);
    expect(identifiers).toEqual([expect.stringMatching(/^dms-[0-9a-f]{8}-to-source$/), expect.stringMatching(/^dms-[0-9a-f]{8}-to-source$/)]);
    expect(new Set(identifiers).size).toBe(2);
    const longest = templateWith({ identifier: 'a2345678901234567890' }).toJSON().Resources as Record<string, { readonly Properties?: { readonly ResourceIdentifier?: string } }>;
    const ends = Object.values(longest).map(({ Properties: found }) => found?.ResourceIdentifier).filter((end) => end !== undefined);
    expect(ends).toHaveLength(9);
    expect(ends.filter((end) => end.length > 31)).toEqual([]);
  });

  test('@default DatabaseReplicationProps.encryptionKey: a new one', () => {
    templateWith().resourceCountIs('AWS::KMS::Key', 1);
    const template = templateWith((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Mine', 'arn:aws:kms:eu-west-1:111111111111:key/1') }));
    template.resourceCountIs('AWS::KMS::Key', 0);
    template.allResourcesProperties('AWS::DMS::Endpoint', { KmsKeyId: 'arn:aws:kms:eu-west-1:111111111111:key/1' });
  });

  test('@default ReplicationOptions.logRetention: a year', () => {
    const retention = (template: Template) => onlyResourceOf(template, 'AWS::Logs::LogGroup', 'ReplicationLogGroup').Properties.RetentionInDays;
    expect([retention(templateWith()), retention(templateWith({ logRetention: RetentionDays.ONE_WEEK }))]).toEqual([365, 7]);
  });

  test('@default DatabaseReplicationProps.protection: production', () => {
    const kept = (template: Template) => [
      onlyResourceOf(template, 'AWS::Logs::LogGroup', 'ReplicationLogGroup').DeletionPolicy,
      onlyResourceOf(template, 'AWS::KMS::Key').DeletionPolicy,
      onlyResourceOf(template, 'AWS::DMS::ReplicationInstance').Properties.MultiAZ,
    ];
    expect(kept(templateWith())).toEqual(['RetainExceptOnCreate', 'RetainExceptOnCreate', true]);
    const ephemeral = templateWith({ protection: Protection.ephemeral() });
    expect(kept(ephemeral)).toEqual(['Delete', 'Delete', false]);
    expect(JSON.stringify(ephemeral.toJSON())).not.toContain('Retain"');
  });
});

describe('serverless', () => {
  const stack = stackIn(IRELAND);
  const replication = replicationIn(stack, { capacity: ReplicationCapacity.serverless() });
  const template = Template.fromStack(stack);

  test('each task brings its capacity, and there is no instance', () => {
    template.resourceCountIs('AWS::DMS::ReplicationInstance', 0);
    template.resourceCountIs('AWS::DMS::ReplicationTask', 0);
    const configs = resourcesOf(template, 'AWS::DMS::ReplicationConfig').map(({ Properties: found }) => found);
    expect(configs.map(({ ResourceIdentifier, ReplicationType }) => `${ResourceIdentifier as string} ${ReplicationType as string}`)).toEqual([
      'blue-load full-load-and-cdc', 'blue-to-target cdc', 'blue-to-source cdc',
    ]);
    for (const config of configs) {
      expect(config).toMatchObject({
        ComputeConfig: { MinCapacityUnits: 2, MaxCapacityUnits: 16, MultiAZ: true, KmsKeyId: expect.anything() },
        TableMappings: { rules: expect.arrayContaining([expect.objectContaining({ 'rule-id': '1' })]) },
        ReplicationSettings: { TargetMetadata: { BatchApplyEnabled: false } },
      });
    }
    expect([replication.replicationInstanceArn, replication.logGroup, replication.load!.serverless]).toEqual([undefined, undefined, true]);
  });

  test('DMS tests the connections itself', () => {
    template.resourceCountIs('Custom::DmsEndpointsTested', 0);
    expect(JSON.stringify(statements(template))).not.toContain('TestConnection');
    template.allResourcesProperties(BEFORE, { InstanceArn: Match.absent() });
  });

  test('scanners find nothing', () => {
    expect(findings(stack)).toEqual([]);
  });

  test('metrics whose dimensions nobody documents are refused', () => {
    expect(() => replication.load!.metricCdcLatencySource()).toThrow("capacity: got 'ReplicationCapacity.serverless()'");
    expect(() => replication.metricFreeStorageSpace()).toThrow("capacity: got 'ReplicationCapacity.serverless()'");
  });
});

describe('with what a migration makes', () => {
  function migrated(regions: { readonly source: Environment }) {
    const app = new App();
    const stack = new Stack(app, 'Payments', { env: IRELAND, crossRegionReferences: true });
    const scope = regions.source === IRELAND ? undefined : new Stack(app, 'Elsewhere', { env: regions.source, crossRegionReferences: true });
    const { replication } = new PaymentMigration(stack, 'Migration', {
      source: MigrationSide.provisioned({ scope, network: { natStrategy: NatStrategy.NONE } }),
    });
    return { stack, scope, replication };
  }

  test('in one Region: the endpoints wait for the secrets, the tests for both writers, and the instance for no database', () => {
    const { stack } = migrated({ source: IRELAND });
    const template = Template.fromStack(stack);
    expect(annotationsOf(stack)).toEqual([]);
    const instanceNeeds = dependsOn(template, 'AWS::DMS::ReplicationInstance', '').join(' ');
    expect(instanceNeeds).not.toContain('Database');
    expect(dependsOn(template, 'AWS::DMS::Endpoint', 'EndpointsLoad')).toEqual(expect.arrayContaining([expect.stringMatching(/MigrationSecretAttachment/)]));
    const tested = dependsOn(template, 'Custom::DmsEndpointsTested', '');
    expect(tested.filter((id) => /Cluster(Writer|Reader)/.test(id)).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'MigrationSourceDatabaseClusterWriter', 'MigrationTargetDatabaseClusterWriter',
    ]);
  });

  test('in two Regions: the copy of the source\'s login is read, the source\'s authorities are its Region\'s', () => {
    const { stack, scope } = migrated({ source: FRANKFURT });
    const template = Template.fromStack(stack);
    const logins = resourcesOf(template, 'AWS::DMS::Endpoint').map(({ Properties: { PostgreSqlSettings } }) => JSON.stringify((PostgreSqlSettings as Properties).SecretsManagerSecretId));
    expect(logins.filter((login) => login.includes('eu-central-1'))).toEqual([]);
    expect(resourcesOf(template, 'AWS::DMS::Certificate').map(({ logicalId }) => logicalId)).toEqual([
      expect.stringContaining('RdsAuthorityeucentral1'), expect.stringContaining('RdsAuthorityeuwest1'),
    ]);
    expect(resourcesOf(Template.fromStack(scope!), 'AWS::DMS::Endpoint')).toEqual([]);
  });
});

describe('bad input', () => {
  test.each<[string, (stack: Stack) => Partial<DatabaseReplicationProps>, string]>([
    ['a source that this DMS does not read', (stack) => ({ source: { ...existingSide(stack, 's').database, majorVersion: '18' } }), "majorVersion of the source: got '18', allowed: a PostgreSQL major that DMS 3.6.1 reads"],
    ['a target that an older DMS does not read', (stack) => ({ target: { ...existingSide(stack, 't').database, majorVersion: '17' }, capacity: ReplicationCapacity.provisioned({ engineVersion: '3.5.4' }) }), "majorVersion of the target: got '17', allowed: a PostgreSQL major that DMS 3.5.4 reads"],
    ['capital letters', () => ({ identifier: 'Blue' }), "identifier: got 'Blue', allowed: 1 to 20 lower-case letters"],
    ['a long identifier', () => ({ identifier: 'a23456789012345678901' }), 'identifier: got '],
    ['an identifier that is not known', () => ({ identifier: Token.asString({ Ref: 'x' }) }), "identifier: got 'a token'"],
    ['one zone', (stack) => ({ network: sourceNetworkOf(stack) }), "network: got 'replication subnets in eu-west-1a', allowed: replication subnets in at least 2 Availability Zones"],
    ['mappings that cannot be turned round', () => ({ tableMappings: prefixing() }), 'reverseTableMappings: got undefined'],
  ])('%s', (_, props, message) => {
    expect(() => templateWith(props)).toThrow(message);
  });

  test('a network of another Region', () => {
    const app = new App();
    const elsewhere = new Stack(app, 'Elsewhere', { env: FRANKFURT });
    const network = MigrationNetwork.fromVpc(elsewhere, 'Network', importedVpc(elsewhere));
    expect(() => replicationIn(new Stack(app, 'Payments', { env: IRELAND }), { network })).toThrow("network: got 'a network in eu-central-1', allowed: one in eu-west-1, where the stack is");
  });
});

function prefixing(): TableMappings {
  const locator = { 'schema-name': 'a', 'table-name': '%' };
  const rules = [
    { 'rule-type': 'selection', 'rule-action': 'include', 'object-locator': locator },
    { 'rule-type': 'transformation', 'rule-action': 'add-prefix', 'rule-target': 'table', 'object-locator': locator, 'value': 'x' },
  ];
  return TableMappings.fromJson(JSON.stringify({ rules }));
}

function sourceNetworkOf(stack: Stack) {
  return MigrationNetwork.fromVpc(stack, 'OneZone', Vpc.fromVpcAttributes(stack, 'OneZoneVpc', {
    vpcId: 'vpc-1', vpcCidrBlock: '10.40.0.0/16', availabilityZones: ['eu-west-1a'], isolatedSubnetIds: ['subnet-1'], isolatedSubnetRouteTableIds: ['rtb-1'],
  }));
}

describe('under MigrationStage.HOLDING', () => {
  const stack = stackIn(IRELAND);
  const replication = replicationIn(stack, { stage: MigrationStage.HOLDING });

  test('has the ways forward and back, and nothing that could load the target again', () => {
    expect(replication.load).toBeUndefined();
    const tasks = Object.values(Template.fromStack(stack).findResources('AWS::DMS::ReplicationTask')) as { Properties: { MigrationType: string } }[];
    expect(tasks.map(({ Properties }) => Properties.MigrationType)).toEqual(['cdc', 'cdc']);
  });

  test('keeps every other logical id', () => {
    const before = stackIn(IRELAND);
    replicationIn(before);
    const idsOf = (scope: Stack) => Object.keys((Template.fromStack(scope).toJSON() as { Resources: object }).Resources);
    expect(idsOf(stack).filter((id) => !idsOf(before).includes(id))).toEqual([]);
    expect(idsOf(before).filter((id) => !idsOf(stack).includes(id)).every((id) => id.includes('Load'))).toBe(true);
  });

  test('@default DatabaseReplicationProps.stage: migrating, with the load', () => {
    expect(replicationIn(stackIn(IRELAND)).load).toBeDefined();
  });
});
