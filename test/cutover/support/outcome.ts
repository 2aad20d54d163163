import type { Client } from 'pg';
import { CutoverError } from '../../../src/cutover/cutover-error';
import { DatabaseProblem } from '../../../src/postgres';
import { DATABASE, MIGRATION, type Pair, SIDES } from '../../support/pair';

/** The named error that a handler ended with; fails where it went well, or ended with anything else. */
export async function refused(work: Promise<unknown>): Promise<CutoverError> {
  const error: unknown = await work.then((result) => new Error(`it went well: ${JSON.stringify(result)}`), (thrown: unknown) => thrown);
  if (!(error instanceof CutoverError)) throw error;
  expect(error.remedy.length).toBeGreaterThan(5);
  expect(error.message).toContain(error.remedy);
  return error;
}

/** What a statement on the server met. */
export async function problemOf(work: Promise<unknown>): Promise<DatabaseProblem> {
  const error: unknown = await work.then((result) => new Error(`it went well: ${JSON.stringify(result)}`), (thrown: unknown) => thrown);
  if (!(error instanceof DatabaseProblem)) throw error;
  return error;
}

/** Everything of the migration on one side, but for when something was changed: rows, triggers, settings, rights, slots. */
export async function everythingOf(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ name: string }>(`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'payment_migration' ORDER BY 1`);
  const contents: unknown[] = [];
  for (const { name } of rows) {
    const { rows: [{ all }] } = await admin.query<{ all: unknown }>(`SELECT jsonb_agg(to_jsonb(t) - 'changed_at' ORDER BY to_jsonb(t) - 'changed_at') AS all FROM ${name} t`);
    contents.push(name, all);
  }
  const { rows: [{ catalogue }] } = await admin.query<{ catalogue: unknown }>(`SELECT jsonb_build_object(
    'gate', (SELECT pg_sequence_last_value(to_regclass('payment_migration.gate'))),
    'functions', (SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace('payment_migration')),
    'triggers', (SELECT jsonb_agg(format('%s %s', tgrelid::regclass, tgname) ORDER BY 1) FROM pg_trigger WHERE NOT tgisinternal),
    'event triggers', (SELECT jsonb_agg(evtname ORDER BY 1) FROM pg_event_trigger),
    'settings', (SELECT jsonb_agg(format('%s %s', setrole::regrole, setconfig) ORDER BY 1) FROM pg_db_role_setting),
    'logins', (SELECT jsonb_agg(rolname ORDER BY 1) FROM pg_roles WHERE rolcanlogin),
    'rights', (SELECT jsonb_agg(format('%s %s', oid::regclass, relacl) ORDER BY 1) FROM pg_class WHERE relkind IN ('r', 'p') AND relacl IS NOT NULL
      AND relnamespace::regnamespace::text !~ '^pg_'),
    'slots', (SELECT jsonb_agg(slot_name ORDER BY 1) FROM pg_replication_slots)) AS catalogue`);
  return JSON.stringify([contents, catalogue], null, 1);
}

/** Both sides. */
export async function everything(pair: Pair): Promise<string[]> {
  return Promise.all(SIDES.map(async (side) => {
    const admin = await pair.servers[side].connect(DATABASE);
    return everythingOf(admin).finally(async () => admin.end());
  }));
}

/** Locks and sessions that the migration's login has on either side. */
export async function leftovers(pair: Pair): Promise<{ locks: number; sessions: number }> {
  const counts = await Promise.all(SIDES.map(async (side) => {
    const admin = await pair.servers[side].connect(DATABASE);
    const { rows: [found] } = await admin.query<{ locks: number; sessions: number }>(`
      SELECT (SELECT count(*)::integer FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.usename = '${MIGRATION}') AS locks,
        (SELECT count(*)::integer FROM pg_stat_activity WHERE usename = '${MIGRATION}') AS sessions`);
    await admin.end();
    return found;
  }));
  return { locks: counts[0].locks + counts[1].locks, sessions: counts[0].sessions + counts[1].sessions };
}
