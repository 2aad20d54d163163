import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { importedVpc } from './synthesis';
import type { MigrationDatabase, MigrationDatabaseBindOptions, MigrationDatabaseConfig } from '../../src/database';
import { MigrationNetwork } from '../../src/network';

/** What the tests read of a resource in a template. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Binds a database in an empty scope, in a VPC that exists: synthesis is quicker than with a new one. */
export function bindIn(stack: Stack, database: MigrationDatabase, options: MigrationDatabaseBindOptions = {}): MigrationDatabaseConfig {
  const network = MigrationNetwork.fromVpc(stack, 'Network', importedVpc(stack));
  return database.bind(new Construct(stack, 'Database'), { network, ...options });
}

/** The resources of a type, of those whose logical id has a part in it. */
export function resourcesOf(template: Template, type: string, idPart = ''): TemplateResource[] {
  return Object.entries(template.findResources(type))
    .filter(([logicalId]) => logicalId.includes(idPart))
    .map(([logicalId, resource]) => ({ logicalId, Properties: {}, ...resource }));
}

export function onlyResourceOf(template: Template, type: string, idPart = ''): TemplateResource {
  const found = resourcesOf(template, type, idPart);
  expect(found).toHaveLength(1);
  return found[0];
}

/** What a stack whose id ends with this makes of a string with joins and splits in it; other references stay, in angle brackets. */
export function writtenOut(value: unknown, stackUuid = '51af3dc0-da77-11e4-872e-1234567b36f7'): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument]] = Object.entries(value as Record<string, unknown>);
  const [first, second] = argument as [unknown, unknown];
  switch (intrinsic) {
    case 'Ref': return argument === 'AWS::StackId' ? `arn:aws:cloudformation:eu-west-1:111111111111:stack/Payments/${stackUuid}` : `<${argument as string}>`;
    case 'Fn::Join': return (second as unknown[]).map((part) => writtenOut(part, stackUuid)).join(first as string);
    case 'Fn::Select': return splitOut(second, stackUuid)[first as number];
    default: throw new Error(`unexpected ${intrinsic}`);
  }
}

function splitOut(value: unknown, stackUuid: string): string[] {
  const [separator, text] = (value as { 'Fn::Split': [string, unknown] })['Fn::Split'];
  return writtenOut(text, stackUuid).split(separator);
}
