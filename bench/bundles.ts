import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, table } from './report';
import { run } from '../projenrc/command';
import { REPOSITORY } from '../projenrc/consumer';

const BUNDLES = ['authority', 'fence'];
const ROUNDS = 11;
const PROGRAM = 'const begin = performance.now(); require(process.argv[1]); console.log(performance.now() - begin);';

/** The size of each function's bundle, and what loading it takes in a new process beyond an empty handler. */
export async function bundles(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'payment-migration-bench-'));
  try {
    const empty = join(folder, 'index.js');
    writeFileSync(empty, 'exports.handler = async () => undefined;\n');
    const files = Object.fromEntries(BUNDLES.map((name) => [name, join(REPOSITORY, `assets/cutover/${name}.lambda/index.js`)]));
    const times: Record<string, number[]> = { empty: [], ...Object.fromEntries(BUNDLES.map((name) => [name, []])) };
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, file] of Object.entries({ empty, ...files })) {
        const { stdout } = await run(process.execPath, ['-e', PROGRAM, file], { cwd: REPOSITORY });
        times[name].push(Number(stdout));
      }
    }
    return table(['function', 'bundle, MiB', 'loading, ms', 'beyond an empty handler, ms'], BUNDLES.map((name) => [
      name,
      (statSync(files[name]).size / 1024 ** 2).toFixed(2),
      median(times[name]).toFixed(0),
      (median(times[name]) - median(times.empty)).toFixed(0),
    ]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
