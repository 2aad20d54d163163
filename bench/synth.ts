import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
/** Every file of other packages that loading the library loads: classes of the CDK that it extends, and what these need. */
const FILES_OF_OTHERS = `
require(process.argv[1]);
console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes('/node_modules/'))));
`;
/**
 * Milliseconds for the CDK alone, for the library over that, and for the library's own files. The CDK loads a module of its own when it is first
 * used, which any app pays for that uses it, so the last is measured with these files there already.
 */
const LOADING = `
const [library, list] = process.argv.slice(1);
const files = list === undefined ? [] : JSON.parse(require('node:fs').readFileSync(list, 'utf8'));
const begin = performance.now();
require('aws-cdk-lib');
const alone = performance.now() - begin;
for (const file of files) require(file);
const before = performance.now();
require(library);
console.log(JSON.stringify({ alone, library: performance.now() - before }));
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
  const options = { cwd: folder, env: consumerEnvironment() };
  const { stdout: files } = await run(process.execPath, ['-e', FILES_OF_OTHERS, LIBRARY], options);
  const list = join(folder, 'files.json');
  writeFileSync(list, files);
  const times = { alone: [] as number[], over: [] as number[], own: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const over = JSON.parse((await run(process.execPath, ['-e', LOADING, LIBRARY], options)).stdout);
    const own = JSON.parse((await run(process.execPath, ['-e', LOADING, LIBRARY, list], options)).stdout);
    times.alone.push(over.alone);
    times.over.push(over.library);
    times.own.push(own.library);
  }
  return table(['loading, ms, median', ''], [
    ['aws-cdk-lib, which loads a module of its own when that is first used', median(times.alone).toFixed(1)],
    ['the library over that', median(times.over).toFixed(1)],
    ['of it, the library\'s own files', median(times.own).toFixed(1)],
  ]);
}

async function size(folder: string): Promise<string> {
  const tarball = statSync(await pack(folder)).size;
  const code = readFileSync(join(REPOSITORY, QUICK_START), 'utf8').split('\n').filter((line) => /\S/.test(line) && !/^\s*(\/\/|\/?\*)/.test(line));
  return table(['', ''], [
    ['tarball, MiB', (tarball / 1024 ** 2).toFixed(2)],
    ['quick start, lines of code', String(code.length)],
  ]);
}
