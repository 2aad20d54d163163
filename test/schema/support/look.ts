import { spawnSync } from 'node:child_process';
import type { Client } from 'pg';
import { clientFolder } from './clients';
import type { LocalServer } from '../../../cli/src/servers';
import { DATABASE } from '../../support/pair';

/** A database's whole schema as pg_dump writes it, without what differs between any two dumps. */
export function schemaOf(server: LocalServer): string[] {
  const { status, stdout, stderr } = spawnSync(`${clientFolder(18)}/pg_dump`, [
    '--schema-only', '--no-publications', '--exclude-schema=payment_migration', server.conninfo(DATABASE),
  ], { encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => !/^(--|\\(un)?restrict |$)/.test(line));
}

/** What a database has of each kind of thing that a phase makes. */
export async function countsOf(client: Client) {
  const { rows: [counts] } = await client.query<Record<'tables' | 'keys' | 'foreign' | 'validated' | 'triggers' | 'policies' | 'analyzed', number>>(`
    SELECT
      (SELECT count(*)::int FROM pg_class c WHERE relkind IN ('r', 'p') AND n(relnamespace)) AS tables,
      (SELECT count(*)::int FROM pg_class c WHERE relkind IN ('i', 'I') AND n(relnamespace)) AS keys,
      (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND n(connamespace)) AS foreign,
      (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND convalidated AND n(connamespace)) AS validated,
      (SELECT count(*)::int FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal AND n(relnamespace)) AS triggers,
      (SELECT count(*)::int FROM pg_policy) AS policies,
      (SELECT count(DISTINCT starelid)::int FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid WHERE n(relnamespace)) AS analyzed
  `.replaceAll(/\bn\((\w+)\)/g, "$1 NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('information_schema', 'payment_migration'))"));
  return counts;
}

/** The rows of the phases, as whoever comes after reads them. */
export async function statesOf(client: Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ phase: string; state: string }>('SELECT phase, state FROM payment_migration.schema_phase');
  return Object.fromEntries(rows.map(({ phase, state }) => [phase, state]));
}
