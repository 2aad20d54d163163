import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { synthesise } from './support/assembly';
import { describeWith, PYTHON } from './support/required-tool';
import { isExcepted, LINTER_EXCEPTIONS, templateLintersDocument } from './support/template-linter-exceptions';
import { collectTemplates, installLinters, lintTemplates, type LinterFinding } from './support/template-linters';
import { examplePrograms } from '../projenrc/examples';
import { byChoice, byDefault } from '../projenrc/suppressions';

const MINUTES = 60_000;
/** Has a mistake for each linter: that nothing is found would say nothing of linters that do not run. */
const MISTAKEN = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 'soon' } },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'open', SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' }] },
    },
  },
};

test('docs/template-linters.md is up to date', () => {
  expect(readFileSync(join(__dirname, '../docs/template-linters.md'), 'utf8')).toBe(templateLintersDocument());
});

test('every exception gives a reason', () => {
  expect(LINTER_EXCEPTIONS.filter(({ reason }) => reason.length < 40)).toEqual([]);
});

describeWith(PYTHON, 'cfn-lint and checkov', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'linters-')), 'templates');
  const templates: string[] = [];
  const findings: LinterFinding[] = [];
  const ofMistakes: LinterFinding[] = [];

  beforeAll(async () => {
    mkdirSync(folder);
    const programs = {
      ...Object.fromEntries(examplePrograms().map((program) => [program, () => synthesise(`examples/${program}`).directory])),
      default: () => (byDefault().node.root as App).synth().directory,
      choice: () => byChoice().synth().directory,
    };
    for (const [program, directory] of Object.entries(programs)) templates.push(...collectTemplates(directory(), program, folder));
    writeFileSync(join(folder, 'mistaken.template.json'), JSON.stringify(MISTAKEN));
    for (const finding of await lintTemplates(await installLinters(), folder)) {
      (finding.template === 'mistaken.template.json' ? ofMistakes : findings).push(finding);
    }
  }, 10 * MINUTES);

  test('see every program, and nested stacks', () => {
    expect(templates.length).toBeGreaterThan(examplePrograms().length + 2);
    expect(templates).toEqual(expect.arrayContaining([expect.stringContaining('.nested.template.json')]));
  });

  test('find mistakes where there are some', () => {
    expect(ofMistakes).toEqual(expect.arrayContaining([
      expect.objectContaining({ linter: 'cfn-lint', rule: 'E3012', resource: 'Queue' }),
      expect.objectContaining({ linter: 'checkov', rule: 'CKV_AWS_24', resource: 'Group' }),
    ]));
  });

  test('find nothing beyond the exceptions', () => {
    const unexpected = findings.filter((finding) => !LINTER_EXCEPTIONS.some((exception) => isExcepted(finding, exception)));
    expect(unexpected.map(({ linter, rule, template, resource, message }) => `${linter} ${rule} ${template} ${resource}: ${message}`)).toEqual([]);
  });

  test.each(LINTER_EXCEPTIONS.flatMap(({ resources, ...exception }) => resources.map((resource) => ({ ...exception, resources: [resource] }))))(
    'still need the exception $linter $rule for $resources', (exception) => {
      expect(findings.some((finding) => isExcepted(finding, exception))).toBe(true);
    },
  );
});
