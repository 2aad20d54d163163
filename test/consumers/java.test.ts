import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { consumerEnvironment, type CommandResult } from '../../projenrc/command';
import { REPOSITORY } from '../../projenrc/consumer';
import { expectNoWarning, expectTemplatesOfTypeScript, pacmak, synthWithoutMetadata } from '../support/quick-start-languages';
import { describeWith, JAVA } from '../support/required-tool';

const MINUTES = 60_000;

/** Has Maven look for the built jar where pacmak deployed it, beside Maven Central. */
const settings = (deployed: string) => `
<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
  <profiles>
    <profile>
      <id>built</id>
      <repositories>
        <repository><id>built</id><url>${pathToFileURL(deployed).href}</url></repository>
      </repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
</settings>`;

describeWith(JAVA, 'the quick start in Java, from the built jar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const project = join(folder, 'quick-start');
  // Of this run alone, and of one Maven after the other.
  const localRepository = join(folder, 'repository');
  let printed: CommandResult;
  let assembly: CloudAssembly;

  beforeAll(async () => {
    cpSync(join(REPOSITORY, 'examples/quick-start/java'), project, { recursive: true });
    const consumer = { folder: project, env: { ...consumerEnvironment(), JAVA_TOOL_OPTIONS: undefined } };
    await pacmak(consumer, 'java', folder, '--maven-local-repository', localRepository);
    writeFileSync(join(folder, 'settings.xml'), settings(join(folder, 'java')));
    mkdirSync(join(project, '.mvn'));
    writeFileSync(join(project, '.mvn/maven.config'), `-Dmaven.repo.local=${localRepository}\n--settings=${join(folder, 'settings.xml')}\n`);
    printed = await synthWithoutMetadata(consumer);
    assembly = new CloudAssembly(join(project, 'cdk.out'));
  }, 8 * MINUTES);

  test('synthesises without a warning', () => expectNoWarning(printed, assembly));

  test('gives the templates that the one in TypeScript gives, up to asset hashes', () => expectTemplatesOfTypeScript(assembly));
});
