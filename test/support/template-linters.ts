import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../../projenrc/command';
import { REPOSITORY } from '../../projenrc/consumer';

/** What a linter has against one resource of a template. */
export interface LinterFinding {
  readonly linter: 'cfn-lint' | 'checkov';
  readonly rule: string;
  /** The template's file. */
  readonly template: string;
  /** The logical id without the CDK's hash; empty where the finding is about the template. */
  readonly resource: string;
  readonly message: string;
}

const REQUIREMENTS = join(__dirname, 'template-linters.requirements.txt');
/** Within node_modules: nothing else searches there, and `npm ci` removes it. */
const CACHE = join(REPOSITORY, 'node_modules/.cache/template-linters');
/** The CDK's part of a logical id that tells paths apart. */
const HASH = /[0-9A-F]{8}$/;

/**
 * The linters of the requirements file in a virtual environment of their own, installed once for each version of the file.
 *
 * @returns the folder of its programs
 */
export async function installLinters(): Promise<string> {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(CACHE, version);
  const complete = join(folder, 'complete');
  const bin = join(folder, 'bin');
  if (existsSync(complete)) return bin;
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await run('python3', ['-m', 'venv', folder], { cwd: CACHE });
  await run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS], { cwd: CACHE });
  writeFileSync(complete, '');
  return bin;
}

/** Copies all templates of an assembly, those of nested stacks too, under names that say whose they are. */
export function collectTemplates(assembly: string, program: string, folder: string): string[] {
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  return templates.map((file) => {
    const name = `${program.replaceAll(/\W+/g, '-')}.${file}`;
    cpSync(join(assembly, file), join(folder, name));
    return name;
  });
}

/** Everything that both linters find in a folder of templates. */
export async function lintTemplates(bin: string, folder: string): Promise<LinterFinding[]> {
  const found = await Promise.all([cfnLint(bin, folder), checkov(bin, folder)]);
  return found.flat();
}

interface CfnLintMatch {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: (string | number)[] | null };
  readonly Filename: string;
}

async function cfnLint(bin: string, folder: string): Promise<LinterFinding[]> {
  const templates = readdirSync(folder);
  const { stdout } = await run(join(bin, 'cfn-lint'), ['--format', 'json', '--non-zero-exit-code', 'none', '--template', ...templates], { cwd: folder });
  return (JSON.parse(stdout) as CfnLintMatch[]).map(({ Rule, Message, Location, Filename }) => {
    const [section, id] = Location.Path ?? [];
    return {
      linter: 'cfn-lint', rule: Rule.Id, template: basename(Filename), resource: section === 'Resources' ? nameOf(String(id)) : '', message: Message,
    };
  });
}

interface CheckovReport {
  readonly results: { readonly failed_checks: CheckovFailure[] };
  readonly summary: { readonly parsing_errors: number };
}

interface CheckovFailure {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  /** `AWS::Some::Type.LogicalId` */
  readonly resource: string;
}

async function checkov(bin: string, folder: string): Promise<LinterFinding[]> {
  const args = ['--directory', '.', '--framework', 'cloudformation', '--output', 'json', '--compact', '--quiet', '--soft-fail', '--skip-download'];
  // Without this it asks its maker's server for texts about its rules.
  const { stdout } = await run(join(bin, 'checkov'), args, { cwd: folder, env: { ...process.env, BC_SKIP_MAPPING: 'TRUE', LOG_LEVEL: 'ERROR' } });
  const { results, summary } = JSON.parse(stdout) as CheckovReport;
  if (summary.parsing_errors > 0) throw new Error(`checkov could not read ${summary.parsing_errors} of the templates`);
  return results.failed_checks.map(({ check_id: rule, check_name: message, file_path: file, resource }) => ({
    linter: 'checkov', rule, template: basename(file), resource: nameOf(resource.split('.').at(-1)!), message,
  }));
}

function nameOf(logicalId: string): string {
  return logicalId.replace(HASH, '');
}
