import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { consumerEnvironment, run, type CommandResult } from './command';

/** The root of this repository. */
export const REPOSITORY = join(__dirname, '..');

/** Packs what would be published to npm and returns the file. */
export async function pack(folder: string): Promise<string> {
  checkBuilt();
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: REPOSITORY });
  const [{ filename }] = JSON.parse(stdout);
  return join(folder, filename);
}

/** Refuses to pack what is not built from the source as it stands: a test of an older package would prove nothing. */
export function checkBuilt(): void {
  const assembly = join(REPOSITORY, '.jsii');
  const remedy = "run 'npx projen bundle' and 'npx projen compile' first";
  for (const made of [assembly, join(REPOSITORY, 'lib'), join(REPOSITORY, 'assets')]) {
    if (!existsSync(made)) throw new Error(`${relative(REPOSITORY, made)} is not there: ${remedy}`);
  }
  const built = statSync(assembly).mtimeMs;
  const newer = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
    .find((file) => file.endsWith('.ts') && statSync(join(REPOSITORY, 'src', file)).mtimeMs > built);
  if (newer) throw new Error(`src/${newer} is newer than what was compiled: ${remedy}`);
}

/** Copies an example to a folder of its own, with a packed library in place of the published one. */
export function copyExample(example: string, folder: string, tarball: string): void {
  cpSync(join(REPOSITORY, 'examples', example), folder, { recursive: true });
  cpSync(tarball, join(folder, basename(tarball)));
  const manifestFile = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  manifest.dependencies['cdk-payment-migration'] = `file:${basename(tarball)}`;
  writeFileSync(manifestFile, JSON.stringify(manifest, undefined, 2));
}

/** Installs what the folder's package.json says, and further packages without writing them down. */
export async function install(folder: string, ...packages: string[]): Promise<void> {
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--no-save'];
  await run('npm', ['install', ...quietly, ...packages], { cwd: folder }).catch((error: Error) => {
    throw new Error(`${error.message}\nnpm calls it a conflict, too, where it cannot reach its registry: can it?`);
  });
}

/** Synthesises as a user does; the result is in `cdk.out`. */
export async function synth(folder: string): Promise<CommandResult> {
  return run('npx', ['--no-install', 'cdk', 'synth', '--quiet'], { cwd: folder, env: consumerEnvironment() });
}
