import { spawnSync } from 'node:child_process';
import { Lazy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Cluster, ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { MigrationNetwork, MissingRoles, NatStrategy, Protection, SchemaCopy, type SchemaCopyProps, type SchemaCopySide } from '../../src';
import { RDS_AUTHORITIES } from '../../src/core/rds-authorities';
import { PHASES, schemaCopyScript, type PhaseResult } from '../../src/schema';
import { existingSide, externalSide, sourceNetwork } from '../support/cutover-templates';
import { onlyResourceOf } from '../support/database-templates';
import { findings } from '../support/scanners';
import { annotationsOf, importedSecret, importedVpc, IRELAND, stackIn } from '../support/synthesis';

interface Container {
  readonly Image: string;
  readonly EntryPoint: string[];
  readonly Command: unknown[];
  readonly Environment?: unknown;
  readonly Secrets: { readonly Name: string; readonly ValueFrom: unknown }[];
  readonly MountPoints: { readonly ContainerPath: string }[];
}

const targetIn = (stack: Stack) => existingSide(stack, 'target', MigrationNetwork.fromVpc(stack, 'TargetNetwork', importedVpc(stack)));
function copyIn(stack: Stack, props: Partial<SchemaCopyProps> = {}): SchemaCopy {
  return new SchemaCopy(stack, 'SchemaCopy', { source: props.source ?? existingSide(stack, 'source', sourceNetwork(stack)), target: targetIn(stack), ...props });
}
function containerOf(template: Template): Container {
  const { Properties } = onlyResourceOf(template, 'AWS::ECS::TaskDefinition', 'SchemaCopyTask');
  return (Properties.ContainerDefinitions as Container[])[0];
}
const containerWith = (props: Partial<SchemaCopyProps>, env = IRELAND) => {
  const stack = stackIn(env);
  copyIn(stack, props);
  return containerOf(Template.fromStack(stack));
};
const said = (container: Container, name: string) => container.Command.filter((argument) => typeof argument === 'string' && argument.startsWith(`${name}=`));
const ofMajor = (side: SchemaCopySide, majorVersion: string): SchemaCopySide => ({ ...side, database: { ...side.database, majorVersion } });

describe('by default', () => {
  const stack = stackIn(IRELAND);
  const copy = copyIn(stack);
  const template = Template.fromStack(stack);
  const container = containerOf(template);

  test('scanners find nothing, and nothing is warned of', () => {
    expect(findings(stack)).toEqual([]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('@default SchemaCopyProps.network: the target\'s, in the subnets of services', () => {
    expect(copy._runTask('keys').NetworkConfiguration.AwsvpcConfiguration).toMatchObject({
      Subnets: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'], AssignPublicIp: 'DISABLED',
    });
  });

  test('@default SchemaCopyOptions.image, @default SchemaCopyOptions.clientMajor: the official one, pinned, of the source\'s major', () => {
    expect(container.Image).toMatch(/^public\.ecr\.aws\/docker\/library\/postgres:18\.\d+-bookworm$/);
    const other = stackIn(IRELAND);
    const image = containerWith({ source: ofMajor(existingSide(other, 'source', sourceNetwork(other)), '16') }).Image;
    expect(image).toMatch(/postgres:16\.\d+-bookworm$/);
  });

  test('@default SchemaCopyOptions.jobs: 4', () => {
    expect(said(container, 'JOBS')).toEqual(['JOBS=4']);
  });

  test('@default SchemaCopyOptions.missingRoles: refused', () => {
    expect(said(container, 'MISSING_ROLES')).toEqual(['MISSING_ROLES=refuse']);
  });

  test('@default SchemaCopyOptions.excludedSchemas: none', () => {
    expect(said(container, 'EXCLUDED_SCHEMAS')).toEqual(['EXCLUDED_SCHEMAS=']);
  });

  test('@default SchemaCopyOptions.logRetention: a year', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('@default SchemaCopyProps.cluster: a new one, whose log of Container Insights is encrypted', () => {
    template.hasResourceProperties('AWS::ECS::Cluster', { ClusterSettings: [{ Name: 'containerInsights', Value: 'enhanced' }] });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: { 'Fn::Join': ['', ['/aws/ecs/containerinsights/', Match.anyValue(), '/performance']] }, KmsKeyId: Match.anyValue(),
    });
  });

  test('@default SchemaCopyProps.encryptionKey: a new one for the logs', () => {
    template.resourceCountIs('AWS::KMS::Key', 1);
  });

  test('@default SchemaCopyProps.protection: the logs stay', () => {
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('@default SchemaCopySide.login: the migration login, and nothing of it stands in the task', () => {
    expect(container.Environment).toBeUndefined();
    for (const side of ['SOURCE', 'TARGET']) {
      for (const [name, field] of [['HOST', 'host'], ['PORT', 'port'], ['USER', 'username'], ['PASSWORD', 'password']]) {
        const secret = container.Secrets.find(({ Name }) => Name === `${side}_${name}`);
        expect(JSON.stringify(secret?.ValueFrom)).toMatch(new RegExp(`payments/${side.toLowerCase()}-login:${field}::`));
      }
    }
  });

  test('@default SchemaCopySide.certificateAuthority: RDS\'s of the Region', () => {
    for (const side of ['SOURCE', 'TARGET']) {
      const name = `${side}_CERTIFICATE_AUTHORITY`;
      expect(said(container, name)).toEqual([`${name}=${RDS_AUTHORITIES['eu-west-1']}`]);
    }
  });

  test('@default SchemaCopySide.network: none, and the address is opened as far as it is known', () => {
    const other = stackIn(IRELAND);
    copyIn(other, { source: externalSide(other, '192.0.2.7') });
    Template.fromStack(other).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIp: '192.0.2.7/32', FromPort: 5432 })]),
    });
  });

  test('the task is as large as ECS takes it: 64 KiB, with what a run says beside it', () => {
    expect(Buffer.byteLength(JSON.stringify(onlyResourceOf(template, 'AWS::ECS::TaskDefinition').Properties))).toBeLessThan(60 * 1024);
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    expect(JSON.stringify(copy._runTask('pre-data').Overrides).length).toBeLessThan(8192);
  });

  test('it writes to its own folder alone, as a user who owns it, without capabilities', () => {
    expect(container).toMatchObject({
      ReadonlyRootFilesystem: true,
      User: '999:999',
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      MountPoints: [{ ContainerPath: '/var/lib/postgresql', ReadOnly: false }],
      LogConfiguration: { LogDriver: 'awslogs', Options: expect.objectContaining({ mode: 'blocking' }) as object },
    });
    expect(said(container, 'WORK_FOLDER')).toEqual(['WORK_FOLDER=/var/lib/postgresql']);
  });

  test('before 18 the image\'s volume is a folder deeper', () => {
    expect(containerWith({ clientMajor: '17' }).MountPoints).toEqual([expect.objectContaining({ ContainerPath: '/var/lib/postgresql/data' })]);
  });

  test('it reaches both databases and HTTPS, and nobody reaches it', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }), Match.objectLike({ CidrIp: '10.30.0.0/16', FromPort: 5432 })],
      SecurityGroupIngress: Match.absent(),
    });
    for (const side of ['source', 'target']) template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: `sg-${side}`, FromPort: 5432 });
  });

  test('who starts it reads the logins; what it has itself is nothing', () => {
    const { Properties } = onlyResourceOf(template, 'AWS::IAM::ManagedPolicy');
    expect(JSON.stringify(Properties.Roles)).toMatch(/ExecutionRole/);
    const { Statement } = Properties.PolicyDocument as { readonly Statement: { readonly Action: string | string[] }[] };
    expect([...new Set(Statement.flatMap(({ Action }) => Action))].sort()).toEqual([
      'logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue',
    ]);
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { TaskRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('TaskRole'), 'Arn'] } });
  });
});

describe('the script', () => {
  const container = containerWith({});
  /** Runs what the container runs, with what a run is told; there are no databases. */
  const run = (environment: Record<string, string>) => {
    const [program, ...words] = [...container.EntryPoint, ...container.Command as string[]];
    return spawnSync(program, words, { env: { PATH: process.env.PATH, ...environment }, encoding: 'utf8', timeout: 60_000 });
  };
  const secrets = Object.fromEntries(container.Secrets.map(({ Name }) => [Name, Name.endsWith('_HOST') ? '127.0.0.1' : '1']));
  const resultOf = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1) as string) as PhaseResult;

  test('is the one that is tried on servers', () => {
    expect(container.EntryPoint).toEqual(['bash', '-c', schemaCopyScript(), 'schema-copy']);
  });

  test.each(PHASES)('understands what it is told for %s', (phase) => {
    const [override] = copyIn(stackIn(IRELAND))._runTask(phase).Overrides.ContainerOverrides;
    const told = Object.fromEntries(override.Environment.map(({ Name, Value }) => [Name, Value]));
    const { state, phase: known } = resultOf(run({ ...secrets, ...told }));
    expect(known).toBe(phase);
    expect(state).not.toBe('bad-input');
  });

  test('refuses to run without a phase, or without a login', () => {
    expect(resultOf(run(secrets))).toMatchObject({ state: 'bad-input', said: expect.stringContaining('phase: got \'\'') as string });
    expect(resultOf(run({ PHASE: 'keys' }))).toMatchObject({ state: 'bad-input', said: expect.stringContaining('SOURCE_HOST: got nothing') as string });
  });
});

describe('a run', () => {
  const stack = stackIn(IRELAND);
  const copy = copyIn(stack);
  copy.grantRun(new Role(stack, 'Caller', { assumedBy: new AccountRootPrincipal() }));
  const template = Template.fromStack(stack);

  test('is told its phase, and nothing else', () => {
    expect(stack.resolve(copy._runTask('constraints'))).toMatchObject({
      Cluster: { 'Fn::GetAtt': [expect.stringContaining('Cluster'), 'Arn'] },
      TaskDefinition: { Ref: expect.stringContaining('SchemaCopyTask') as string },
      LaunchType: 'FARGATE',
      NetworkConfiguration: { AwsvpcConfiguration: { SecurityGroups: [{ 'Fn::GetAtt': [expect.stringContaining('SecurityGroup'), 'GroupId'] }] } },
      Overrides: { ContainerOverrides: [{ Name: 'schema-copy', Environment: [{ Name: 'PHASE', Value: 'constraints' }] }] },
    });
  });

  test('is granted with the two roles that it takes', () => {
    const { Properties } = onlyResourceOf(template, 'AWS::IAM::Policy', 'Caller');
    const { Statement } = Properties.PolicyDocument as { readonly Statement: { readonly Action: string; readonly Resource: unknown }[] };
    expect(Statement.map(({ Action }) => Action).sort()).toEqual(['ecs:RunTask', 'iam:PassRole']);
    expect(JSON.stringify(Statement.find(({ Action }) => Action === 'iam:PassRole')?.Resource)).toMatch(/TaskRole.*ExecutionRole|ExecutionRole.*TaskRole/);
  });
});

test('what is given is used', () => {
  const stack = stackIn(IRELAND);
  const vpc = importedVpc(stack, 'ClusterVpc');
  const copy = copyIn(stack, {
    image: ContainerImage.fromRegistry('registry.example.com/postgres:17'),
    clientMajor: '17',
    jobs: 8,
    missingRoles: MissingRoles.CREATE,
    excludedSchemas: ['audit', 'Old Stuff'],
    cluster: Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'shared', vpc }),
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111'),
    logRetention: RetentionDays.ONE_WEEK,
    protection: Protection.ephemeral(),
  });
  const template = Template.fromStack(stack);
  const container = containerOf(template);
  expect(container.Image).toBe('registry.example.com/postgres:17');
  expect(container.Command).toEqual(expect.arrayContaining(['JOBS=8', 'MISSING_ROLES=create', 'EXCLUDED_SCHEMAS=audit,Old Stuff']));
  for (const type of ['AWS::KMS::Key', 'AWS::ECS::Cluster']) template.resourceCountIs(type, 0);
  template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
  expect(copy.cluster.clusterName).toBe('shared');
});

describe('who answers', () => {
  test('is verified by the login\'s own authority where the server is elsewhere', () => {
    const stack = stackIn(IRELAND);
    copyIn(stack, { source: externalSide(stack, 'db.example.com') });
    const container = containerOf(Template.fromStack(stack));
    expect(said(container, 'SOURCE_CERTIFICATE_AUTHORITY')).toEqual([]);
    expect(JSON.stringify(container.Secrets.find(({ Name }) => Name === 'SOURCE_CERTIFICATE_AUTHORITY')?.ValueFrom)).toMatch(/:certificateAuthority::/);
  });

  test('is verified by what was given', () => {
    const stack = stackIn(IRELAND);
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    copyIn(stack, { source: { ...externalSide(stack, 'db.example.com'), certificateAuthority: pem } });
    expect(said(containerOf(Template.fromStack(stack)), 'SOURCE_CERTIFICATE_AUTHORITY')).toEqual([`SOURCE_CERTIFICATE_AUTHORITY=${pem}`]);
  });

  test('is verified in a Region that only the deployment knows', () => {
    const stack = stackIn();
    copyIn(stack);
    const template = Template.fromStack(stack);
    expect(Object.keys(template.toJSON().Mappings as object)).toEqual([expect.stringContaining('RdsAuthorities')]);
    expect(JSON.stringify(containerOf(template).Command)).toMatch(/SOURCE_CERTIFICATE_AUTHORITY=".*"Fn::FindInMap".*TARGET_CERTIFICATE_AUTHORITY="/);
  });
});

test('a login of its own is read with its key', () => {
  const stack = stackIn(IRELAND);
  const source = { ...existingSide(stack, 'source', sourceNetwork(stack)), login: importedSecret(stack, 'Reader') };
  copyIn(stack, { source });
  expect(JSON.stringify(containerOf(Template.fromStack(stack)).Secrets.find(({ Name }) => Name === 'SOURCE_USER')?.ValueFrom)).toMatch(/payments\/migration-login:username::/);
});

describe('a network without a way out', () => {
  const infoOf = (props: Partial<SchemaCopyProps>, natStrategy: NatStrategy) => {
    const stack = stackIn(IRELAND);
    const network = new MigrationNetwork(stack, 'Network', { natStrategy });
    const copy = copyIn(stack, { network, ...props });
    return copy.node.metadata.filter(({ type }) => type === 'aws:cdk:info').map(({ data }) => data as string);
  };

  test('is told of, unless the image is from elsewhere', () => {
    expect(infoOf({}, NatStrategy.NONE)).toEqual([expect.stringContaining('needs a NAT gateway')]);
    expect(infoOf({}, NatStrategy.SINGLE)).toEqual([]);
    expect(infoOf({ image: ContainerImage.fromRegistry('registry.example.com/postgres') }, NatStrategy.NONE)).toEqual([]);
  });
});

test.each<[string, (stack: Stack) => Partial<SchemaCopyProps>, string]>([
  ['no job', () => ({ jobs: 0 }), 'jobs: got 0, allowed: a whole number from 1 to 99'],
  ['a comma in a schema\'s name', () => ({ excludedSchemas: ['a,b'] }), 'excludedSchemas: got \'a,b\''],
  ['a major that is none', () => ({ clientMajor: '12' }), 'clientMajor: got \'12\', allowed: 13, 14, 15, 16, 17, 18'],
  ['a major that is a token', () => ({ clientMajor: Lazy.string({ produce: () => '17' }) }), 'clientMajor: got \'a token\''],
  [
    'an older client than the source', (stack) => ({ source: ofMajor(existingSide(stack, 'source', sourceNetwork(stack)), '17'), clientMajor: '16' }),
    'clientMajor: got \'16\', allowed: 17, the source\'s, or later',
  ],
  ['what is no certificate', (stack) => ({ source: { ...externalSide(stack, 'db.example.com'), certificateAuthority: 'ca.pem' } }), 'source.certificateAuthority: got \'ca.pem\''],
])('%s is refused', (_, props, message) => {
  const stack = stackIn(IRELAND);
  expect(() => copyIn(stack, props(stack))).toThrow(message);
});

test('without a network it has nowhere to run', () => {
  const stack = stackIn(IRELAND);
  expect(() => new SchemaCopy(stack, 'SchemaCopy', { source: existingSide(stack, 'source', sourceNetwork(stack)), target: externalSide(stack, 'db.example.com') }))
    .toThrow('network: got undefined');
});
