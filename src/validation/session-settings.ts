import type { Session } from '../postgres';

/**
 * Beside what every session of the migration settles (dates, floats, bytea, search_path, row_security, time-outs): what else a role or a
 * database may have set that changes how a value is written, which rows a plan finds, or whether an index is used.
 *
 * `pg_settings` knows which planner methods a server has and what they are by default.
 */
const SETTLE = `
SELECT set_config(name, value, false) FROM (
  SELECT name, boot_val AS value FROM pg_settings
  WHERE category = 'Query Tuning / Planner Method Configuration' AND context = 'user' AND setting IS DISTINCT FROM boot_val
  UNION ALL
  SELECT name, value FROM (VALUES
    ('lc_monetary', 'C'), ('lc_numeric', 'C'), ('lc_time', 'C'), ('xmloption', 'content'), ('gin_fuzzy_search_limit', '0'),
    ('constraint_exclusion', 'partition'), ('jit', 'off'), ('default_transaction_read_only', 'on')
  ) AS ours (name, value)
) AS settings`;

/** The session reads from here on, and only reads. */
export async function settle(session: Session): Promise<void> {
  await session.query(SETTLE);
}
