import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './consumer';

/** The examples' programs in TypeScript, from the folder of examples. */
export function examplePrograms(): string[] {
  return readdirSync(join(REPOSITORY, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('app.ts') && !/node_modules|cdk\.out/.test(file))
    .sort();
}
