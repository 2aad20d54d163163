import type { Client } from 'pg';
import { MARKER_TABLE, SCHEMA } from './protocol';

/** A table that replication carries. Both parts of its name are quoted, whatever they are: which words need it differs between versions. */
export interface Table {
  readonly name: string;
}

/** Of `pg_namespace n` and `pg_class c`. */
export const TABLE_NAME = 'format(\'"%s"."%s"\', replace(n.nspname, \'"\', \'""\'), replace(c.relname, \'"\', \'""\'))';

const OURS = [SCHEMA, MARKER_TABLE].map((name) => `'${name}'`);

/**
 * All tables of users and the marker; of the rest of our schema nothing. Leaves instead of partitioned tables: they are alike on both
 * sides, each has its own gate, and DMS reads them one by one too. Unlogged tables are in no log.
 */
export async function replicatedTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT ${TABLE_NAME} AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND (n.nspname <> ${OURS[0]} OR c.relname = ${OURS[1]})
    ORDER BY n.nspname <> ${OURS[0]}, 1`);
  if (!rows.some(({ name }) => name === `"${SCHEMA}"."${MARKER_TABLE}"`)) {
    const { database } = client;
    throw new Error(`${SCHEMA}.${MARKER_TABLE}: not there in ${database}; arm both sides before anything is replicated`);
  }
  return rows;
}
