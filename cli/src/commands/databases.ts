import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { parseDatabase, type NamedDatabase } from '../connection';

/** What commands that ask two databases have in common. */
export interface DatabaseFlags {
  readonly source: NamedDatabase;
  readonly target: NamedDatabase;
  readonly schema: readonly string[];
  /** A file; `true` for standard output. */
  readonly json?: string | true;
}

/** Adds the options. */
export function withDatabases(command: Command): Command {
  const database = (option: string) => (text: string) => {
    try {
      return parseDatabase(option, text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
  return command
    .requiredOption('--source <URL>', 'what it moves from: postgresql://login:password@host:port/database; PGPASSWORD where the URL has no password', database('source'))
    .requiredOption('--target <URL>', 'what it moves to', database('target'))
    .option('--schema <NAME>', 'only this schema (may be repeated)', (text: string, before: readonly string[] = []) => [...before, text], [])
    .option('--json [FILE]', 'the result as JSON, to a file or instead of the table');
}

/** Writes the JSON where it was asked for, and says whether the table is wanted too. */
export async function tellJson(json: string | true | undefined, result: unknown): Promise<boolean> {
  if (json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  return json !== true;
}
