import { escapeIdentifier, type Client } from 'pg';
import { replicatedTables, TABLE_NAME } from '../tables';

/** What must be known of a table to write its changes. */
export interface TargetTable {
  readonly name: string;
  /** Columns that are written, quoted; the others are computed. */
  readonly columns: ReadonlyMap<string, string>;
  /** Of the primary key. */
  readonly key: readonly string[];
  /** Columns that are given once and never changed: GENERATED ALWAYS AS IDENTITY. */
  readonly fixed: ReadonlySet<string>;
  /** Columns whose values, alone or together, no other row may have. */
  readonly unique: ReadonlySet<string>;
}

type Row = Record<'columns' | 'key' | 'fixed' | 'unique', string[]> & { readonly name: string };

export async function targetTables(client: Client): Promise<Map<string, TargetTable>> {
  const { rows } = await client.query<Row>(`
    SELECT ${TABLE_NAME} AS name,
      array(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
      array(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
      array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity = 'a') AS fixed,
      array(SELECT DISTINCT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion)) AS "unique"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'`);
  const wanted = new Set((await replicatedTables(client)).map(({ name }) => name));
  return new Map(rows.filter(({ name }) => wanted.has(name)).map(({ name, columns, key, fixed, unique }) => [
    name,
    {
      name,
      key,
      fixed: new Set(fixed),
      unique: new Set(unique),
      columns: new Map(columns.map((column) => [column, escapeIdentifier(column)])),
    },
  ]));
}
