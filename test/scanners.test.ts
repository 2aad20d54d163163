import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource } from 'aws-cdk-lib';
import { CfnDBCluster } from 'aws-cdk-lib/aws-rds';
import { findings } from './support/scanners';
import { stackIn } from './support/synthesis';
import { byChoice, byDefault, suppressionsDocument, suppressionsOf } from '../projenrc/suppressions';
import { MigrationSide, PaymentMigration } from '../src';

describe('cdk-nag', () => {
  test('finds nothing in the defaults', () => {
    expect(findings(byDefault())).toEqual([]);
  });

  test('finds nothing in another Region or on RDS', () => {
    expect(findings(byChoice())).toEqual([]);
  });

  test('finds nothing in an agnostic environment', () => {
    const stack = stackIn();
    new PaymentMigration(stack, 'Migration', { source: MigrationSide.provisioned() });
    expect(findings(stack)).toEqual([]);
  });

  test('would find a database that is not encrypted', () => {
    const stack = byDefault();
    const clusters = stack.node.findAll().filter((construct) => CfnDBCluster.isCfnDBCluster(construct));
    clusters.forEach((cluster) => { cluster.storageEncrypted = false; });
    expect(findings(stack)).toEqual(expect.arrayContaining([expect.stringContaining('RDSStorageEncrypted')]));
  });
});

describe('suppressions', () => {
  const all = suppressionsOf(byDefault());

  test('are at most 60', () => {
    expect(all.length).toBeLessThanOrEqual(60);
  });

  test('each stand on one resource and give a reason', () => {
    const stack = byDefault();
    const holders = stack.node.findAll().filter((construct) => construct.node.metadata.some(({ type }) => type === 'aws:cdk:acknowledged-rules'));
    expect(holders.filter((construct) => !CfnResource.isCfnResource(construct)).map(({ node }) => node.path)).toEqual([]);
    expect(all.filter(({ reason }) => reason.length < 40)).toEqual([]);
  });

  test.each([['by default', byDefault], ['by choice', byChoice]])('are all still needed %s', (_, program) => {
    const scope = program();
    const acknowledged = suppressionsOf(scope);
    for (const { node } of scope.node.findAll()) Object.defineProperty(node, 'metadata', { value: [] });
    const found = findings(scope);
    expect(acknowledged.filter(({ rule, resource }) => !found.some((finding) => finding.startsWith(rule) && finding.endsWith(resource)))).toEqual([]);
  });

  test('are all in docs/suppressions.md', () => {
    expect(readFileSync(join(__dirname, '../docs/suppressions.md'), 'utf8')).toBe(suppressionsDocument());
  });
});
