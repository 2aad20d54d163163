import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { consumerEnvironment, run, type CommandResult } from '../../projenrc/command';
import { checkBuilt, REPOSITORY } from '../../projenrc/consumer';
import { complaints, synthesise, templateWithoutHashes } from '../support/assembly';
import { describeWith, PYTHON } from '../support/required-tool';

const MINUTES = 60_000;

describeWith(PYTHON, 'the quick start in Python, from the built wheel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const consumer = join(folder, 'quick-start');
  const env = { ...consumerEnvironment(), PATH: [join(folder, 'venv/bin'), process.env.PATH].join(delimiter) };
  const tool = (name: string, ...args: string[]) => run(join(REPOSITORY, 'node_modules/.bin', name), args, { cwd: consumer, env });
  const pipInstall = (...args: string[]) => (
    run('python', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], { cwd: consumer, env })
  );
  let printed: CommandResult;
  let assembly: CloudAssembly;

  async function buildWheel(): Promise<string> {
    checkBuilt();
    await tool('jsii-pacmak', '--target', 'python', '--outdir', folder, '--no-npmignore', REPOSITORY);
    const built = readdirSync(join(folder, 'python')).filter((file) => file.endsWith('.whl'));
    expect(built).toHaveLength(1);
    return join(folder, 'python', built[0]);
  }

  async function installOthers(): Promise<void> {
    await run('python3', ['-m', 'venv', join(folder, 'venv')], { cwd: folder });
    await pipInstall('--constraint', 'requirements.txt', 'aws-cdk-lib', 'constructs');
  }

  beforeAll(async () => {
    cpSync(join(REPOSITORY, 'examples/quick-start/python'), consumer, { recursive: true });
    const [wheel] = await Promise.all([buildWheel(), installOthers()]);
    await pipInstall(wheel, '--requirement', 'requirements.txt');
    // Without the metadata that the CLI has the CDK add, so as to compare with a program that runs without the CLI.
    printed = await tool('cdk', 'synth', '--quiet', '--no-path-metadata', '--no-asset-metadata');
    assembly = new CloudAssembly(join(consumer, 'cdk.out'));
  }, 8 * MINUTES);

  test('synthesises without a warning', () => {
    expect(`${printed.stdout}${printed.stderr}`).not.toMatch(/warning/i);
    expect(complaints(assembly)).toEqual([]);
    expect(assembly.manifest.missing).toBeUndefined();
  });

  test('gives the template that the one in TypeScript gives, up to asset hashes', () => {
    const typescript = synthesise('examples/quick-start/typescript/app.ts');
    expect(templateWithoutHashes(assembly.getStackByName('Payments'))).toEqual(templateWithoutHashes(typescript.getStackByName('Payments')));
  });
});
