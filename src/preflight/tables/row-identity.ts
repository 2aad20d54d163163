import { BOTH, SOURCE, statementCheck, type FindingKind } from '../check';
import { relations } from '../scope';

const NO_KEY: FindingKind = {
  id: 'table-without-primary-key',
  severity: { dms: 'blocker', native: 'warning' },
  why: 'DMS does not carry updates and deletes of such a table, and its rows can be compared by no key.',
  remedy: 'Add a primary key. Where a unique index on columns that are not null is its replica identity, native replication and the comparison can do with that.',
};
const NO_IDENTITY: FindingKind = {
  id: 'table-without-replica-identity',
  severity: 'blocker',
  why: 'Changes of it say not which row they are about; as soon as it is published, UPDATE and DELETE fail on it.',
  remedy: 'Add a primary key, or ALTER TABLE … REPLICA IDENTITY USING INDEX.',
};
const FULL: FindingKind = {
  id: 'replica-identity-full',
  severity: 'warning',
  why: 'Every update writes the whole old row to WAL, and without an index that fits each change searches the whole table on the other side.',
  remedy: 'REPLICA IDENTITY DEFAULT where the table has a primary key; else add one.',
};
const UNLOGGED: FindingKind = {
  id: 'unlogged-table',
  severity: 'blocker',
  why: 'Its changes are not in WAL, so they are not carried, and a crash empties it.',
  remedy: 'ALTER TABLE … SET LOGGED, or take what is in it out of the migration on purpose and accept this finding.',
};

/** A key that is checked late identifies no row at the time of the change. */
const USABLE = 'i.indisvalid AND i.indisunique AND i.indimmediate';

/** The target's keys are compared with the source's by the schema diff: they may come after the load. */
export const PRIMARY_KEYS = statementCheck(NO_KEY, SOURCE, ({ request }) => `
  SELECT t.said AS object, CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)
    THEN 'its primary key is deferrable' ELSE 'it has none' END AS what
  FROM ${relations(request)}
  WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND ${USABLE})
  ORDER BY 1`);

export const REPLICA_IDENTITY = statementCheck(NO_IDENTITY, SOURCE, ({ request }) => `
  SELECT t.said AS object, CASE t.relreplident WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' WHEN 'i' THEN 'the index that was its replica identity is gone'
    ELSE 'REPLICA IDENTITY DEFAULT, and no primary key that could be it' END AS what
  FROM ${relations(request, "'r'")}
  WHERE t.relreplident = 'n'
    OR t.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND ${USABLE})
    OR t.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisreplident AND ${USABLE})
  ORDER BY 1`);

export const IDENTITY_FULL = statementCheck(FULL, SOURCE, ({ request }) => `
  SELECT t.said AS object, 'REPLICA IDENTITY FULL' AS what FROM ${relations(request, "'r'")} WHERE t.relreplident = 'f' ORDER BY 1`);

export const UNLOGGED_TABLES = statementCheck(UNLOGGED, BOTH, ({ request }) => `
  SELECT t.said AS object, 'it is unlogged' AS what FROM ${relations(request)} WHERE t.relpersistence = 'u' ORDER BY 1`);
