import { bundles } from './bundles';
import { bystanders } from './bystanders';
import { gate } from './gate';
import { pause } from './pause';
import { synth } from './synth';
import { validation, validationMemory } from './validation';

/** `npm run bench [NAME ...]`: figures of this machine, each beside what it is compared with in the same run. */
const BENCHMARKS: Record<string, { readonly title: string; readonly run: () => Promise<string> }> = {
  'gate': { title: 'What a gate costs', run: gate },
  'bystanders': { title: 'What others wait while the closing waits', run: bystanders },
  'pause': { title: 'The write pause, step by step', run: pause },
  'synth': { title: 'What synthesis costs', run: synth },
  'validation': { title: 'Comparing two databases', run: validation },
  'validation-memory': { title: 'The memory of a comparison', run: validationMemory },
  'bundles': { title: 'The functions\' bundles', run: bundles },
};

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown.length > 0) throw new Error(`benchmark: got ${unknown.join(', ')}, allowed: ${Object.keys(BENCHMARKS).join(', ')}`);
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    const { title, run } = BENCHMARKS[name];
    console.log(`\n### ${title}\n\n${await run()}`);
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`npm run bench: ${error.message}`);
  process.exitCode = 1;
});
