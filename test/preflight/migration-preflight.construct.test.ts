import { Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnReplicationTask } from 'aws-cdk-lib/aws-dms';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { MigrationNetwork, MigrationPreflight, Protection, type MigrationPreflightProps } from '../../src';
import { databaseReferences } from '../../src/preflight/settings';
import { existingSide, externalSide, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf } from '../support/database-templates';
import { findings } from '../support/scanners';
import { annotationsOf, importedVpc, IRELAND, stackIn } from '../support/synthesis';

function preflightIn(stack: Stack, props: Partial<MigrationPreflightProps> = {}): MigrationPreflight {
  return new MigrationPreflight(stack, 'Preflight', {
    source: existingSide(stack, 'source', sourceNetwork(stack)),
    target: existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack))),
    ...props,
  });
}
const templateWith = (props: Partial<MigrationPreflightProps>): Template => {
  const stack = stackIn(IRELAND);
  preflightIn(stack, props);
  return Template.fromStack(stack);
};
interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const statementsOf = (template: Template, id: string) => (
  onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', id).Properties.PolicyDocument as { readonly Statement: Statement[] }).Statement;

describe('by default', () => {
  const stack = stackIn(IRELAND);
  const preflight = preflightIn(stack);
  const template = Template.fromStack(stack);
  const { Properties: handler } = onlyResourceOf(template, 'AWS::Lambda::Function', 'PreflightFunction');

  test('scanners find nothing, and nothing is warned of', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('@default MigrationPreflightProps.network: the target\'s', () => {
    expect(handler.VpcConfig).toMatchObject({ SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'] });
  });

  test('the handler understands its environment', () => {
    const { Variables } = handler.Environment as { readonly Variables: NodeJS.ProcessEnv };
    expect(databaseReferences(Variables)).toMatchObject({ source: { databaseName: 'source_payments' }, target: { databaseName: 'target_payments' } });
  });

  test('it reaches both databases, and both let it in', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ FromPort: 443 }), Match.objectLike({ CidrIp: '10.30.0.0/16', FromPort: 5432 })]),
    });
    for (const side of ['source', 'target']) template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: `sg-${side}`, FromPort: 5432 });
  });

  test('@default MigrationPreflightProps.assessment: DMS is not asked', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/dms:|ASSESSMENT/);
  });

  test('@default PreflightOptions.timeout: 15 minutes', () => {
    expect(handler.Timeout).toBe(900);
  });

  test('@default PreflightOptions.memorySize: 512 MiB', () => {
    expect(handler.MemorySize).toBe(512);
  });

  test('@default MigrationPreflightProps.serviceName: made from the path', () => {
    expect(handler.Environment).toMatchObject({ Variables: { POWERTOOLS_SERVICE_NAME: expect.stringMatching(/^Payments-Preflight-[0-9A-F]{8}$/) } });
  });

  test('@default MigrationPreflightProps.encryptionKey: a new one for log and environment', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    expect(handler.KmsKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] });
  });

  test('@default PreflightOptions.logRetention: a year', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('@default MigrationPreflightProps.protection: the log stays', () => {
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default PreflightSide.network: none, and the address is opened as far as it is known', () => {
    const other = stackIn(IRELAND);
    preflightIn(other, { source: externalSide(other, '192.0.2.7') });
    Template.fromStack(other).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIp: '192.0.2.7/32', FromPort: 5432 })]),
    });
  });

  test('its own code makes no network interfaces, and nothing is tried again unasked', () => {
    expect(statementsOf(template, 'NoInterfacesPolicy')).toEqual([expect.objectContaining({ Effect: 'Deny', Resource: '*' })]);
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  test('metrics name it', () => {
    expect(preflight.metricBlockers().toMetricConfig().metricStat).toMatchObject({ namespace: 'PaymentMigration', metricName: 'PreflightBlockers', statistic: 'Maximum' });
    expect(preflight.metricWarnings({ statistic: 'Sum' }).toMetricConfig().metricStat).toMatchObject({ metricName: 'PreflightWarnings', statistic: 'Sum' });
  });
});

describe('with an assessment', () => {
  const stack = stackIn(IRELAND);
  const task = new CfnReplicationTask(stack, 'Task', {
    migrationType: 'full-load-and-cdc', replicationInstanceArn: 'arn:instance', sourceEndpointArn: 'arn:source', targetEndpointArn: 'arn:target', tableMappings: '{}',
  });
  const bucket = new Bucket(stack, 'Results', {
    encryptionKey: new Key(stack, 'ResultsKey', { enableKeyRotation: true }), blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true, versioned: true,
  });
  const preflight = preflightIn(stack, { assessment: { taskArn: task.ref, bucket } });
  const template = Template.fromStack(stack);

  test('scanners find nothing in it', () => {
    expect(findings(preflight)).toEqual([]);
  });

  test('@default PreflightAssessmentOptions.folder: preflight, and DMS writes nowhere else', () => {
    const statements = statementsOf(template, 'AssessmentPolicy');
    const objects = statements.filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    expect(objects.map(({ Resource }) => JSON.stringify(Resource))).toEqual([expect.stringMatching(/"\/preflight\/\*"/)]);
    expect(statements.map(({ Action }) => Action)).toContainEqual(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey']);
  });

  test('the function starts it for this task alone, and passes this role to DMS alone', () => {
    const statements = statementsOf(template, 'PreflightPolicy');
    const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
    expect(of('dms:StartReplicationTaskAssessmentRun').map(({ Resource }) => Resource)).toEqual([{ Ref: 'Task' }]);
    expect(of('iam:PassRole')).toEqual([expect.objectContaining({
      Resource: { 'Fn::GetAtt': [expect.stringContaining('AssessmentRole'), 'Arn'] }, Condition: { StringEquals: { 'iam:PassedToService': 'dms.amazonaws.com' } },
    })]);
  });

  test('the handler is told what to ask for', () => {
    const { Properties } = onlyResourceOf(template, 'AWS::Lambda::Function', 'PreflightFunction');
    const { Variables: { ASSESSMENT } } = Properties.Environment as { readonly Variables: Record<string, { readonly 'Fn::Join': [string, unknown[]] }> };
    const text = ASSESSMENT['Fn::Join'][1].map((part) => typeof part === 'string' ? part : 'TOKEN').join('');
    expect(JSON.parse(text)).toEqual({ taskArn: 'TOKEN', serviceAccessRoleArn: 'TOKEN', bucket: 'TOKEN', folder: 'preflight', kmsKeyArn: 'TOKEN' });
  });
});

test('what is given is used', () => {
  const stack = stackIn(IRELAND);
  const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111');
  preflightIn(stack, {
    encryptionKey: key, memorySize: 1024, timeout: Duration.minutes(2), serviceName: 'move', logRetention: RetentionDays.ONE_WEEK, protection: Protection.ephemeral(),
  }).grantInvoke(new Role(stack, 'Caller', { assumedBy: new AccountRootPrincipal() }));
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 0);
  template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 1024, Timeout: 120, Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'move' } } });
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
  template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: [Match.objectLike({ Action: 'lambda:InvokeFunction' })] } });
});

test.each([
  [{ timeout: Duration.seconds(30) }, 'timeout: got 30, allowed: '],
  [{ timeout: Duration.minutes(Lazy.number({ produce: () => 2 })) }, 'timeout: got \'a token\''],
  [{ memorySize: 64 }, 'memorySize: got 64'],
  [{ serviceName: 'two words' }, 'serviceName: got \'two words\''],
])('%j is refused', (props, message) => {
  expect(() => templateWith(props)).toThrow(message);
});

test('without a network it has nowhere to stand', () => {
  const stack = stackIn(IRELAND);
  expect(() => preflightIn(stack, { target: externalSide(stack, 'db.example.com') })).toThrow('network: got undefined');
});
