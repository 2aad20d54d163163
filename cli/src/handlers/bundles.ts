import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The functions of the cutover, by the names of their bundles. */
export type Bundle = 'authority' | 'fence';

/** The library's `assets/`, at the same place in the repository and in what is published. */
const BUNDLES = join(__dirname, '../../../assets/cutover');

/** The file that Lambda would run. */
export function bundleFile(bundle: Bundle): string {
  const file = join(BUNDLES, `${bundle}.lambda`, 'index.js');
  if (!existsSync(file)) throw new Error(`the bundle of the ${bundle} function is not at ${file}: in the repository, run 'npx projen bundle'`);
  return file;
}
