import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The functions that run here, by the folders of their bundles in the library's `assets/`. */
const FOLDERS = { authority: 'cutover', fence: 'cutover', preflight: 'preflight', validation: 'validation' } as const;

/** By the names of their bundles. */
export type Bundle = keyof typeof FOLDERS;

/** The library's `assets/`, at the same place in the repository and in what is published. */
const ASSETS = join(__dirname, '../../../assets');

/** The file that Lambda would run. */
export function bundleFile(bundle: Bundle): string {
  const file = join(ASSETS, FOLDERS[bundle], `${bundle}.lambda`, 'index.js');
  if (!existsSync(file)) throw new Error(`the bundle of the ${bundle} function is not at ${file}: in the repository, run 'npx projen bundle'`);
  return file;
}
