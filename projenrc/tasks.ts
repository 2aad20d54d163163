import type { awscdk } from 'projen';
import { AWS_CDK_LIB_NEWEST } from './versions';

type Library = awscdk.AwsCdkConstructLibrary;

/** The function behind all custom resources imports from every room, so none of them has the construct: `core` takes the bundle by its name. */
export function bundleCustomResources(project: Library): void {
  project.bundler.addBundle('src/custom-resources.handler.ts', {
    platform: 'node',
    target: 'node20',
    tsconfigPath: 'tsconfig.dev.json',
    externals: ['@aws-sdk/*'],
  });
}

/** jsii copies no shell script beside what it compiles. */
export function shipScripts(project: Library): void {
  project.compileTask.exec('mkdir -p lib/schema/script && cp src/schema/script/*.sh lib/schema/script/');
}

/** Bundles every `*.lambda.ts` before anything reads `assets/`, and leaves no stale file in it that would ship. */
export function bundleCleanly(project: Library): void {
  const bundle = project.bundler.bundleTask;
  bundle.prependExec('rm -rf assets');
  project.testTask.prependSpawn(project.compileTask);
  project.testTask.prependSpawn(bundle);
}

/** `npm start` and the layer check. */
export function consumerTasks(project: Library): void {
  project.addTask('start', {
    description: 'Packs the library, installs it in the quick start, synthesises it and shows what was made; then rehearses a cutover',
    steps: [{ spawn: project.bundler.bundleTask.name }, { spawn: 'compile' }, { exec: 'tsx --tsconfig tsconfig.dev.json projenrc/start.ts' }],
  });
  project.addTask('newest', {
    description: `Runs the tests against aws-cdk-lib ${AWS_CDK_LIB_NEWEST}; npm ci brings the pinned one back`,
    steps: [
      { exec: `npm install --no-save aws-cdk-lib@${AWS_CDK_LIB_NEWEST}` },
      { exec: 'jest --passWithNoTests=false', receiveArgs: true },
    ],
  });
}

/** What takes too long for every test run: crashes at every step, and figures. */
export function deepTasks(project: Library): void {
  const bundle = { spawn: project.bundler.bundleTask.name };
  project.addTask('test:deep', {
    description: 'Crashes servers and handlers at every step and at random points, damages random tables; SEED repeats a run, DEEP_ROUNDS and RUNS set its length',
    steps: [bundle, { exec: 'jest --runInBand --coverage=false --testPathIgnorePatterns /node_modules/ --testMatch "<rootDir>/test/deep/**/*.test.ts"', receiveArgs: true }],
  });
  project.addTask('bench', {
    description: 'Measures gate, pause, synthesis, comparison and bundles; needs pgbench, Python 3 and what compile makes',
    steps: [bundle, { exec: 'tsx --tsconfig tsconfig.dev.json bench/main.ts', receiveArgs: true }],
  });
}

/** Everything that is generated for readers. */
export function docsTasks(project: Library): void {
  project.addTask('docs:suppressions', {
    description: 'Writes docs/suppressions.md from the library itself',
    exec: 'tsx --tsconfig tsconfig.dev.json projenrc/suppressions.ts',
  });
  project.addTask('docs:template-linters', {
    description: 'Writes docs/template-linters.md from the exceptions',
    exec: 'tsx --tsconfig tsconfig.dev.json test/support/template-linter-exceptions.ts',
  });
  project.addTask('docs:security-groups', {
    description: 'Writes the table of who reaches whom into README.md',
    exec: 'tsx --tsconfig tsconfig.dev.json projenrc/security-groups.ts',
  });
}

/** integ-runner without an AWS account: verify by default, update on demand. Templates name the bundles by their hashes. */
export function integTasks(project: Library): void {
  const bundle = { spawn: project.bundler.bundleTask.name };
  const run = 'integ-runner --language typescript --app "tsx {filePath}" --max-workers 2 --parallel-regions eu-west-1 --directory test';
  const env = {
    AWS_REGION: 'eu-west-1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    TSX_TSCONFIG_PATH: 'tsconfig.dev.json',
  };
  project.addTask('integ', {
    description: 'Fails when a template differs from its snapshot',
    env,
    steps: [bundle, { exec: run }],
  });
  project.addTask('integ:update', {
    description: 'Rewrites the snapshots that differ',
    env,
    steps: [bundle, { exec: `${run} --dry-run --update-on-failed` }],
  });
}
