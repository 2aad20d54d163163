import { Duration, Lazy, Stack, type App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CutoverFunctions, Protection, TransferDirection, WriteFence, type CutoverFunctionsProps } from '../../src';
import { METRICS } from '../../src/cutover/contract';
import { databaseReferences } from '../../src/cutover/settings';
import { existingSide, functionsIn, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf, resourcesOf } from '../support/database-templates';
import { findings } from '../support/scanners';
import { annotationsOf, IRELAND, stackIn } from '../support/synthesis';

type Statement = Record<'Effect' | 'Action' | 'Resource' | 'Condition', unknown>;

const statementsOf = (template: Template, idPart: string): Statement[] => {
  const { PolicyDocument } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', idPart).Properties;
  return (PolicyDocument as { readonly Statement: Statement[] }).Statement;
};
const templateWith = (props: Partial<CutoverFunctionsProps>): Template => {
  const stack = stackIn(IRELAND);
  functionsIn(stack, props);
  return Template.fromStack(stack);
};

describe('by default', () => {
  const stack = stackIn(IRELAND);
  const functions = functionsIn(stack);
  const template = Template.fromStack(stack);
  const authority = onlyResourceOf(template, 'AWS::Lambda::Function', 'AuthorityFunction');
  const fence = onlyResourceOf(template, 'AWS::Lambda::Function', 'FenceFunction');
  const both = [authority, fence];

  test('there are two functions, in the target\'s subnets for replication', () => {
    template.resourceCountIs('AWS::Lambda::Function', 2);
    for (const { Properties } of both) {
      expect(Properties.VpcConfig).toMatchObject({ SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'] });
    }
  });

  test('they carry no warning, and scanners find nothing', () => {
    expect(annotationsOf(stack)).toEqual([]);
    expect(findings(stack)).toEqual([]);
  });

  test('the handlers understand their environment', () => {
    for (const { Properties } of both) {
      const { Variables } = Properties.Environment as { readonly Variables: object };
      const arn = (name: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:secretsmanager:eu-west-1:111111111111:secret:payments/${name}`]] });
      expect(databaseReferences(Variables as NodeJS.ProcessEnv)).toEqual({
        source: { secretId: arn('source-login'), databaseName: 'source_payments' },
        target: { secretId: arn('target-login'), databaseName: 'target_payments' },
      });
      expect(Variables).toMatchObject({ POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace, POWERTOOLS_LOG_LEVEL: 'INFO' });
    }
  });

  test('their environment is encrypted, they are traced and write to logs of their own', () => {
    const logs = both.map(({ Properties }) => {
      expect(Properties).toMatchObject({ KmsKeyArn: { 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] }, TracingConfig: { Mode: 'Active' } });
      return (Properties.LoggingConfig as { readonly LogGroup: { readonly Ref: string } }).LogGroup.Ref;
    });
    expect(logs).toEqual([expect.stringContaining('AuthorityLogGroup'), expect.stringContaining('FenceLogGroup')]);
  });

  test('nothing is tried again unasked', () => {
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
  });

  test('their rights are one policy, which they wait for, and none is hidden in the role', () => {
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.resourceCountIs('AWS::IAM::Role', 1);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
    const policy = resourcesOf(template, 'AWS::IAM::ManagedPolicy', 'CutoverPolicy')[0].logicalId;
    both.forEach(({ DependsOn }) => expect(DependsOn).toContain(policy));
  });

  test('they read the two logins and no other secret', () => {
    const reading = statementsOf(template, 'CutoverPolicy').filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager:'));
    expect(reading.map(({ Action }) => Action)).toEqual([1, 2].map(() => ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']));
    expect(reading.map(({ Resource }) => /:secret:(.*?)"/.exec(JSON.stringify(Resource))?.[1])).toEqual(['payments/source-login-??????', 'payments/target-login-??????']);
  });

  test('wildcards are left to network interfaces and traces alone', () => {
    expect(statementsOf(template, 'CutoverPolicy').filter(({ Resource }) => Resource === '*')).toEqual([]);
    const wide = statementsOf(template, 'UnnamedRights').flatMap(({ Action }) => Action as string[]);
    expect(wide.filter((action) => !/^(ec2:.*(NetworkInterface|PrivateIpAddresses|DescribeSubnets)|xray:Put)/.test(action))).toEqual([]);
  });

  test('their own code may not use Lambda\'s rights on network interfaces', () => {
    const allowed = statementsOf(template, 'UnnamedRights').flatMap(({ Action }) => Action as string | string[]).filter((action) => action.startsWith('ec2:'));
    expect(statementsOf(template, 'NoInterfacesPolicy')).toEqual([{
      Effect: 'Deny',
      Action: allowed,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': both.map(({ logicalId }) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] })) } },
    }]);
  });

  test('@default CutoverFunctionsProps.writeFence: triggers', () => {
    expect(functions.writeFence._settings()).toEqual({ kind: 'triggers' });
  });

  test('@default CutoverFunctionsProps.transferDeadline: 30 seconds, and 5 more to give authority back', () => {
    expect(functions.transferDeadline.toSeconds()).toBe(30);
    expect(authority.Properties.Timeout).toBe(35);
  });

  test('@default CutoverFunctionsProps.fenceTimeout: 5 minutes', () => {
    expect(fence.Properties.Timeout).toBe(300);
  });

  test('@default CutoverFunctionsProps.memorySize: 512 MiB', () => {
    template.allResourcesProperties('AWS::Lambda::Function', { MemorySize: 512 });
  });

  test('@default CutoverFunctionsProps.reservedConcurrency: none', () => {
    template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
  });

  test('@default CutoverFunctionsProps.serviceName: made from the path', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          POWERTOOLS_SERVICE_NAME: Match.stringLikeRegexp('^Payments-Cutover-[0-9A-F]{8}$'),
          TRANSFER_DEADLINE_MS: '30000',
          WRITE_FENCE: '{"kind":"triggers"}',
        },
      },
    });
  });

  test('@default CutoverFunctionsProps.encryptionKey: a new one for logs and environments', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
  });

  test('@default CutoverFunctionsProps.logRetention: a year', () => {
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('@default CutoverFunctionsProps.protection: production, so logs and key stay', () => {
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate' });
  });
});

describe('what a team chooses', () => {
  const template = templateWith({
    transferDeadline: Duration.minutes(10),
    fenceTimeout: Duration.minutes(15),
    memorySize: 1024,
    reservedConcurrency: 3,
    serviceName: 'blue',
    logRetention: RetentionDays.FIVE_YEARS,
    protection: Protection.ephemeral(),
  });
  const properties = (idPart: string) => onlyResourceOf(template, 'AWS::Lambda::Function', idPart).Properties;

  test('time-outs, memory and name', () => {
    expect([properties('Authority').Timeout, properties('Fence').Timeout]).toEqual([605, 900]);
    template.allResourcesProperties('AWS::Lambda::Function', { MemorySize: 1024, Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'blue' } } });
  });

  test('concurrency that is kept for an abort', () => {
    expect(properties('Authority').ReservedConcurrentExecutions).toBe(3);
    expect(properties('Fence').ReservedConcurrentExecutions).toBeUndefined();
  });

  test('a reservation leaves nothing to accept about concurrency', () => {
    const stack = stackIn(IRELAND);
    functionsIn(stack, { reservedConcurrency: 2 });
    const authority = stack.node.findAll().filter((construct): construct is CfnFunction => construct instanceof CfnFunction && construct.node.path.includes('Authority'));
    expect(JSON.stringify(authority.flatMap(({ node }) => node.metadata))).not.toContain('LambdaConcurrency');
    expect(findings(stack)).toEqual([]);
  });

  test('logs', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 1827 });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('its own key', () => {
    const stack = stackIn(IRELAND);
    const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab');
    functionsIn(stack, { encryptionKey });
    const owned = Template.fromStack(stack);
    owned.resourceCountIs('AWS::KMS::Key', 0);
    owned.allResourcesProperties('AWS::Lambda::Function', { KmsKeyArn: encryptionKey.keyArn });
    expect(statementsOf(owned, 'CutoverPolicy')).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: encryptionKey.keyArn });
  });

  test('another fence', () => {
    const writeFence = WriteFence.roles({ writers: ['payments_app'] });
    expect(functionsIn(stackIn(IRELAND), { writeFence }).writeFence).toBe(writeFence);
  });

  test('a login under a key of its own: the key may be used for that, through Secrets Manager alone', () => {
    const stack = stackIn(IRELAND);
    const key = new Key(stack, 'LoginKey');
    const side = existingSide(stack, 'source', sourceNetwork(stack));
    functionsIn(stack, { source: { ...side, database: { ...side.database, migrationSecret: new Secret(stack, 'Login', { encryptionKey: key }) } } });
    const made = Template.fromStack(stack);
    expect(statementsOf(made, 'CutoverPolicy')).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: stack.resolve(key.keyArn),
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
    expect(JSON.stringify(onlyResourceOf(made, 'AWS::KMS::Key', 'LoginKey'))).not.toContain('CutoverRole');
  });

  test('two pairs of functions in one stack', () => {
    const stack = stackIn(IRELAND);
    const [source, network] = [existingSide(stack, 'source'), sourceNetwork(stack)];
    const target = existingSide(stack, 'target', network);
    ['Blue', 'Green'].forEach((id) => new CutoverFunctions(stack, id, { source, target }));
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 4);
  });
});

describe('who uses them', () => {
  const stack = stackIn(IRELAND);
  const functions = functionsIn(stack, { serviceName: 'blue' });

  test('may be let to call both', () => {
    const role = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
    functions.grantInvoke(role).assertSuccess();
    const { PolicyDocument } = onlyResourceOf(Template.fromStack(stack), 'AWS::IAM::Policy', 'Operator').Properties;
    const { Statement } = PolicyDocument as { readonly Statement: Statement[] };
    expect(Statement.map(({ Action, Resource }) => [Action, (Resource as unknown[])[0]])).toEqual(
      [functions.authorityFunction, functions.fenceFunction].map(({ functionArn }) => ['lambda:InvokeFunction', stack.resolve(functionArn)]),
    );
  });

  test.each<[string, (direction: TransferDirection) => unknown, string]>([
    ['metricWritePause', (direction) => functions.metricWritePause(direction).toMetricConfig().metricStat, 'Maximum'],
    ['metricTransferCompleted', (direction) => functions.metricTransferCompleted(direction).toMetricConfig().metricStat, 'Sum'],
    ['metricTransferAborted', (direction) => functions.metricTransferAborted(direction).toMetricConfig().metricStat, 'Sum'],
    ['metricAbortPending', (direction) => functions.metricAbortPending(direction).toMetricConfig().metricStat, 'Sum'],
    ['metricOpenPending', (direction) => functions.metricOpenPending(direction).toMetricConfig().metricStat, 'Sum'],
  ])('see %s as the handlers write it', (method, metric, statistic) => {
    const metricName = METRICS[method.replace(/^metric(.)/, (_, first: string) => first.toLowerCase()) as keyof typeof METRICS];
    for (const direction of [TransferDirection.CUTOVER, TransferDirection.ROLLBACK]) {
      expect(metric(direction)).toMatchObject({
        namespace: 'PaymentMigration',
        metricName,
        statistic,
        dimensions: [{ name: 'direction', value: direction }, { name: 'service', value: 'blue' }],
      });
    }
  });

  test('may look at a metric in their own way', () => {
    const metric = functions.metricWritePause(TransferDirection.CUTOVER, { statistic: 'p50', period: Duration.hours(1) });
    expect(metric.toMetricConfig().metricStat).toMatchObject({ statistic: 'p50', period: Duration.hours(1) });
  });
});

describe('bad input', () => {
  const token = Duration.seconds(Lazy.number({ produce: () => 30 }));
  test.each<[string, Partial<CutoverFunctionsProps>, string]>([
    ['a deadline that is too short', { transferDeadline: Duration.seconds(4) }, 'transferDeadline: got 4, allowed: a whole number from 5 to 600 seconds'],
    ['a deadline that is too long', { transferDeadline: Duration.minutes(11) }, 'transferDeadline: got 660, allowed: a whole number from 5 to 600 seconds'],
    ['a deadline with a part of a second', { transferDeadline: Duration.millis(7500) }, 'transferDeadline: got 7.5, allowed: a whole number'],
    ['a deadline that is not known', { transferDeadline: token }, "transferDeadline: got 'a token', allowed: a literal Duration"],
    ['a time-out that Lambda does not have', { fenceTimeout: Duration.minutes(16) }, 'fenceTimeout: got 960, allowed: a whole number from 60 to 900 seconds'],
    ['memory that Lambda does not have', { memorySize: 64 }, 'memorySize: got 64, allowed: a whole number from 128 to 10240 MiB'],
    ['a reservation that leaves an abort no room', { reservedConcurrency: 1 }, 'reservedConcurrency: got 1, allowed: a whole number from 2 to 100'],
    ['a name with spaces', { serviceName: 'blue and green' }, "serviceName: got 'blue and green', allowed: 1 to 64 characters without spaces"],
  ])('%s', (_, props, message) => {
    expect(() => functionsIn(stackIn(IRELAND), props)).toThrow(message);
  });

  test('networks of other Regions', () => {
    const stack = stackIn(IRELAND);
    const elsewhere = new Stack(stack.node.root as App, 'Elsewhere', { env: { account: '111111111111', region: 'eu-central-1' } });
    const network = sourceNetwork(elsewhere);
    expect(() => functionsIn(stack, { source: existingSide(stack, 'source', network), target: existingSide(stack, 'target', network) }))
      .toThrow("target.network: got 'networks in eu-central-1 and eu-central-1', allowed: a network of the target, or of the source, in eu-west-1");
  });

  test('no network at all', () => {
    const stack = stackIn(IRELAND);
    expect(() => functionsIn(stack, { source: existingSide(stack, 'source'), target: existingSide(stack, 'target') }))
      .toThrow('target.network: got undefined, allowed: a network of the target, or of the source, in eu-west-1');
  });
});
