import { Command } from 'commander';
import { tellJson, withDatabases, type DatabaseFlags } from './databases';
import type { TableResult, ValidationResult } from '../../../src/validation/contract';
import { runValidation, type Progress } from '../../../src/validation/run';
import { AskingFunction } from '../handlers/asking-function';
import { textTable } from '../text-table';

interface Flags extends DatabaseFlags {
  readonly table: readonly string[];
}

/** Differences of one table that are listed for a person. */
const LISTED = 20;

/** `validate`: are both sides equal, value by value, while writes go on? */
export function validateCommand(exit: (status: number) => void): Command {
  return withDatabases(new Command('validate'))
    .summary('compare two databases value by value, while writes go on')
    .description('Compares every row of both databases with the function that runs on AWS. It only reads, but for a marker where the migration has its\n'
      + 'schema on both sides. Rows that differ are looked at again when the target has caught up: only what stays different is told.')
    .option('--table <SCHEMA.NAME>', 'only this table (may be repeated)', (text: string, before: readonly string[] = []) => [...before, text], [])
    .addHelpText('after', '\nExit status: 0 equal; 1 something differs, is unresolved or could not be compared; 2 it could not run.')
    .action(async (flags: Flags) => exit(await validate(flags)));
}

async function validate({ source, target, schema, table, json }: Flags): Promise<number> {
  const asked = await AskingFunction.start('validation', { source, target });
  try {
    const result = await runValidation(asked.invoke, {
      schemas: schema.length > 0 ? schema : undefined,
      tables: table.length > 0 ? table : undefined,
      onProgress: (progress) => process.stderr.write(`${inWords(progress)}\n`),
    });
    if (await tellJson(json, result)) process.stdout.write(`${report(result).join('\n')}\n`);
    return result.equal ? 0 : 1;
  } finally {
    await asked.stop();
  }
}

function inWords({ table, rows, ofAbout, suspects }: Progress): string {
  return `${table}: ${rows.toLocaleString('en')} of about ${ofAbout.toLocaleString('en')} rows${suspects > 0 ? `, ${suspects} to look at again` : ''}`;
}

/** What a person reads in the end. */
export function report({ equal, seconds, tables }: ValidationResult): string[] {
  const rows = tables.map((table) => [
    table.table, table.rows.toLocaleString('en'), verdict(table), `${table.seconds.toFixed(1)} s`, methodOf(table),
  ]);
  const details = tables.flatMap((table) => [
    ...table.confirmed.slice(0, LISTED).map(({ key, kind, columns }) => `${table.table} ${JSON.stringify(key)}: ${kind}${columns.length > 0 ? ` in ${columns.join(', ')}` : ''}`),
    ...(table.confirmed.length > LISTED ? [`${table.table}: ${table.confirmed.length - LISTED} more differences`] : []),
    ...table.unresolved.slice(0, LISTED).map(({ key }) => `${table.table} ${JSON.stringify(key)}: written all the time, settle it under the fence`),
    ...table.refused.map(({ column, why }) => `${table.table}${column === '*' ? '' : `.${column}`} was not compared: ${why}`),
  ]);
  return [
    ...textTable(['table', 'rows', 'verdict', 'took', 'method'], rows),
    ...(details.length > 0 ? ['', ...details] : []),
    '',
    `${equal ? 'Equal' : 'Not equal'}; ${tables.length} tables in ${seconds.toFixed(1)} s`,
  ];
}

function verdict({ equal, confirmed, unresolved, refused }: TableResult): string {
  if (equal) return 'equal';
  return [
    confirmed.length > 0 && `${confirmed.length} different`,
    unresolved.length > 0 && `${unresolved.length} unresolved`,
    refused.length > 0 && 'not all compared',
  ].filter(Boolean).join(', ') || 'not equal';
}

function methodOf({ method: { hash, value, text, excluded } }: TableResult): string {
  const parts = [value.length > 0 && `${value.length} by value`, text.length > 0 && `${text.length} as text`, excluded.length > 0 && `${excluded.length} left out`];
  return `${hash}: ${parts.filter(Boolean).join(', ') || 'nothing'}`;
}
