import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { complaints, synthesise } from './support/assembly';
import { AWS_CDK_CLI, AWS_CDK_LIB, CONSTRUCTS, TSX, TYPESCRIPT } from '../projenrc/versions';

const EXAMPLES = join(__dirname, '../examples');
const PROGRAMS = [
  'bring-your-own/app.ts',
  'cross-region/app.ts',
  'existing-source/app.ts',
  'external-source/app.ts',
  'quick-start/typescript/app.ts',
  'serverless-replication/app.ts',
];

const assemblies = new Map<string, CloudAssembly>();
beforeAll(() => PROGRAMS.forEach((program) => assemblies.set(program, synthesise(`examples/${program}`))));

const templateOf = (program: string, stack = 'Payments') => (
  Template.fromJSON(assemblies.get(program)!.getStackByName(stack).template)
);
const routes = (template: Template, props: object) => Object.values(template.findResources('AWS::EC2::Route', { Properties: props }))
  .map(({ Properties }) => Properties.RouteTableId);

test('every TypeScript example is synthesised here', () => {
  const found = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('app.ts') && !file.includes('node_modules'));
  expect(found.sort()).toEqual(PROGRAMS);
});

describe.each(PROGRAMS)('%s', (program) => {
  test('synthesises without looking anything up', () => {
    expect(assemblies.get(program)!.manifest.missing).toBeUndefined();
  });

  test('synthesises without a warning or an error', () => {
    expect(complaints(assemblies.get(program)!)).toEqual([]);
  });

  test('asks for the versions that the library is tested with', () => {
    const manifest = JSON.parse(readFileSync(join(EXAMPLES, dirname(program), 'package.json'), 'utf8'));
    expect({ ...manifest.dependencies, ...manifest.devDependencies }).toMatchObject({
      'aws-cdk': AWS_CDK_CLI,
      'aws-cdk-lib': AWS_CDK_LIB,
      'constructs': CONSTRUCTS,
      'tsx': TSX,
      'typescript': TYPESCRIPT,
    });
  });
});

test('the Python example asks for the versions that the library is tested with', () => {
  const requirements = readFileSync(join(EXAMPLES, 'quick-start/python/requirements.txt'), 'utf8').split('\n');
  expect(requirements).toEqual(expect.arrayContaining([`aws-cdk-lib==${AWS_CDK_LIB}`, `constructs==${CONSTRUCTS}`]));
});

describe('quick-start', () => {
  test('makes two VPCs with an Aurora cluster each, and a transit gateway between them', () => {
    const template = templateOf('quick-start/typescript/app.ts');
    template.resourceCountIs('AWS::EC2::VPC', 2);
    template.resourceCountIs('AWS::RDS::DBCluster', 2);
    template.resourceCountIs('AWS::EC2::TransitGateway', 1);
    template.resourceCountIs('AWS::EC2::TransitGatewayAttachment', 2);
  });
});

describe('existing-source', () => {
  const template = () => templateOf('existing-source/app.ts');

  test('makes the target alone', () => {
    template().resourceCountIs('AWS::EC2::VPC', 1);
    template().resourceCountIs('AWS::RDS::DBCluster', 1);
    template().resourceCountIs('AWS::RDS::DBInstance', 3);
  });

  test('leads each route table of the source to the target once, and back', () => {
    expect(routes(template(), { DestinationCidrBlock: '10.1.0.0/16', TransitGatewayId: Match.anyValue() }).sort())
      .toEqual(['rtb-0a1b2c3d4e5f6071a', 'rtb-0a1b2c3d4e5f6071b', 'rtb-0a1b2c3d4e5f6072a']);
    expect(routes(template(), { DestinationCidrBlock: '172.16.0.0/16', TransitGatewayId: Match.anyValue() })).toHaveLength(5);
  });

  test('uses the login that is there', () => {
    const outputs = template().findOutputs('*', { Value: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:payments/migration-a1B2c3' });
    expect(Object.keys(outputs)).toEqual([expect.stringContaining('SourceMigrationSecretArn')]);
  });
});

describe('cross-region', () => {
  test('makes each side in its own Region', () => {
    expect(assemblies.get('cross-region/app.ts')!.stacks.map(({ stackName, environment }) => `${stackName} in ${environment.region}`).sort())
      .toEqual(['Payments in eu-west-1', 'PaymentsFrankfurt in eu-central-1']);
    for (const stack of ['Payments', 'PaymentsFrankfurt']) {
      templateOf('cross-region/app.ts', stack).resourceCountIs('AWS::EC2::VPC', 1);
      templateOf('cross-region/app.ts', stack).resourceCountIs('AWS::RDS::DBCluster', 1);
    }
  });

  test('peers the two VPCs, with routes both ways', () => {
    const template = templateOf('cross-region/app.ts');
    template.hasResourceProperties('AWS::EC2::VPCPeeringConnection', { PeerRegion: 'eu-central-1' });
    expect(routes(template, { DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId: Match.anyValue() })).toHaveLength(5);
    template.resourceCountIs('Custom::PeerRoutes', 1);
  });

  test('keeps a copy of the application login in the other Region', () => {
    templateOf('cross-region/app.ts').hasResourceProperties('AWS::SecretsManager::Secret', {
      ReplicaRegions: [Match.objectLike({ Region: 'eu-central-1' })],
    });
  });
});
