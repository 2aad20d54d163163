import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { run } from '../../projenrc/command';
import { copyExample, install, pack, REPOSITORY, synth } from '../../projenrc/consumer';
import { AWS_CDK_LIB, AWS_CDK_LIB_NEWEST } from '../../projenrc/versions';
import { complaints } from '../support/assembly';

const MINUTES = 60_000;
/** What the CDK prints before a construct's warning, a validator's, or the use of something deprecated. */
const WARNING = /^\[?warning\b/i;

const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
const consumer = join(folder, 'quick-start');
let tarball: string;

const filesOf = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' });
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

async function synthesiseWithoutWarning(program: string): Promise<CloudAssembly> {
  const cdkOut = join(program, 'cdk.out');
  rmSync(cdkOut, { recursive: true, force: true });
  const { stdout, stderr } = await synth(program);
  expect(`${stdout}${stderr}`.split('\n').filter((line) => WARNING.test(line))).toEqual([]);
  // The newest CDK writes an assembly of a schema that this repository's own does not know.
  const assembly = new CloudAssembly(cdkOut, { skipVersionCheck: true, skipEnumCheck: true });
  expect(complaints(assembly)).toEqual([]);
  expect(assembly.manifest.missing).toBeUndefined();
  return assembly;
}

beforeAll(async () => {
  tarball = await pack(folder);
  copyExample('quick-start/typescript', consumer, tarball);
  await install(consumer);
}, 5 * MINUTES);

describe('the tarball', () => {
  const shipped = () => filesOf(join(consumer, 'node_modules/cdk-payment-migration'));

  test('holds the assembly that makes the other languages and every function that the constructs deploy', () => {
    const handlers = filesOf(join(REPOSITORY, 'src')).filter((file) => file.endsWith('.lambda.ts'));
    expect(shipped()).toEqual(expect.arrayContaining([
      '.jsii',
      'lib/index.js',
      'lib/index.d.ts',
      ...handlers.map((file) => `assets/${file.replace(/\.ts$/, '/index.js')}`),
    ]));
  });

  test('holds nothing that users have no use for', () => {
    const published = ['.jsii', 'API.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'assets', 'lib', 'package.json'];
    expect(readdirSync(join(consumer, 'node_modules/cdk-payment-migration')).filter((file) => !published.includes(file))).toEqual([]);
    expect(shipped().filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  });
});

// In this order: the newer one takes the place of the older.
describe.each([AWS_CDK_LIB, AWS_CDK_LIB_NEWEST])('the quick start with aws-cdk-lib %s', (version) => {
  beforeAll(async () => {
    if (version !== AWS_CDK_LIB) await install(consumer, `aws-cdk-lib@${version}`);
  }, 5 * MINUTES);

  test('runs with that version', () => {
    expect(read(consumer, 'node_modules/aws-cdk-lib/package.json').version).toBe(version);
  });

  test('is sound to the compiler', async () => {
    await run('npx', ['--no-install', 'tsc'], { cwd: consumer });
  }, 2 * MINUTES);

  test('synthesises without a warning', async () => {
    const assembly = await synthesiseWithoutWarning(consumer);
    expect(Object.keys(assembly.getStackByName('Payments').template.Resources).length).toBeGreaterThan(100);
  }, 2 * MINUTES);
});

describe(`the validator of aws-cdk-lib ${AWS_CDK_LIB_NEWEST}`, () => {
  // Where nothing was validated, there is no report.
  const findings = (program: string) => read(program, 'cdk.out/validation-report.json').pluginReports;

  test('finds nothing in the quick start', () => {
    expect(findings(consumer)).toEqual([]);
  });

  test.each(['cross-region', 'existing-source'])('finds nothing in %s', async (example) => {
    const program = join(folder, example);
    copyExample(example, program, tarball);
    symlinkSync(join(consumer, 'node_modules'), join(program, 'node_modules'));
    await synthesiseWithoutWarning(program);
    expect(findings(program)).toEqual([]);
  }, 2 * MINUTES);
});
