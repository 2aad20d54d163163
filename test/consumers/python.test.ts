import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { consumerEnvironment, run, type CommandResult } from '../../projenrc/command';
import { REPOSITORY } from '../../projenrc/consumer';
import { expectNoWarning, expectTemplatesOfTypeScript, pacmak, synthWithoutMetadata } from '../support/quick-start-languages';
import { describeWith, PYTHON } from '../support/required-tool';

const MINUTES = 60_000;

describeWith(PYTHON, 'the quick start in Python, from the built wheel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const project = join(folder, 'quick-start');
  const consumer = {
    folder: project,
    env: { ...consumerEnvironment(), PATH: [join(folder, 'venv/bin'), process.env.PATH].join(delimiter) },
  };
  const pipInstall = async (...args: string[]) => (
    run('python', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], { cwd: project, env: consumer.env })
  );
  let printed: CommandResult;
  let assembly: CloudAssembly;

  async function buildWheel(): Promise<string> {
    await pacmak(consumer, 'python', folder);
    const built = readdirSync(join(folder, 'python')).filter((file) => file.endsWith('.whl'));
    expect(built).toHaveLength(1);
    return join(folder, 'python', built[0]);
  }

  async function installOthers(): Promise<void> {
    await run('python3', ['-m', 'venv', join(folder, 'venv')], { cwd: folder });
    await pipInstall('--constraint', 'requirements.txt', 'aws-cdk-lib', 'constructs');
  }

  beforeAll(async () => {
    cpSync(join(REPOSITORY, 'examples/quick-start/python'), project, { recursive: true });
    const [wheel] = await Promise.all([buildWheel(), installOthers()]);
    await pipInstall(wheel, '--requirement', 'requirements.txt');
    printed = await synthWithoutMetadata(consumer);
    assembly = new CloudAssembly(join(project, 'cdk.out'));
  }, 8 * MINUTES);

  test('synthesises without a warning', () => expectNoWarning(printed, assembly));

  test('gives the templates that the one in TypeScript gives, up to asset hashes', () => expectTemplatesOfTypeScript(assembly));
});
