import type { Selection, Side } from './contract';
import type { Sides } from './sides';
import type { CatalogType } from './value-types';
import { SCHEMA } from '../postgres/migration-schema';

/** A column as one side has it. */
export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  /** Length, precision or scale, as the type encodes it; -1 where it has none. */
  readonly modifier: number;
  /** Its collation never makes two different texts equal. */
  readonly deterministic: boolean;
  /** Its collation orders texts by their bytes. */
  readonly bytewise: boolean;
  readonly readable: boolean;
  /** The server keeps nulls out: of a table of its own, by a constraint that holds for every row. */
  readonly notNull: boolean;
}

export interface CatalogKeyColumn {
  readonly name: string;
  /** The operator that the key's index calls equality, with its schema. */
  readonly equals: { readonly schema: string; readonly name: string };
}

/** A table, or what was named as one, as one side has it. */
export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  /** `relkind`: table, partitioned table, view, materialised view, foreign table, … */
  readonly kind: string;
  /** The table that it is a partition of. */
  readonly partitionOf: string | null;
  readonly rowSecurity: boolean;
  readonly usable: boolean;
  readonly rows: number;
  /** Of its pages, without what is stored beside them. */
  readonly bytes: number;
  /** And with it. */
  readonly stored: number;
  readonly columns: readonly CatalogColumn[];
  /** The primary key's columns, or those of the index that is the table's replica identity. */
  readonly key: readonly CatalogKeyColumn[] | null;
}

export interface Catalog {
  readonly version: number;
  readonly encoding: string;
  readonly tables: readonly CatalogTable[];
  readonly types: ReadonlyMap<string, CatalogType>;
}

/** What is not the payment system's: never compared unless it is named. */
const OTHERS = ['information_schema', SCHEMA, 'awsdms_control'];

/** Reads what one side has of the selection: names in `tables` may also be of what is no table. */
export async function readCatalog(sides: Sides, side: Side, selection: Pick<Selection, 'schemas' | 'tables' | 'excludeTables'>): Promise<Catalog> {
  const [server] = await sides.query<{ version: number; encoding: string }>(side,
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding");
  const tables = (await sides.query<{ table: CatalogTable }>(side, tablesQuery(server.version), [
    selection.tables ?? null, selection.schemas ?? null, OTHERS, selection.excludeTables ?? [],
  ])).map(({ table }) => table);
  const oids = [...new Set(tables.flatMap(({ columns }) => columns.map(({ type }) => type)))];
  const types = await sides.query<{ type: CatalogType }>(side, typesQuery(server.version), [oids]);
  return { ...server, tables, types: new Map(types.map(({ type }) => [type.oid, type])) };
}

/**
 * 15: a database has a provider of its collation; 17: PostgreSQL's own provider, which orders by code points; 18: a column may be NOT NULL by a
 * constraint that was never checked.
 */
function tablesQuery(version: number): string {
  const bytewiseDatabase = `(${version >= 150_000 ? "d.datlocprovider = 'b' OR d.datlocprovider = 'c' AND" : ''} d.datcollate IN ('C', 'POSIX'))`;
  const keepsNullsOut = version < 180_000 ? 'a.attnotnull' : `(a.attnotnull
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)))`;
  return `
SELECT jsonb_build_object(
  'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
  'partitionOf', CASE WHEN c.relispartition THEN (
    SELECT format('%s.%s', pn.nspname, p.relname) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid) END,
  'rowSecurity', c.relkind IN ('r', 'p') AND row_security_active(c.oid),
  'usable', has_schema_privilege(n.oid, 'USAGE'),
  'rows', CASE WHEN c.relkind = 'p'
    THEN (SELECT coalesce(sum(greatest(l.reltuples, 0)), 0) FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid WHERE t.isleaf)
    ELSE greatest(c.reltuples, 0) END,
  'bytes', CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(pg_relation_size(t.relid)), 0) FROM pg_partition_tree(c.oid) t WHERE t.isleaf)
    WHEN c.relkind = 'r' THEN pg_relation_size(c.oid) ELSE 0 END,
  'stored', CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(pg_table_size(t.relid)), 0) FROM pg_partition_tree(c.oid) t WHERE t.isleaf)
    WHEN c.relkind = 'r' THEN pg_table_size(c.oid) ELSE 0 END,
  'columns', (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'name', a.attname, 'type', a.atttypid::text, 'modifier', a.atttypmod,
      'deterministic', coalesce(l.collisdeterministic, true),
      'bytewise', CASE WHEN l.oid IS NULL THEN true WHEN l.collprovider = 'd' THEN ${bytewiseDatabase}
        ELSE l.collprovider = 'b' OR l.collprovider = 'c' AND l.collcollate IN ('C', 'POSIX') END,
      'readable', has_column_privilege(c.oid, a.attnum, 'SELECT'),
      'notNull', c.relkind = 'r' AND ${keepsNullsOut}
    ) ORDER BY a.attname COLLATE "C"), '[]')
    FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ),
  'key', (
    SELECT (
      SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'equals', (
        SELECT jsonb_build_object('schema', opn.nspname, 'name', o.oprname)
        FROM pg_opclass oc JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amopstrategy = 3
          AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
        JOIN pg_operator o ON o.oid = am.amopopr JOIN pg_namespace opn ON opn.oid = o.oprnamespace
        WHERE oc.oid = i.indclass[k.n - 1]
      )) ORDER BY k.n)
      FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      WHERE k.n <= i.indnkeyatts
    )
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisunique AND m.amname = 'btree' AND (i.indisprimary OR i.indisreplident)
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) AND NOT ${keepsNullsOut})
    ORDER BY i.indisprimary DESC LIMIT 1
  )
) AS "table"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN (SELECT * FROM pg_database WHERE datname = current_database()) d
WHERE CASE WHEN $1::text[] IS NOT NULL
    THEN (format('%s.%s', n.nspname, c.relname) = ANY ($1) OR format('%I.%I', n.nspname, c.relname) = ANY ($1)) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ELSE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND NOT n.nspname = ANY ($3)
      AND ($2::text[] IS NULL OR n.nspname = ANY ($2)) AND c.relpersistence <> 't' END
  AND NOT (format('%s.%s', n.nspname, c.relname) = ANY ($4) OR format('%I.%I', n.nspname, c.relname) = ANY ($4))
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;
}

/** The types, and all that they are made of. 14: multiranges. */
function typesQuery(version: number): string {
  const multirange = version >= 140_000 ? 'OR r.rngmultitypid = t.oid' : '';
  const parts = `
    SELECT t.typbasetype AS part WHERE t.typtype = 'd'
    UNION ALL SELECT t.typelem WHERE t.typtype = 'b' AND t.typcategory = 'A'
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid ${multirange}
    UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped`;
  return `
WITH RECURSIVE wanted (oid) AS (
  SELECT unnest($1::oid[])
  UNION
  SELECT x.part FROM wanted w JOIN pg_type t ON t.oid = w.oid CROSS JOIN LATERAL (${parts}) x
)
SELECT jsonb_build_object(
  'oid', t.oid::text, 'schema', n.nspname, 'name', t.typname, 'kind', t.typtype,
  'isArray', t.typtype = 'b' AND t.typcategory = 'A',
  'parts', (SELECT coalesce(jsonb_agg(x.part::text), '[]') FROM (${parts}) x),
  'output', (SELECT jsonb_build_object('schema', pn.nspname, 'name', p.proname, 'own', p.proargtypes[0] = t.oid) FROM pg_proc p JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE p.oid = t.typoutput),
  'extension', (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
    WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e')
) AS type
FROM wanted w JOIN pg_type t ON t.oid = w.oid JOIN pg_namespace n ON n.oid = t.typnamespace`;
}
