import { escapeIdentifier } from 'pg';
import { SCHEMA } from '../protocol';
import { inTransaction, using, type LocalDatabase } from '../sides';
import { replicatedTables } from '../tables';

/** What a login that is no superuser needs to read and write all replicated tables, in the role of replicas. */
export async function grantRights(where: LocalDatabase, username: string): Promise<void> {
  const login = escapeIdentifier(username);
  await using(where, async (client) => {
    const tables = (await replicatedTables(client)).map(({ name }) => name);
    const { rows } = await client.query<{ name: string }>("SELECT format('%I', nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> $1", [SCHEMA]);
    const schemas = [SCHEMA, ...rows.map(({ name }) => name)];
    await inTransaction(client, [
      `GRANT USAGE ON SCHEMA ${schemas.join(', ')} TO ${login}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ${tables.join(', ')} TO ${login}`,
      `GRANT SET ON PARAMETER session_replication_role TO ${login}`,
      `ALTER ROLE ${login} REPLICATION`,
    ]);
  });
}
