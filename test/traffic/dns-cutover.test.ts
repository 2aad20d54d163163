import { Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { cutoverIn, loadBalancerIn, NAMED, privateEndpoint, publicEndpoint, zoneIn } from './support/templates';
import { suppressionsOf } from '../../projenrc/suppressions';
import { Protection } from '../../src/core';
import { EndpointHealthCheck } from '../../src/service';
import { CutoverStrategy, Edge, type DnsCutoverProps } from '../../src/traffic';
import { onlyResourceOf, resourcesOf } from '../support/database-templates';
import { findings } from '../support/scanners';
import { IRELAND, stackIn } from '../support/synthesis';

const RECORDS = 'Custom::DnsRecords';
const CHECK = 'AWS::Route53::HealthCheck';
const PREFIX = 'route53:ChangeResourceRecordSets';

const templateOf = (props: Parameters<typeof cutoverIn>[1] = {}) => {
  const stack = stackIn(IRELAND);
  cutoverIn(stack, props);
  return Template.fromStack(stack);
};
const recordsOf = (template: Template) => onlyResourceOf(template, RECORDS).Properties;
const handlerStatements = (template: Template) => (
  onlyResourceOf(template, 'AWS::IAM::ManagedPolicy', 'DnsHandlerPolicy').Properties.PolicyDocument as { Statement: Record<string, unknown>[] }
).Statement;

describe('two load balancers that the internet reaches', () => {
  const stack = stackIn(IRELAND);
  const dns = cutoverIn(stack);
  const template = Template.fromStack(stack);

  test('says what it is called', () => {
    expect(dns).toMatchObject({
      domainName: 'pay.example.com',
      sourceDomainName: 'pay-source.example.com',
      targetDomainName: 'pay-target.example.com',
      sourceSetIdentifier: 'blue-source',
      targetSetIdentifier: 'blue-target',
      recordType: 'A',
    });
  });

  test('have aliases, made by a custom resource that is told no weight', () => {
    expect(recordsOf(template)).toEqual({
      ServiceToken: expect.anything(),
      ServiceTimeout: '960',
      HostedZoneId: 'Z0123456789ABCDEFGHIJ',
      Identifier: 'blue',
      RecordName: 'pay.example.com',
      NoteName: '_payment-migration.pay.example.com',
      SharedType: 'A',
      Ttl: '60',
      Source: {
        RecordName: 'pay-source.example.com',
        SetIdentifier: 'blue-source',
        HealthCheckId: { Ref: expect.stringMatching(/^DnsSourceHealthCheck/) },
        DomainName: 'old-1.eu-west-1.elb.amazonaws.com',
        AliasHostedZoneId: 'Z32O12XQLNTSW2',
      },
      Target: expect.objectContaining({ SetIdentifier: 'blue-target', DomainName: 'new-1.eu-west-1.elb.amazonaws.com' }),
    });
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('are asked by HTTPS under their own names, with SNI', () => {
    const checks = resourcesOf(template, CHECK).map(({ Properties }) => Properties.HealthCheckConfig);
    expect(checks).toEqual(['pay-source', 'pay-target'].map((name) => ({
      Type: 'HTTPS',
      FullyQualifiedDomainName: `${name}.example.com`,
      Port: 443,
      ResourcePath: '/health',
      EnableSNI: true,
      RequestInterval: 30,
      FailureThreshold: 3,
      Inverted: false,
      MeasureLatency: false,
    })));
  });

  test('stay with the health checks that their records refer to, unless their creation fails', () => {
    const policies = [...resourcesOf(template, CHECK), onlyResourceOf(template, RECORDS)].map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies).toEqual(['RetainExceptOnCreate', 'RetainExceptOnCreate', 'RetainExceptOnCreate']);
  });

  test('leave no health check behind that was replaced', () => {
    expect(resourcesOf(template, CHECK).map(({ UpdateReplacePolicy }) => UpdateReplacePolicy)).toEqual(['Delete', 'Delete']);
  });

  test('the handler may create and delete what it has made, by name and type, and nothing else', () => {
    const [change] = handlerStatements(template).filter(({ Action }) => Action === 'route53:ChangeResourceRecordSets');
    expect(change.Resource).toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':route53:::hostedzone/Z0123456789ABCDEFGHIJ']] });
    expect(change.Condition).toEqual({
      'ForAllValues:StringEquals': {
        [`${PREFIX}NormalizedRecordNames`]: ['pay.example.com', 'pay-source.example.com', 'pay-target.example.com', '_payment-migration.pay.example.com'],
        [`${PREFIX}RecordTypes`]: ['A', 'AAAA', 'CNAME', 'TXT'],
        [`${PREFIX}Actions`]: ['CREATE', 'DELETE'],
      },
      'Null': { [`${PREFIX}NormalizedRecordNames`]: 'false', [`${PREFIX}RecordTypes`]: 'false', [`${PREFIX}Actions`]: 'false' },
    });
  });

  test('metrics are of the health checks, in us-east-1', () => {
    const ids = [dns.sourceHealthCheckId, dns.targetHealthCheckId];
    const metrics = [dns.metricSourceHealth(), dns.metricTargetHealth({ period: Duration.minutes(5) })];
    for (const [index, metric] of metrics.entries()) {
      expect(metric.toMetricConfig().metricStat).toMatchObject({
        namespace: 'AWS/Route53',
        metricName: 'HealthCheckStatus',
        region: 'us-east-1',
        statistic: 'Minimum',
        dimensions: [{ name: 'HealthCheckId', value: ids[index] }],
      });
    }
  });
});

describe('grantShift', () => {
  const stack = stackIn(IRELAND);
  const role = new Role(stack, 'Workflow', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  cutoverIn(stack).grantShift(role).assertSuccess();
  const template = Template.fromStack(stack);
  const { Statement: statements } = onlyResourceOf(template, 'AWS::IAM::Policy', 'Workflow').Properties.PolicyDocument as { Statement: Record<string, unknown>[] };

  test('lets read, wait, and write the weighted records alone', () => {
    expect(statements.map(({ Action }) => Action)).toEqual(['route53:ListResourceRecordSets', 'route53:GetChange', 'route53:ChangeResourceRecordSets']);
    expect(statements[2].Condition).toMatchObject({
      'ForAllValues:StringEquals': {
        [`${PREFIX}NormalizedRecordNames`]: ['pay.example.com'], [`${PREFIX}RecordTypes`]: ['A'], [`${PREFIX}Actions`]: ['UPSERT'],
      },
    });
  });
});

describe('a zone in another account', () => {
  const stack = stackIn(IRELAND);
  const hostedZoneRole = Role.fromRoleArn(stack, 'ZoneRole', 'arn:aws:iam::222222222222:role/zone');
  const workflow = new Role(stack, 'Workflow', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  const dns = cutoverIn(stack, { hostedZoneRole });
  dns.grantShift(workflow).assertSuccess();
  const template = Template.fromStack(stack);

  test('is changed by its role', () => {
    expect(recordsOf(template).RoleArn).toBe('arn:aws:iam::222222222222:role/zone');
    expect(handlerStatements(template).filter(({ Action }) => String(Action).startsWith('route53'))).toEqual([]);
  });

  test('the handler and the workflow may take it on', () => {
    const assume = { Action: 'sts:AssumeRole', Effect: 'Allow', Resource: 'arn:aws:iam::222222222222:role/zone' };
    expect(handlerStatements(template)).toContainEqual(assume);
    template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: [assume] } });
  });
});

describe('a side with a domain name', () => {
  const template = templateOf({ source: NAMED, ttl: Duration.seconds(10) });

  test('makes CNAMEs of both weighted records', () => {
    expect(recordsOf(template)).toMatchObject({ SharedType: 'CNAME', Ttl: '10', Source: { DomainName: 'old.example.net' } });
    expect(recordsOf(template).Source).not.toHaveProperty('AliasHostedZoneId');
    expect(recordsOf(template).Target).toHaveProperty('AliasHostedZoneId');
  });

  test('is asked under the name that it is known to answer to', () => {
    const config = onlyResourceOf(template, CHECK, 'Source').Properties.HealthCheckConfig;
    expect(config).toMatchObject({ FullyQualifiedDomainName: 'old.example.net', Port: 8443, ResourcePath: '/up' });
  });
});

describe('a load balancer that the internet does not reach', () => {
  const stack = stackIn(IRELAND);
  const topic = new Topic(stack, 'Alerts');
  cutoverIn(stack, { source: privateEndpoint(stack, 'old'), healthChecks: { failureThreshold: 2, alarmTopic: topic } });
  const template = Template.fromStack(stack);

  test('is judged by its healthy targets', () => {
    const { logicalId } = onlyResourceOf(template, 'AWS::CloudWatch::Alarm');
    expect(onlyResourceOf(template, CHECK, 'Source').Properties.HealthCheckConfig).toEqual({
      Type: 'CLOUDWATCH_METRIC', AlarmIdentifier: { Name: { Ref: logicalId }, Region: 'eu-west-1' }, InsufficientDataHealthStatus: 'Unhealthy', Inverted: false,
    });
  });

  test('is unhealthy without one', () => {
    template.hasResource('AWS::CloudWatch::Alarm', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        MetricName: 'HealthyHostCount',
        Statistic: 'Minimum',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        EvaluationPeriods: 2,
        TreatMissingData: 'breaching',
        AlarmActions: [stack.resolve(topic.topicArn)],
      },
    });
  });
});

describe('what is made for a trial', () => {
  const template = templateOf({ protection: Protection.ephemeral() });

  test('goes with the stack', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/"DeletionPolicy":"(Retain|Snapshot)/);
  });
});

describe('scanners', () => {
  test.each<[string, () => Partial<DnsCutoverProps>]>([
    ['public', () => ({})],
    ['in another account', () => ({ hostedZoneRole: Role.fromRoleArn(stackIn(IRELAND), 'ZoneRole', 'arn:aws:iam::222222222222:role/zone') })],
  ])('find nothing that is not acknowledged: %s', (_, propsOf) => {
    const stack = stackIn(IRELAND);
    cutoverIn(stack, propsOf());
    expect(findings(stack)).toEqual([]);
  });

  test('find nothing that is not acknowledged: private', () => {
    const stack = stackIn(IRELAND);
    cutoverIn(stack, { source: privateEndpoint(stack, 'old'), target: privateEndpoint(stack, 'new') });
    expect(findings(stack)).toEqual([]);
  });

  test('cost one acknowledgement beside those of every handler', () => {
    const stack = stackIn(IRELAND);
    cutoverIn(stack);
    const rules = suppressionsOf(stack).map(({ rule }) => rule);
    expect(rules.filter((rule) => !/Lambda(InsideVPC|Concurrency)$/.test(rule))).toEqual(['AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:route53:::change/*]']);
  });
});

describe('names', () => {
  test.each<[string, Partial<DnsCutoverProps>, string[]]>([
    ['below the zone', { recordName: 'Pay.EU.example.com.' }, ['pay.eu.example.com', 'pay-source.eu.example.com', 'pay-target.eu.example.com']],
    ['the zone\'s own', { recordName: 'example.com' }, ['example.com', 'source.example.com', 'target.example.com']],
    ['of sides that are given', { sourceRecordName: 'old', targetRecordName: 'new.example.com' }, ['pay.example.com', 'old.example.com', 'new.example.com']],
    ['tokens', { recordName: Lazy.string({ produce: () => 'a.example.com' }), sourceRecordName: 'old', targetRecordName: 'new' },
      ['a.example.com', 'old.example.com', 'new.example.com']],
  ])('%s', (_, props, expected) => {
    const { RecordName: shared, Source: source, Target: target } = recordsOf(templateOf(props)) as Record<string, { RecordName: string }>;
    expect([shared, source.RecordName, target.RecordName]).toEqual(expected);
  });

  test('in a zone whose name is a token', () => {
    const stack = stackIn(IRELAND);
    const dns = cutoverIn(stack, { hostedZone: zoneIn(stack, Lazy.string({ produce: () => 'example.org' })) });
    expect(stack.resolve([dns.domainName, dns.sourceDomainName])).toEqual(['pay.example.org', 'pay-source.example.org']);
  });
});

describe('bad input', () => {
  const stack = stackIn(IRELAND);
  const shared = publicEndpoint(stack, 'shared');

  test.each<[string, Partial<DnsCutoverProps>, string]>([
    ['a name outside the zone', { recordName: 'pay.example.org' }, 'recordName: got \'pay.example.org\', allowed: one label, or a full name in the hosted zone example.com'],
    ['a name that ends like the zone', { recordName: 'payexample.com' }, 'allowed: one label, or a full name in the hosted zone'],
    ['a name of other characters', { recordName: 'pay me' }, 'recordName: got \'pay me.example.com\''],
    ['no name', { recordName: '' }, 'recordName: got'],
    ['a side\'s name outside the zone', { targetRecordName: 'new.example.org' }, 'targetRecordName: got \'new.example.org\''],
    ['one name for two', { sourceRecordName: 'pay' }, 'sourceRecordName: got \'pay.example.com\', allowed: another name than the shared one'],
    ['a token without the sides\' names', { recordName: Lazy.string({ produce: () => 'pay' }) }, 'sourceRecordName: got undefined, allowed: a name for the side'],
    ['a domain name at the apex', { source: NAMED, recordName: 'example.com' }, 'recordName: got \'example.com\', allowed: a name below the zone\'s own'],
    ['no endpoint on the source', { source: { healthCheckPath: '/', healthCheckPort: 443 } }, 'endpoint of the source: got \'none\', allowed: a load balancer or a domain name'],
    ['no endpoint on the target', { target: { healthCheckPath: '/', healthCheckPort: 443 } }, 'endpoint of the target: got \'none\''],
    ['one load balancer on both sides', { source: shared, target: shared }, 'endpoint of the target: got \'the endpoint of the source\', allowed: another one'],
    ['one domain name on both sides', { source: NAMED, target: { ...NAMED, domainName: 'OLD.example.net.' } }, 'endpoint of the target: got'],
    ['a private load balancer that is asked from outside', { source: { ...shared, internetFacing: false, healthCheck: EndpointHealthCheck.HTTPS } },
      'health check of the source: got \'HTTPS\', allowed: EndpointHealthCheck.METRIC'],
    ['a metric that nobody has', { source: { ...shared, healthCheck: EndpointHealthCheck.METRIC } }, 'endpoint of the source: got \'an EndpointHealthCheck.METRIC without metrics\''],
    ['a TTL of aliases', { ttl: Duration.seconds(30) }, 'ttl: got \'30 seconds\', allowed: none where both sides have load balancers'],
    ['no TTL', { source: NAMED, ttl: Duration.seconds(0) }, 'ttl: got 0, allowed: a whole number from 1 to 300 seconds'],
    ['a TTL that a rollback would wait for', { source: NAMED, ttl: Duration.minutes(10) }, 'ttl: got 600'],
    ['another interval', { healthChecks: { interval: Duration.seconds(20) } }, 'healthChecks.interval: got \'20 seconds\', allowed: 10 or 30 seconds'],
    ['too many failures', { healthChecks: { failureThreshold: 11 } }, 'healthChecks.failureThreshold: got 11, allowed: a whole number from 1 to 10'],
    ['a path without a slash', { source: { ...shared, healthCheckPath: 'health' } }, 'healthCheckPath: got \'health\', allowed: a path that begins with'],
    ['no port', { source: { ...shared, healthCheckPort: 0 } }, 'healthCheckPort: got 0, allowed: a whole number from 1 to 65535'],
    ['an identifier of other characters', { identifier: 'a/b' }, 'identifier: got \'a/b\''],
    ['an adoptable target of other characters', { adoptableTargets: ['192.0.2.1/24'] }, 'adoptableTargets: got \'192.0.2.1/24\', allowed: domain names and addresses'],
  ])('%s', (_, props, message) => {
    expect(() => cutoverIn(stackIn(IRELAND), props)).toThrow(message);
  });

  test('a private load balancer in another Region', () => {
    const elsewhere = stackIn(IRELAND);
    expect(() => cutoverIn(elsewhere, { source: privateEndpoint(elsewhere, 'old', 'us-west-2') }))
      .toThrow('endpoint of the source: got \'a private load balancer in us-west-2\', allowed: one in eu-west-1');
  });

  test('is not what is not known yet', () => {
    const token = Lazy.string({ produce: () => 'token' });
    const tokens = stackIn(IRELAND);
    const endpoint = { domainName: token, internetFacing: true, healthCheckPath: token, healthCheckPort: Lazy.number({ produce: () => 443 }) };
    expect(() => cutoverIn(tokens, { source: endpoint, ttl: Duration.seconds(Lazy.number({ produce: () => 60 })), identifier: token })).not.toThrow();
  });
});

describe('defaults', () => {
  const standard = templateOf();
  const equal = (props: Partial<DnsCutoverProps>) => expect(templateOf(props).toJSON()).toEqual(standard.toJSON());

  test('@default DnsCutoverOptions.sourceRecordName: recordName and -source', () => equal({ sourceRecordName: 'pay-source' }));
  test('@default DnsCutoverOptions.targetRecordName: recordName and -target', () => equal({ targetRecordName: 'pay-target' }));
  test('@default DnsCutoverOptions.healthChecks: every 30 seconds, three times', () => equal({ healthChecks: { interval: Duration.seconds(30), failureThreshold: 3 } }));
  test('@default TrafficHealthCheckOptions.interval: 30 seconds', () => equal({ healthChecks: { interval: Duration.seconds(30) } }));
  test('@default TrafficHealthCheckOptions.failureThreshold: 3', () => equal({ healthChecks: { failureThreshold: 3 } }));
  test('@default DnsCutoverProps.protection: production', () => equal({ protection: Protection.production() }));
  test('@default DnsCutoverOptions.edge: load balancers', () => equal({ edge: Edge.alb() }));

  test('@default DnsCutoverOptions.strategy: all at once', () => {
    expect(cutoverIn(stackIn(IRELAND)).strategy.shifts.map(({ percentage }) => percentage)).toEqual([100]);
    const strategy = CutoverStrategy.canary({ percentage: 5, interval: Duration.minutes(1) });
    expect(cutoverIn(stackIn(IRELAND), { strategy }).strategy).toBe(strategy);
  });

  test('@default DnsCutoverOptions.adoptableTargets: nothing', () => {
    expect(recordsOf(standard)).not.toHaveProperty('AdoptableTargets');
    expect(recordsOf(templateOf({ adoptableTargets: ['192.0.2.1'] })).AdoptableTargets).toEqual(['192.0.2.1']);
  });

  test('@default DnsCutoverOptions.hostedZoneRole: none', () => {
    expect(recordsOf(standard)).not.toHaveProperty('RoleArn');
  });

  test('@default DnsCutoverOptions.ttl: 60 seconds', () => {
    expect(recordsOf(templateOf({ source: NAMED })).Ttl).toBe('60');
  });

  test('@default DnsCutoverOptions.removalPolicy: by the protection', () => {
    const policyOf = (props: Partial<DnsCutoverProps>) => onlyResourceOf(templateOf(props), RECORDS).DeletionPolicy;
    expect([{}, { protection: Protection.ephemeral() }, { removalPolicy: RemovalPolicy.DESTROY }].map(policyOf)).toEqual(['RetainExceptOnCreate', 'Delete', 'Delete']);
  });

  test('@default DnsCutoverProps.encryptionKey: a new key', () => {
    standard.resourceCountIs('AWS::KMS::Key', 1);
  });

  test('@default TrafficHealthCheckOptions.alarmTopic: nobody', () => {
    const stack = stackIn(IRELAND);
    cutoverIn(stack, { source: privateEndpoint(stack, 'old') });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() });
  });

  test('@default EdgeConfig.aliasHostedZoneId: none', () => {
    const stack = stackIn(IRELAND);
    const bind = (endpoint: DnsCutoverProps['source']) => Edge.alb().bind(stack, { side: 'source', endpoint });
    expect(bind(NAMED)).toEqual({ domainName: 'old.example.net' });
    expect(bind({ ...NAMED, loadBalancer: loadBalancerIn(stack, 'old') })).toEqual({
      domainName: 'old-1.eu-west-1.elb.amazonaws.com', aliasHostedZoneId: 'Z32O12XQLNTSW2',
    });
    expect(Edge.alb().internetFacing).toBe(true);
  });
});
