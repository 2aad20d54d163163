import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { median, table } from './report';
import { consumerEnvironment, run } from '../projenrc/command';
import { checkBuilt, pack, REPOSITORY } from '../projenrc/consumer';

const ROUNDS = 9;
const LIBRARY = 'cdk-payment-migration';
const QUICK_START = 'examples/quick-start/typescript/app.ts';
const PROGRAMS = { plain: 'bench/plain/app.ts', library: QUICK_START };
type Program = keyof typeof PROGRAMS;

/** CPU of a new process, ms: of what it loads first, then of the program, which ends with `app.synth()`. */
const SYNTHESIS = `
const cpu = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };
const [program, ...modules] = process.argv.slice(1);
const begin = process.cpuUsage();
for (const module of modules) require(module);
const loading = cpu(begin);
require(program);
console.log(JSON.stringify({ loading, total: cpu(begin) }));
`;
/** Milliseconds until the modules of the CDK are loaded, and until the library is, too. */
const LOADING = `
const [library, ...modules] = process.argv.slice(1);
const begin = performance.now();
require('aws-cdk-lib');
const alone = performance.now() - begin;
for (const module of modules) require(module);
const before = performance.now();
require(library);
console.log(JSON.stringify({ alone, own: performance.now() - before }));
`;

/** What the library costs where it is synthesised, beside an app that makes the same resources without it. */
export async function synth(): Promise<string> {
  checkBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'payment-migration-bench-'));
  try {
    linkPackages(folder);
    const parts = [await synthesis(folder), await loading(folder), await size(folder)];
    return parts.join('\n\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The library as it is installed, and the one CDK that both programs use. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(REPOSITORY, join(folder, 'node_modules', LIBRARY));
  for (const name of ['aws-cdk-lib', 'constructs']) symlinkSync(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name));
}

async function synthesis(folder: string): Promise<string> {
  const costs: Record<Program, { total: number[]; after: number[] }> = { plain: { total: [], after: [] }, library: { total: [], after: [] } };
  const resources = new Map<Program, Map<string, number>>();
  const prepared = { plain: await prepare(folder, 'plain'), library: await prepare(folder, 'library') };
  for (let round = 0; round < ROUNDS; round++) {
    // Each is first in every other round.
    const order: Program[] = round % 2 === 0 ? ['plain', 'library'] : ['library', 'plain'];
    for (const program of order) {
      const outdir = join(folder, `${program}.out`);
      const env = { ...consumerEnvironment(), CDK_OUTDIR: outdir, BENCH_REPOSITORY: REPOSITORY };
      const { stdout } = await run(process.execPath, ['-e', SYNTHESIS, ...prepared[program]], { cwd: folder, env });
      const { loading: before, total } = JSON.parse(stdout);
      costs[program].total.push(total);
      costs[program].after.push(total - before);
      resources.set(program, countResources(outdir));
      rmSync(outdir, { recursive: true });
    }
  }
  const count = (program: Program) => [...resources.get(program)!.values()].reduce((sum, each) => sum + each, 0);
  const row = (title: string, cost: 'total' | 'after') => {
    const [plain, library] = [median(costs.plain[cost]), median(costs.library[cost])];
    const perResource = [plain / count('plain'), library / count('library')];
    return [
      [title, plain.toFixed(0), library.toFixed(0), (library / plain).toFixed(2)],
      [`${title}, for each resource`, ...perResource.map((each) => each.toFixed(2)), (perResource[1] / perResource[0]).toFixed(2)],
    ];
  };
  return [
    table(['CPU, ms, median', 'plain app', 'quick start', 'ratio'], [
      ...row('loading, construction and synthesis', 'total'),
      ...row('construction and synthesis alone', 'after'),
    ]),
    `${count('plain')} and ${count('library')} resources; ${differences(resources.get('plain')!, resources.get('library')!)}. ${ROUNDS} rounds, alternating, each in a new process.`,
  ].join('\n\n');
}

/** A program as JavaScript, and the packages that it imports, loaded before it is measured. */
async function prepare(folder: string, program: Program): Promise<string[]> {
  const outfile = join(folder, `${program}.js`);
  const { metafile } = await build({
    entryPoints: [join(REPOSITORY, PROGRAMS[program])],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', LIBRARY],
    // The repository's own paths would lead to the source.
    tsconfigRaw: {},
    metafile: true,
    logLevel: 'warning',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [outfile, ...new Set(imports.filter(({ external, path }) => external && !path.startsWith('node:')).map(({ path }) => path))];
}

/** How many resources of each type an assembly has, nested stacks included. */
function countResources(assembly: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of readdirSync(assembly).filter((name) => name.endsWith('.template.json'))) {
    const { Resources } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as { Resources: Record<string, { Type: string }> };
    for (const { Type } of Object.values(Resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  }
  return counts;
}

/** Where both programs do not make the same. */
function differences(plain: ReadonlyMap<string, number>, library: ReadonlyMap<string, number>): string {
  const types = [...new Set([...plain.keys(), ...library.keys()])].sort();
  const found = types.filter((type) => plain.get(type) !== library.get(type)).map((type) => `${type} ${plain.get(type) ?? 0} and ${library.get(type) ?? 0}`);
  return found.length === 0 ? 'types and counts are equal' : `different are ${found.join(', ')}`;
}

async function loading(folder: string): Promise<string> {
  const modules = cdkModules();
  const times: Record<string, number[]> = { alone: [], own: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await run(process.execPath, ['-e', LOADING, LIBRARY, ...modules], { cwd: folder, env: consumerEnvironment() });
    for (const [name, time] of Object.entries(JSON.parse(stdout) as Record<string, number>)) times[name].push(time);
  }
  return table(['loading, ms, median', ''], [
    ['aws-cdk-lib', median(times.alone).toFixed(1)],
    ['the library over that, once the modules of the CDK that it imports are there', median(times.own).toFixed(1)],
  ]);
}

/** Every module of the CDK that the compiled library imports. */
function cdkModules(): string[] {
  const lib = join(REPOSITORY, 'lib');
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js') && !file.includes('.lambda.'));
  const imported = files.flatMap((file) => [...readFileSync(join(lib, file), 'utf8').matchAll(/require\("((?:aws-cdk-lib|constructs)[^"]*)"\)/g)].map(([, name]) => name));
  return [...new Set(imported)].sort();
}

async function size(folder: string): Promise<string> {
  const tarball = statSync(await pack(folder)).size;
  const code = readFileSync(join(REPOSITORY, QUICK_START), 'utf8').split('\n').filter((line) => /\S/.test(line) && !/^\s*(\/\/|\/?\*)/.test(line));
  return table(['', ''], [
    ['tarball, MiB', (tarball / 1024 ** 2).toFixed(2)],
    ['quick start, lines of code', String(code.length)],
  ]);
}
