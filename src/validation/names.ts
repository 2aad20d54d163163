import { Token } from 'aws-cdk-lib';
import { invalidInput } from '../core';

/** Longer names than this PostgreSQL cuts off, without a word. */
const LONGEST_NAME = 63;

/** A table is named with its schema: what is found without depends on a session's search_path. */
export function checkTable(prop: string, table: string): void {
  if (Token.isUnresolved(table)) return;
  if (!/^[^\0]*[^\0.][^\0]*\.[^\0]+$/.test(table)) throw invalidInput(prop, table, 'the name of a table with its schema, such as \'public.payments\'');
}

export function checkTables(prop: string, tables: readonly string[] | undefined): void {
  if (tables === undefined) return;
  if (tables.length === 0) throw invalidInput(prop, 'no table', 'one or more; leave it out for the default');
  tables.forEach((table) => { checkTable(prop, table); });
  checkOnce(prop, tables);
}

/** Names of columns, schemas or types, as they are in the catalog: without quotes. */
export function checkColumns(prop: string, columns: readonly string[], least = 0): void {
  if (columns.length < least) throw invalidInput(prop, 'no name', `${least} or more`);
  for (const column of columns) {
    if (Token.isUnresolved(column)) continue;
    if (column.length === 0 || Buffer.byteLength(column) > LONGEST_NAME || column.includes('\0')) {
      throw invalidInput(prop, column, `a name of 1 to ${LONGEST_NAME} bytes, as it is in the catalog`);
    }
  }
  checkOnce(prop, columns);
}

export function checkOnce(prop: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidInput(prop, `'${twice}' twice`, 'each name once');
}
