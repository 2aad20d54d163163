import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { IConstruct } from 'constructs';
import { MigrationDatabase, MigrationSide, PaymentMigration } from '../src';

/** One finding that the library accepts on one resource. */
export interface Suppression {
  readonly rule: string;
  /** Below the migration, or below the stack for what a side makes there. */
  readonly resource: string;
  readonly reason: string;
}

/** Every acknowledgement in a tree. */
export function suppressionsOf(scope: IConstruct): Suppression[] {
  return scope.node.findAll().flatMap(({ node }) => node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>)
      .map(([rule, reason]) => ({ rule, reason, resource: node.path.replace(/^[^/]*\/(Migration\/)?/, '') }))));
}

/** The program of the quick start: everything by default, with a service and a name. */
export function byDefault(app = new App()): Stack {
  const stack = new Stack(app, 'Payments', { env: { account: '111111111111', region: 'eu-west-1' } });
  new PaymentMigration(stack, 'Migration', {
    source: MigrationSide.provisioned(),
    service: { image: ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:stable') },
    cutover: {
      hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' }),
      recordName: 'pay',
    },
  });
  return stack;
}

/** What a migration may have beside that: another Region, RDS. */
export function byChoice(): App {
  const app = new App();
  const stack = (id: string, region: string) => new Stack(app, id, { crossRegionReferences: true, env: { account: '111111111111', region } });
  new PaymentMigration(stack('Payments', 'eu-west-1'), 'Migration', {
    source: MigrationSide.provisioned({ database: MigrationDatabase.rdsPostgres() }),
    target: MigrationSide.provisioned({ scope: stack('Target', 'eu-central-1') }),
  });
  return app;
}

function table(suppressions: Suppression[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = suppressions.map(({ rule, resource, reason }) => `| \`${cell(rule)}\` | \`${cell(resource)}\` | ${cell(reason)} |`);
  return ['| rule | resource | why it is accepted |', '|---|---|---|', ...rows.sort()].join('\n');
}

/** docs/suppressions.md */
export function suppressionsDocument(): string {
  const standard = suppressionsOf(byDefault());
  const known = new Set(standard.map(({ rule, resource }) => `${rule} ${resource}`));
  const more = suppressionsOf(byChoice()).filter(({ rule, resource }) => !known.has(`${rule} ${resource}`));
  return `# What the scanners find and the library accepts

<!-- Made by \`npx projen docs:suppressions\`; a test fails when it is out of date. -->

The tests run cdk-nag's packs AwsSolutions, HIPAA Security, NIST 800-53 R5 and PCI DSS 3.2.1 over the library. Nothing is found beyond
what stands here. Each row is one rule on one resource; there is no suppression by wildcard or by path. The packs check properties of
templates: a clean run is no certificate, and version 3.2.1 of PCI DSS was retired in March 2024.

## By default: ${standard.length}

${table(standard)}

## In another Region, or on RDS: ${more.length} more

${table(more)}
`;
}

if (require.main === module) writeFileSync(join(__dirname, '../docs/suppressions.md'), suppressionsDocument());
