import { SOURCE, statementCheck, type FindingKind } from '../check';
import { inScope, notOfExtension, relations } from '../scope';

const PARTITIONED: FindingKind = {
  id: 'partitioned-table',
  severity: { dms: 'warning', native: 'info' },
  why: 'DMS carries partitions, not their parent: a partition that is made during the migration is not on the target, and is in no mapping.',
  remedy: 'Make the partitions that the time of the migration needs beforehand, on both sides, and stop what makes and drops them.',
};
const INHERITED: FindingKind = {
  id: 'table-inheritance',
  severity: 'warning',
  why: 'A read of the parent gives the children\'s rows as well, so a load by its name may carry them twice.',
  remedy: 'Rehearse it with this schema; compare parent and children one by one (validation reads ONLY the table).',
};
const FOREIGN: FindingKind = {
  id: 'foreign-table',
  severity: 'warning',
  why: 'Its rows are elsewhere: nothing of them is carried, compared or gated.',
  remedy: 'Re-create server and user mapping on the target, and check that the target reaches what is behind it.',
};
const MATERIALIZED: FindingKind = {
  id: 'materialized-view',
  severity: 'info',
  why: 'What is in it is not carried.',
  remedy: 'REFRESH MATERIALIZED VIEW on the target before the cutover.',
};
const LARGE_OBJECTS: FindingKind = {
  id: 'large-objects',
  severity: 'blocker',
  why: 'Large objects are not carried, by DMS or natively, and no gate stops writes to them.',
  remedy: 'Move them into bytea columns or to S3 before the migration.',
};
const REFERENCES: FindingKind = {
  id: 'large-object-reference',
  severity: 'warning',
  why: 'A column of type oid or lo often holds numbers of large objects, which mean nothing on the target.',
  remedy: 'Check what the column holds; where it is large objects, move them into bytea columns.',
};
const NAMES: FindingKind = {
  id: 'names-differ-by-case-only',
  severity: { dms: 'blocker', native: 'info' },
  why: 'DMS does not promise to keep apart tables or columns whose names are the same but for upper and lower case.',
  remedy: 'Rename one of them before the migration.',
};

export const PARTITIONED_TABLES = statementCheck(PARTITIONED, SOURCE, ({ request }) => `
  SELECT t.said AS object, format('partitioned by %s, with %s partitions', pg_get_partkeydef(t.oid),
    (SELECT count(*) FROM pg_partition_tree(t.oid) p WHERE p.isleaf)) AS what
  FROM ${relations(request, "'p'")} WHERE NOT t.relispartition ORDER BY 1`);

export const INHERITANCE = statementCheck(INHERITED, SOURCE, ({ request }) => `
  SELECT t.said AS object, format('%s tables inherit from it', count(*)) AS what
  FROM ${relations(request, "'r'")} JOIN pg_inherits i ON i.inhparent = t.oid GROUP BY t.said ORDER BY 1`);

export const FOREIGN_TABLES = statementCheck(FOREIGN, SOURCE, ({ request }) => `
  SELECT t.said AS object, format('a table of server %I', s.srvname) AS what
  FROM ${relations(request, "'f'")} JOIN pg_foreign_table f ON f.ftrelid = t.oid JOIN pg_foreign_server s ON s.oid = f.ftserver ORDER BY 1`);

export const MATERIALIZED_VIEWS = statementCheck(MATERIALIZED, SOURCE, ({ request }) => `
  SELECT t.said AS object, pg_size_pretty(pg_relation_size(t.oid)) AS what FROM ${relations(request, "'m'")} ORDER BY 1`);

/** pg_largeobject_metadata belongs to the database, not to a schema. */
export const LARGE_OBJECT_STORE = statementCheck(LARGE_OBJECTS, SOURCE, () => `
  SELECT quote_ident(current_database()) AS object, format('%s large objects', count(*)) AS what FROM pg_largeobject_metadata HAVING count(*) > 0`);

export const LARGE_OBJECT_COLUMNS = statementCheck(REFERENCES, SOURCE, ({ request }) => `
  SELECT t.said || '.' || quote_ident(a.attname) AS object, 'its type is ' || format_type(a.atttypid, a.atttypmod) AS what
  FROM ${relations(request)} JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type y ON y.oid = a.atttypid
  WHERE a.atttypid = 'oid'::regtype OR y.typname = 'lo' ORDER BY 1`);

export const CASE_FOLDED_NAMES = statementCheck(NAMES, SOURCE, ({ request }) => `
  SELECT min(t.said) AS object, 'the same but for case: ' || string_agg(t.said, ', ' ORDER BY t.said) AS what
  FROM ${relations(request)} GROUP BY lower(t.nspname), lower(t.relname) HAVING count(*) > 1
  UNION ALL
  SELECT t.said, 'columns that are the same but for case: ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
  FROM ${relations(request)} JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  GROUP BY t.said, lower(a.attname) HAVING count(*) > 1
  UNION ALL
  SELECT min(quote_ident(n.nspname)), 'schemas that are the same but for case: ' || string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname)
  FROM pg_namespace n WHERE ${inScope('n.nspname', request)} AND ${notOfExtension('pg_namespace', 'n.oid')}
  GROUP BY lower(n.nspname) HAVING count(*) > 1
  ORDER BY 1`);
