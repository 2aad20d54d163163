import { Duration, Lazy, Size, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DataValidation, MigrationNetwork, PaymentInvariant, Protection, type DataValidationProps } from '../../src';
import { METRICS } from '../../src/validation/contract';
import { databaseReferences } from '../../src/validation/settings';
import { existingSide, externalSide, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf } from '../support/database-templates';
import { findings } from '../support/scanners';
import { annotationsOf, importedVpc, IRELAND, stackIn } from '../support/synthesis';

function validationIn(stack: Stack, props: Partial<DataValidationProps> = {}): DataValidation {
  return new DataValidation(stack, 'Validation', {
    source: existingSide(stack, 'source', sourceNetwork(stack)),
    target: existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack))),
    ...props,
  });
}
const requestsOf = (props: Partial<DataValidationProps> = {}) => validationIn(stackIn(IRELAND), props)._requests('source');
const holds = PaymentInvariant.sum('money', { table: 'public.payments', column: 'amount' });

describe('by default', () => {
  const stack = stackIn(IRELAND);
  const validation = validationIn(stack);
  const template = Template.fromStack(stack);
  const { Properties: handler } = onlyResourceOf(template, 'AWS::Lambda::Function', 'ValidationFunction');
  const requests = validation._requests('source');

  test('scanners find nothing, and nothing is warned of', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('@default DataValidationProps.network: the target\'s', () => {
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

  test('it may read the two logins, and no secret else', () => {
    const { Properties: { PolicyDocument } } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', 'ValidationPolicy');
    const { Statement } = PolicyDocument as { readonly Statement: { readonly Action: string | string[]; readonly Resource: unknown }[] };
    const secrets = Statement.filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
    expect(secrets.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringMatching(/payments\/source-login-\?{6}/), expect.stringMatching(/payments\/target-login-\?{6}/),
    ]);
    expect(Statement.filter(({ Resource }) => Resource === '*')).toEqual([]);
  });

  test('its own code makes no network interfaces, and nothing is tried again unasked', () => {
    const { Properties } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', 'NoInterfacesPolicy');
    expect(Properties.PolicyDocument).toMatchObject({ Statement: [{ Effect: 'Deny', Resource: '*', Condition: { ArnEquals: expect.anything() as object } }] });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  test('@default ValidationOptions.timeout: 15 minutes', () => {
    expect(handler.Timeout).toBe(900);
  });

  test('@default ValidationOptions.memorySize: 512 MiB', () => {
    expect(handler.MemorySize).toBe(512);
  });

  test('@default DataValidationProps.serviceName: made from the path', () => {
    expect(handler.Environment).toMatchObject({ Variables: { POWERTOOLS_SERVICE_NAME: expect.stringMatching(/^Payments-Validation-[0-9A-F]{8}$/) as string } });
  });

  test('@default DataValidationProps.encryptionKey: a new one for log and environment', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    expect(handler.KmsKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] });
  });

  test('@default ValidationOptions.logRetention: a year', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('@default DataValidationProps.protection: the log stays', () => {
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default ValidationSide.network: none, and the address is opened as far as it is known', () => {
    const other = stackIn(IRELAND);
    validationIn(other, { source: externalSide(other, '192.0.2.7') });
    Template.fromStack(other).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIp: '192.0.2.7/32', FromPort: 5432 })]),
    });
  });

  test('@default ValidationOptions.schemas, @default ValidationOptions.tables, @default ValidationOptions.excludeTables: all that there is', () => {
    expect(requests.plan).toMatchObject({ action: 'plan', schemas: undefined, tables: undefined, excludeTables: undefined });
  });

  test('@default ValidationOptions.columns, @default ValidationOptions.exactTypes: as the function knows them', () => {
    for (const request of [requests.plan, requests.compare, requests.recheck]) {
      expect(request).toMatchObject({ columns: undefined, exactTypes: undefined });
    }
  });

  test('@default ValidationOptions.partRows: 5 million', () => {
    expect(requests.plan.partRows).toBe(5_000_000);
  });

  test('@default ValidationOptions.maxDifferences: 500', () => {
    expect(requests.compare.maxSuspects).toBe(500);
  });

  test('@default ValidationOptions.throttle: as each of its options', () => {
    expect(requests.compare.throttle).toEqual(requestsOf({ throttle: {} }).compare.throttle);
  });

  test('@default ValidationThrottle.statementTime: 2 seconds', () => {
    expect(requests.compare.throttle?.statementMs).toBe(2_000);
  });

  test('@default ValidationThrottle.statementTimeout: 20 seconds, also of rows that are read again', () => {
    expect([requests.compare, requests.recheck].map(({ throttle }) => throttle?.statementTimeoutMs)).toEqual([20_000, 20_000]);
  });

  test('@default ValidationThrottle.dutyPercentage: 100', () => {
    expect(requests.compare.throttle?.duty).toBe(1);
  });

  test('@default ValidationThrottle.maxActiveSessions, @default ValidationThrottle.maxLag: no bound', () => {
    expect(requests.compare.throttle).toMatchObject({ maxActiveSessions: undefined, maxLagBytes: undefined });
  });

  test('@default ValidationOptions.invariants: nothing is asked', () => {
    expect(requests.invariants).toBeUndefined();
  });

  test('@default ValidationOptions.showInvariantValues: false', () => {
    expect(requestsOf({ invariants: [holds] }).invariants?.showValues).toBe(false);
  });

  test('@default ValidationOptions.catchUpTimeout: 30 seconds', () => {
    expect([requests.recheck, requestsOf({ invariants: [holds] }).invariants].map((request) => request?.catchUpMs)).toEqual([30_000, 30_000]);
  });

  test('metrics are those that the function emits, each once', () => {
    const metrics = [
      validation.metricRowsCompared(), validation.metricSuspects(), validation.metricDifferences(), validation.metricUnresolved(),
      validation.metricRefusedColumns(), validation.metricColumnsByValue(), validation.metricColumnsByText(),
      validation.metricViolatedInvariants(), validation.metricEqual(),
    ];
    const { namespace, ...names } = METRICS;
    expect(metrics.map(({ metricName }) => metricName).sort()).toEqual(Object.values(names).sort());
    for (const metric of metrics) {
      const dimensions = [{ name: 'service', value: expect.stringMatching(/^Payments-Validation-/) as string }];
      expect(metric.toMetricConfig().metricStat).toMatchObject({ namespace, dimensions });
    }
    expect(validation.metricEqual({ statistic: 'Average' }).statistic).toBe('Average');
  });
});

test('what is given is used', () => {
  const stack = stackIn(IRELAND);
  const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111');
  validationIn(stack, {
    encryptionKey: key, memorySize: 1024, timeout: Duration.minutes(2), serviceName: 'move', logRetention: RetentionDays.ONE_WEEK, protection: Protection.ephemeral(),
  }).grantInvoke(new Role(stack, 'Caller', { assumedBy: new AccountRootPrincipal() }));
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 0);
  template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 1024, Timeout: 120, Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'move' } } });
  template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
  template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: [Match.objectLike({ Action: 'lambda:InvokeFunction' })] } });
});

test('the function is asked for what was said, whoever writes', () => {
  const validation = validationIn(stackIn(IRELAND), {
    schemas: ['public', 'Ledger'],
    excludeTables: ['public.sessions'],
    columns: [{ table: 'public.payments', exclude: ['seen_at'] }, { table: 'public.refunds', include: ['amount'] }],
    exactTypes: ['public.iban'],
    partRows: 10_000,
    maxDifferences: 7,
    throttle: {
      statementTime: Duration.millis(100),
      statementTimeout: Duration.seconds(5),
      dutyPercentage: 40,
      maxActiveSessions: 20,
      maxLag: Size.mebibytes(64),
    },
    invariants: [holds],
    showInvariantValues: true,
    catchUpTimeout: Duration.minutes(1),
  });
  const columns = [{ table: 'public.payments', exclude: ['seen_at'], include: undefined }, { table: 'public.refunds', include: ['amount'], exclude: undefined }];
  const chosen = { columns, exactTypes: ['public.iban'] };
  expect(validation._requests('target')).toEqual({
    plan: { action: 'plan', schemas: ['public', 'Ledger'], tables: undefined, excludeTables: ['public.sessions'], ...chosen, partRows: 10_000 },
    compare: {
      action: 'compare',
      ...chosen,
      maxSuspects: 7,
      writer: 'target',
      throttle: { statementMs: 100, statementTimeoutMs: 5_000, duty: 0.4, maxActiveSessions: 20, maxLagBytes: 67_108_864 },
    },
    recheck: { action: 'recheck', ...chosen, catchUpMs: 60_000, writer: 'target', throttle: { statementTimeoutMs: 5_000 } },
    invariants: { action: 'invariants', invariants: [holds._data()], catchUpMs: 60_000, showValues: true, writer: 'target' },
    summarise: { action: 'summarise' },
  });
});

test('@default ComparedColumns.include, @default ComparedColumns.exclude: every column, none left out', () => {
  expect(requestsOf({ columns: [{ table: 'public.payments' }] }).compare.columns).toEqual([{ table: 'public.payments', include: undefined, exclude: undefined }]);
});

test.each<[Partial<DataValidationProps>, string]>([
  [{ timeout: Duration.seconds(30) }, 'timeout: got 30, allowed: a whole number from 120 to 900 seconds'],
  [{ timeout: Duration.minutes(Lazy.number({ produce: () => 2 })) }, 'timeout: got \'a token\''],
  [{ memorySize: 64 }, 'memorySize: got 64'],
  [{ serviceName: 'two words' }, 'serviceName: got \'two words\''],
  [{ schemas: [] }, 'schemas: got \'no name\', allowed: 1 or more'],
  [{ schemas: ['x'.repeat(64)] }, 'allowed: a name of 1 to 63 bytes'],
  [{ tables: [] }, 'tables: got \'no table\''],
  [{ tables: ['payments'] }, 'tables: got \'payments\', allowed: the name of a table with its schema'],
  [{ tables: ['public.a', 'public.a'] }, 'tables: got \'\'public.a\' twice\''],
  [{ tables: ['public.a'], excludeTables: ['public.a'] }, 'excludeTables: got \'public.a\''],
  [{ columns: [{ table: 'public.a', include: [] }] }, 'columns.include: got \'no name\''],
  [{ columns: [{ table: 'public.a' }, { table: 'public.a' }] }, 'columns: got'],
  [{ exactTypes: ['iban'] }, 'exactTypes: got \'iban\''],
  [{ partRows: 10 }, 'partRows: got 10'],
  [{ maxDifferences: 0 }, 'maxDifferences: got 0'],
  [{ catchUpTimeout: Duration.minutes(3) }, 'catchUpTimeout: got 180000'],
  [{ throttle: { statementTime: Duration.seconds(20) } }, 'throttle.statementTimeout: got 20000, allowed: more than the 20000 milliseconds'],
  [{ throttle: { dutyPercentage: 0 } }, 'throttle.dutyPercentage: got 0, allowed: a whole number from 1 to 100 percent'],
  [{ throttle: { maxActiveSessions: 0 } }, 'throttle.maxActiveSessions: got 0'],
  [{ throttle: { maxLag: Size.mebibytes(Lazy.number({ produce: () => 2 })) } }, 'throttle.maxLag: got \'a token\''],
  [{ invariants: [holds, holds] }, 'invariants: got \'\'money\' twice\''],
])('%j is refused', (props, message) => {
  expect(() => validationIn(stackIn(IRELAND), props)).toThrow(message);
});

test('without a network it has nowhere to stand', () => {
  const stack = stackIn(IRELAND);
  expect(() => validationIn(stack, { target: externalSide(stack, 'db.example.com') })).toThrow('network: got undefined');
});
