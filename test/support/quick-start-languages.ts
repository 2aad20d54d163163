import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { complaints, synthesise } from './assembly';
import { consumerEnvironment, run, type CommandResult } from '../../projenrc/command';
import { checkBuilt, REPOSITORY } from '../../projenrc/consumer';

/** Where a program that uses the library in another language is built and run. */
export interface Consumer {
  readonly folder: string;
  /** @default - that of a consumer who has nothing of this machine's */
  readonly env?: NodeJS.ProcessEnv;
}

async function tool({ folder, env }: Consumer, name: string, ...args: string[]): Promise<CommandResult> {
  return run(join(REPOSITORY, 'node_modules/.bin', name), args, { cwd: folder, env: env ?? consumerEnvironment() });
}

/** Makes the library's package of a language, of what is compiled in this repository; the result is in `<outdir>/<language>`. */
export async function pacmak(consumer: Consumer, language: 'go' | 'java' | 'python', outdir: string, ...options: string[]): Promise<void> {
  checkBuilt();
  await tool(consumer, 'jsii-pacmak', '--target', language, '--outdir', outdir, '--no-npmignore', ...options, REPOSITORY);
}

/** Synthesises into `cdk.out`, without the metadata that the CLI has the CDK add: a program that runs without the CLI has none. */
export async function synthWithoutMetadata(consumer: Consumer): Promise<CommandResult> {
  return tool(consumer, 'cdk', 'synth', '--quiet', '--no-path-metadata', '--no-asset-metadata');
}

export function expectNoWarning({ stdout, stderr }: CommandResult, assembly: CloudAssembly): void {
  expect(`${stdout}${stderr}`).not.toMatch(/warning/i);
  expect(complaints(assembly)).toEqual([]);
  expect(assembly.manifest.missing).toBeUndefined();
}

/** What the quick start in TypeScript gives, nested stacks included. */
export function expectTemplatesOfTypeScript(assembly: CloudAssembly): void {
  const templates = templatesOf(assembly);
  expect(Object.keys(templates)).toContain('Payments.template.json');
  expect(templates).toEqual(templatesOf(synthesise('examples/quick-start/typescript/app.ts')));
}

/** Every template of an assembly by its file's name, but for asset hashes. */
function templatesOf({ directory }: CloudAssembly): Record<string, unknown> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.template.json')).sort();
  return Object.fromEntries(files.map((file) => [file, withoutHashes(readFileSync(join(directory, file), 'utf8'))]));
}

function withoutHashes(template: string): unknown {
  return JSON.parse(template.replace(/\b[0-9a-f]{64}\b/g, 'asset-hash'));
}
