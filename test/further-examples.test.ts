import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { synthesise } from './support/assembly';

/** What is read of a task definition. */
interface TaskProperties {
  readonly ContainerDefinitions: ReadonlyArray<{ readonly Environment: ReadonlyArray<{ readonly Name: string; readonly Value: unknown }> }>;
}

const templateOf = (assembly: CloudAssembly) => Template.fromJSON(assembly.getStackByName('Payments').template);
const countOf = (template: Template, type: string) => Object.keys(template.findResources(type)).length;

describe('serverless-replication', () => {
  const template = templateOf(synthesise('examples/serverless-replication/app.ts'));

  test('has a configuration for each task in place of an instance', () => {
    template.resourcePropertiesCountIs('AWS::DMS::ReplicationConfig', { ComputeConfig: { MinCapacityUnits: 4, MaxCapacityUnits: 32 } }, 3);
    template.resourceCountIs('AWS::DMS::ReplicationInstance', 0);
    template.resourceCountIs('AWS::DMS::ReplicationTask', 0);
  });
});

describe('external-source', () => {
  const assembly = synthesise('examples/external-source/app.ts');
  const template = templateOf(assembly);

  test('makes the target with its service, and no link', () => {
    expect(['AWS::EC2::VPC', 'AWS::RDS::DBCluster', 'AWS::ECS::Service', 'AWS::EC2::TransitGateway', 'AWS::EC2::VPCPeeringConnection']
      .map((type) => countOf(template, type))).toEqual([1, 1, 1, 0, 0]);
  });

  test('tells the service both hosts, the source first', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    const { ContainerDefinitions: [{ Environment }] } = Properties as TaskProperties;
    const host = Environment.find(({ Name }) => Name === 'PGHOST');
    expect(JSON.stringify(host)).toMatch(/postgres\.payments\.example\.com,.*Endpoint\.Address/);
  });

  test('has replication check the certificates of both servers', () => {
    template.resourceCountIs('AWS::DMS::Certificate', 2);
    template.allResourcesProperties('AWS::DMS::Endpoint', { SslMode: 'verify-full', CertificateArn: Match.anyValue() });
  });

  test('takes of the service what its image is made of, and no more', () => {
    const folders = readdirSync(assembly.directory).filter((name) => existsSync(join(assembly.directory, name, 'Dockerfile')));
    expect(folders.map((folder) => readdirSync(join(assembly.directory, folder)).sort()))
      .toEqual([['.dockerignore', 'Dockerfile', 'package-lock.json', 'package.json', 'payments.mjs', 'server.mjs', 'writer.mjs']]);
  });
});

describe('bring-your-own', () => {
  const template = templateOf(synthesise('examples/bring-your-own/app.ts'));

  test('makes none of what exists', () => {
    expect(['AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ECS::Service',
      'AWS::SecretsManager::Secret'].map((type) => `${type} ${countOf(template, type)}`).filter((found) => !found.endsWith(' 0'))).toEqual([]);
  });

  test('leads each route table of one side to the other', () => {
    const routes = Object.values(template.findResources('AWS::EC2::Route')).map(({ Properties }) => `${Properties.RouteTableId} to ${Properties.DestinationCidrBlock}`);
    expect(routes.sort()).toEqual(['rtb-0a1b2c3d4e5f6072a to 172.17.0.0/16', 'rtb-0b1c2d3e4f506172a to 172.16.0.0/16']);
  });
});
