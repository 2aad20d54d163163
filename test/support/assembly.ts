import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';

const REPOSITORY = join(__dirname, '../..');

/** Runs a whole program of this repository, which ends with `app.synth()`, against the library's source, with the context of its cdk.json. */
export function synthesise(program: string): CloudAssembly {
  const outdir = mkdtempSync(join(tmpdir(), 'program-'));
  const { context = {} } = JSON.parse(readFileSync(join(REPOSITORY, dirname(program), 'cdk.json'), 'utf8'));
  process.env.CDK_OUTDIR = outdir;
  process.env.CDK_CONTEXT_JSON = JSON.stringify(context);
  try {
    jest.requireActual(join(REPOSITORY, program));
  } finally {
    delete process.env.CDK_OUTDIR;
    delete process.env.CDK_CONTEXT_JSON;
  }
  return new CloudAssembly(outdir);
}

/** Warnings and errors of an assembly's stacks. */
export function complaints({ stacks }: CloudAssembly): string[] {
  return stacks.flatMap(({ messages }) => messages)
    .filter(({ level }) => level !== 'info')
    .map(({ id, entry }) => `${id}: ${String(entry.data)}`);
}

/** A stack's template, but for asset hashes: what a build or another language may change without a change of meaning. */
export function templateWithoutHashes({ templateFullPath }: CloudFormationStackArtifact): unknown {
  return JSON.parse(readFileSync(templateFullPath, 'utf8').replace(/\b[0-9a-f]{64}\b/g, 'asset-hash'));
}
