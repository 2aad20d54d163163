import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyExample, install, pack, REPOSITORY, synth } from './consumer';
import { digest } from './digest';

/**
 * `npm start`: what a user of the published package does on the first day, with the package as it stands here; then a rehearsal.
 *
 * The consumer's folder is outside the repository, whose own `node_modules` would make up for a dependency that the package forgot.
 */
async function start(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-payment-migration-start-'));
  const consumer = join(folder, 'quick-start');
  await step('packed the library', async () => copyExample('quick-start/typescript', consumer, await pack(folder)));
  await step('installed it in the quick start', () => install(consumer));
  await step('synthesised the quick start', () => synth(consumer));
  // The app and its templates are worth a look, a quarter of a gigabyte of packages is not.
  rmSync(join(consumer, 'node_modules'), { recursive: true });

  const file = join(consumer, 'cdk.out', 'Payments.template.json');
  console.log(`\n${digest(JSON.parse(readFileSync(file, 'utf8')))}\n\n${file}\n\nRehearsal of a cutover on this machine:\n`);
  process.exitCode = await rehearse();
}

/** On this terminal, so that its progress is seen. */
async function rehearse(): Promise<number> {
  const args = ['--import', 'tsx', join(REPOSITORY, 'cli/src/main.ts'), 'rehearse'];
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { cwd: REPOSITORY, stdio: 'inherit' }).once('error', reject).once('exit', (status) => resolve(status ?? 1));
  });
}

async function step(done: string, work: () => Promise<unknown>): Promise<void> {
  const begin = Date.now();
  await work();
  console.log(`${done} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
}

start().catch((error: Error) => {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
});
