import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the script's parts, in the order of their names. It stands beside this file, in the sources and in the package. */
export const SCRIPT_FOLDER = join(__dirname, 'script');

/**
 * The script that copies the schema, for `bash -c SCRIPT NAME ARGUMENTS`.
 *
 * It needs bash, psql, pg_dump and pg_restore on the path, and is told by environment or by NAME=value arguments what docs/schema.md lists.
 */
export function schemaCopyScript(): string {
  return readdirSync(SCRIPT_FOLDER).filter((name) => name.endsWith('.sh')).sort()
    .map((name) => readFileSync(join(SCRIPT_FOLDER, name), 'utf8')).join('');
}
