import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { consumerEnvironment, run, type CommandResult } from '../../projenrc/command';
import { REPOSITORY } from '../../projenrc/consumer';
import { expectNoWarning, expectTemplatesOfTypeScript, pacmak, synthWithoutMetadata } from '../support/quick-start-languages';
import { describeWith, GO } from '../support/required-tool';

const MINUTES = 60_000;
const MODULE = 'github.com/cdk-payment-migration/cdk-payment-migration-go/cdkpaymentmigration';

describeWith(GO, 'the quick start in Go, from the built module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const project = join(folder, 'quick-start');
  const consumer = {
    folder: project,
    env: {
      ...consumerEnvironment(),
      GOCACHE: join(folder, 'build-cache'),
      GOPATH: join(folder, 'go-path'),
      GOMODCACHE: join(folder, 'module-cache'),
      GOENV: 'off',
      GOWORK: 'off',
      // Else whoever is not root cannot delete the folder.
      GOFLAGS: '-modcacherw',
    },
  };
  const module = join(folder, 'go/cdkpaymentmigration');
  const go = async (cwd: string, ...args: string[]) => run('go', args, { cwd, env: consumer.env });
  let printed: CommandResult;
  let assembly: CloudAssembly;

  /** The module asks for what npm installed of the CDK's own dependencies: a Go proxy may not have that yet, and has what the CDK's module asks for. */
  async function dropWhatTheCdkAsksForItself(): Promise<void> {
    const { stdout } = await go(module, 'mod', 'edit', '-json');
    const { Require } = JSON.parse(stdout) as { readonly Require: ReadonlyArray<{ readonly Path: string; readonly Indirect?: boolean }> };
    await go(module, 'mod', 'edit', ...Require.filter(({ Indirect }) => Indirect).map(({ Path }) => `-droprequire=${Path}`));
  }

  beforeAll(async () => {
    cpSync(join(REPOSITORY, 'examples/quick-start/go'), project, { recursive: true });
    // A module is its source; the program's build compiles it.
    await pacmak(consumer, 'go', folder, '--code-only');
    await dropWhatTheCdkAsksForItself();
    await go(project, 'mod', 'edit', `-require=${MODULE}@v0.0.0`, `-replace=${MODULE}=${module}`);
    await go(project, 'mod', 'tidy');
    printed = await synthWithoutMetadata(consumer);
    assembly = new CloudAssembly(join(project, 'cdk.out'));
  }, 8 * MINUTES);

  test('synthesises without a warning', () => expectNoWarning(printed, assembly));

  test('gives the templates that the one in TypeScript gives, up to asset hashes', () => expectTemplatesOfTypeScript(assembly));
});
