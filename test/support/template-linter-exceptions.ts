import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinterFinding } from './template-linters';

/** A rule that some resources need not follow. */
export interface LinterException extends Pick<LinterFinding, 'linter' | 'rule'> {
  /** What the rule asks for. */
  readonly asks: string;
  /** Logical ids without the CDK's hash; `*` stands for any part of one. */
  readonly resources: readonly string[];
  readonly reason: string;
}

const REFUSED_BY_SMALL_ACCOUNTS = 'A reservation takes capacity from the payments in the same account, and Lambda refuses it in accounts with a low quota';
/** The CDK makes them where references cross Regions, and gives no way to change them. */
const CROSS_REGION_REFERENCES = 'CustomCrossRegionExport*CustomResourceProviderHandler';

export const LINTER_EXCEPTIONS: readonly LinterException[] = [
  {
    linter: 'cfn-lint',
    rule: 'W3005',
    asks: 'no DependsOn beside a reference to the same resource',
    resources: ['*'],
    reason: 'A dependency on a construct stands for all resources in it, and some of them are referred to as well; CloudFormation takes both as one',
  },
  {
    linter: 'checkov',
    rule: 'CKV_AWS_111',
    asks: 'no write access to all resources',
    resources: ['*UnnamedRights*'],
    reason: 'Lambda makes network interfaces that have no name before, which is denied to the functions\' own code; X-Ray takes traces without naming a resource',
  },
  {
    linter: 'checkov',
    rule: 'CKV_AWS_115',
    asks: 'reserved concurrency',
    resources: ['Cutover*Function', 'PreflightPreflightFunction', 'ValidationValidationFunction', '*CustomResourcesFunction'],
    reason: REFUSED_BY_SMALL_ACCOUNTS,
  },
  {
    linter: 'checkov',
    rule: 'CKV_AWS_117',
    asks: 'functions inside a VPC',
    resources: ['*CustomResourcesFunction'],
    reason: 'It calls the AWS control plane only, and the VPC that it would stand in waits for it or goes before it',
  },
  ...['CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_117'].map((rule): LinterException => ({
    linter: 'checkov',
    rule,
    asks: { CKV_AWS_115: 'reserved concurrency', CKV_AWS_116: 'a dead-letter queue', CKV_AWS_117: 'functions inside a VPC' }[rule]!,
    resources: [CROSS_REGION_REFERENCES],
    reason: 'The CDK makes this function where one stack refers to another Region\'s, and has no property for it; it runs during deployments alone',
  })),
  {
    linter: 'checkov',
    rule: 'CKV_AWS_27',
    asks: 'a KMS key for the queue',
    resources: ['*FailedEvents'],
    reason: 'SQS encrypts it with keys of its own, which the rule does not know; it holds requests to functions, and no row of a database',
  },
  {
    linter: 'checkov',
    rule: 'CKV_AWS_18',
    asks: 'access logs of the bucket',
    resources: ['*AccessLogsBucket'],
    reason: 'It is the bucket that access logs go to: its own would make more of them without end',
  },
  {
    linter: 'checkov',
    rule: 'CKV_AWS_260',
    asks: 'port 80 closed to the internet',
    resources: ['*EndpointLoadBalancerSecurityGroup'],
    reason: 'Its listener does nothing but lead clients to HTTPS, and a client that begins there would find nobody otherwise',
  },
];

/** Whether an exception is about a finding. */
export function isExcepted(finding: LinterFinding, { linter, rule, resources }: LinterException): boolean {
  if (linter !== finding.linter || rule !== finding.rule) return false;
  return resources.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(finding.resource));
}

/** docs/template-linters.md */
export function templateLintersDocument(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = LINTER_EXCEPTIONS.map(({ linter, rule, asks, resources, reason }) => (
    `| ${linter} | \`${rule}\` | ${cell(asks)} | ${resources.map((resource) => `\`${resource}\``).join(', ')} | ${cell(reason)} |`
  ));
  return `# What template linters find and the library accepts

<!-- Made by \`npx projen docs:template-linters\`; a test fails when it is out of date. -->

The tests run cfn-lint and checkov over every template of every example, and of migrations in two Regions, on Aurora and on RDS, nested
stacks included. Nothing is found beyond what stands here, and a test fails when one of these exceptions is no longer needed. Resources are
logical ids without the hash at their end; \`*\` stands for any part of one. Unlike [what cdk-nag finds](suppressions.md), none of this is
written into the templates: your own run of a linter finds it again.

| linter | rule | what it asks for | resources | why it is accepted |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

if (require.main === module) writeFileSync(join(__dirname, '../../docs/template-linters.md'), templateLintersDocument());
