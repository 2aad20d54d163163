import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactType, Manifest } from 'aws-cdk-lib/cloud-assembly-schema';

/** What would tell this machine from another in an assembly. */
const PORTABLE_CONTEXT = {
  'aws:cdk:version-reporting': false,
  'aws:cdk:disable-stack-trace': true,
  'aws:cdk:disable-creation-stack-traces': true,
};

/**
 * Makes a whole program, which ends with `app.synth()`, a test of integ-runner.
 *
 * The `IntegTest` construct would have to stand in the program itself, and the examples are to be read by users.
 *
 * @param program its file, from the root of the repository
 */
export async function integProgram(name: string, program: string): Promise<void> {
  const outdir = process.env.CDK_OUTDIR;
  if (!outdir) throw new Error('CDK_OUTDIR is not set: npx projen integ runs this file');
  process.env.CDK_CONTEXT_JSON = JSON.stringify({ ...JSON.parse(process.env.CDK_CONTEXT_JSON ?? '{}'), ...PORTABLE_CONTEXT });
  await import(join(__dirname, '../..', program));

  const manifestFile = join(outdir, 'manifest.json');
  const { artifacts = {}, ...manifest } = Manifest.loadAssemblyManifest(manifestFile);
  // The tree of constructs says in another form what the templates say, and integ-runner does not compare it.
  const { Tree, ...kept } = artifacts;
  rmSync(join(outdir, 'tree.json'), { force: true });
  Manifest.saveAssemblyManifest({ ...manifest, artifacts: kept }, manifestFile);

  const stacks = Object.keys(kept).filter((id) => kept[id].type === ArtifactType.AWS_CLOUDFORMATION_STACK);
  Manifest.saveIntegManifest({
    version: Manifest.version(),
    testCases: { [name]: { stacks, diffAssets: true, stackUpdateWorkflow: false } },
  }, join(outdir, 'integ.json'));
}
