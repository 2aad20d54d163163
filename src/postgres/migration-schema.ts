/**
 * What the migration itself keeps in both databases, by name. An entrance of its own that imports nothing: constructs need these names
 * too, and need no driver.
 */

/** The schema that holds everything of the migration, on both sides. */
export const SCHEMA = 'payment_migration';
/** The one table of it that replication must carry, both ways: its rows prove that everything before them has arrived. */
export const MARKER_TABLE = 'marker';
/** Tables of it that replication must never carry: each side's own. */
export const PRIVATE_TABLES = [
  'authority', 'applier', 'armed_table', 'record', 'result', 'slot', 'stream', 'revoked', 'schema_phase', 'schema_archive', 'schema_key',
] as const;
