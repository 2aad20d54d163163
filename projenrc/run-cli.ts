import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command';
import { REPOSITORY } from './consumer';

/** `npm run -s cli -- ARGS`: the command line from this repository, with the functions' bundles as the source stands. */
async function runCli(): Promise<void> {
  if (!isBundled()) await run('npx', ['projen', 'bundle'], { cwd: REPOSITORY });
  await import('../cli/src/main.js');
}

/** Whether the bundles are there and no source is newer. */
function isBundled(): boolean {
  const source = join(REPOSITORY, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  const bundles = files.filter((file) => file.endsWith('.lambda.ts')).map((file) => join(REPOSITORY, 'assets', file.replace(/\.ts$/, ''), 'index.js'));
  if (!bundles.every((file) => existsSync(file))) return false;
  const oldest = Math.min(...bundles.map((file) => statSync(file).mtimeMs));
  return files.every((file) => statSync(join(source, file)).mtimeMs <= oldest);
}

runCli().catch((error: Error) => {
  console.error(`npm run cli: ${error.message}`);
  process.exitCode = 2;
});
