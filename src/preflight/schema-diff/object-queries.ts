import { inScope, notOfExtension, relations, type Scope } from '../scope';

/** What comes with `pg_dump --section=pre-data`, before the load, and what with `post-data`, after it. */
export type Section = 'pre-data' | 'post-data';

export interface ObjectQuery {
  /** Such as 'column': it is told. */
  readonly kind: string;
  readonly section: Section;
  /**
   * Rows of `name`, `parent` (the table that it goes with, or null) and `attributes`, an object of texts.
   *
   * No attribute is a name of the server's own making, nor an object's number.
   */
  readonly sql: (scope: Scope) => string;
}

const attributes = (pairs: Readonly<Record<string, string>>) =>
  `jsonb_build_object(${Object.entries(pairs).map(([name, value]) => `'${name}', (${value})::text`).join(', ')}) AS attributes`;

/** Attributes whose text a newer major version writes otherwise are hints only: they are compared, and told as warnings. */
export const OBJECTS: readonly ObjectQuery[] = [
  {
    kind: 'schema',
    section: 'pre-data',
    sql: (scope) => `SELECT quote_ident(n.nspname) AS name, NULL AS parent, ${attributes({
      // Up to 14 a superuser has it, from 15 on the database's owner.
      owner: "CASE n.nspname WHEN 'public' THEN NULL ELSE pg_get_userbyid(n.nspowner) END",
    })}
      FROM pg_namespace n WHERE ${inScope('n.nspname', scope)} AND ${notOfExtension('pg_namespace', 'n.oid')}`,
  },
  {
    kind: 'table',
    section: 'pre-data',
    sql: (scope) => `SELECT t.said AS name, NULL AS parent, ${attributes({
      'kind': 't.relkind',
      'owner': 'pg_get_userbyid(t.relowner)',
      'persistence': 't.relpersistence',
      'partition key': 'pg_get_partkeydef(t.oid)',
      'partition bounds': 'pg_get_expr(t.relpartbound, t.oid)',
      'row level security': "concat_ws(' ', t.relrowsecurity, t.relforcerowsecurity)",
      'replica identity': 't.relreplident',
      'storage options': "array_to_string(ARRAY(SELECT unnest(t.reloptions) ORDER BY 1), ', ')",
    })} FROM ${relations(scope, "'r', 'p', 'f'")}`,
  },
  {
    kind: 'column',
    section: 'pre-data',
    sql: (scope) => `SELECT t.said || '.' || quote_ident(a.attname) AS name, t.said AS parent, ${attributes({
      'type': 'format_type(a.atttypid, a.atttypmod)',
      'not null': 'a.attnotnull',
      'identity': 'a.attidentity',
      'generated': 'a.attgenerated',
      'collation': "(SELECT format('%I.%I', n.nspname, l.collname) FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation)",
      'default': 'pg_get_expr(d.adbin, d.adrelid)',
    })} FROM ${relations(scope, "'r', 'p', 'f'")} JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum`,
  },
  {
    kind: 'type',
    section: 'pre-data',
    sql: (scope) => `SELECT format('%I.%I', n.nspname, y.typname) AS name, NULL AS parent, ${attributes({
      'kind': 'y.typtype',
      'labels': "(SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = y.oid)",
      'base': 'CASE WHEN y.typtype = \'d\' THEN format_type(y.typbasetype, y.typtypmod) END',
      'not null': 'y.typnotnull',
      'constraints': "(SELECT string_agg(pg_get_constraintdef(c.oid), ', ' ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = y.oid AND c.contype = 'c')",
      'attributes': "(SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped)",
      'subtype': '(SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = y.oid)',
    })} FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace LEFT JOIN pg_class c ON c.oid = y.typrelid
      WHERE ${inScope('n.nspname', scope)} AND ${notOfExtension('pg_type', 'y.oid')}
        AND (y.typtype IN ('d', 'e', 'r') OR y.typtype = 'c' AND c.relkind = 'c')`,
  },
  {
    kind: 'sequence',
    section: 'pre-data',
    sql: (scope) => `SELECT t.said AS name, NULL AS parent, ${attributes({
      'type': 'format_type(q.seqtypid, NULL)',
      'start': 'q.seqstart',
      'increment': 'q.seqincrement',
      'limits': "concat_ws(' to ', q.seqmin, q.seqmax)",
      'cycle': 'q.seqcycle',
      'owned by': "(SELECT d.refobjid::regclass || '.' || a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass)",
    })} FROM ${relations(scope, "'S'")} JOIN pg_sequence q ON q.seqrelid = t.oid`,
  },
  {
    kind: 'function',
    section: 'pre-data',
    sql: (scope) => `SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name, NULL AS parent, ${attributes({
      'kind': 'p.prokind',
      'result': 'pg_get_function_result(p.oid)',
      'language': 'l.lanname',
      'owner': 'pg_get_userbyid(p.proowner)',
      'volatility': 'p.provolatile',
      'security definer': 'p.prosecdef',
      'settings': "array_to_string(p.proconfig, ', ')",
      'code': "md5(p.prosrc || coalesce(p.probin, ''))",
    })} FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
      WHERE ${inScope('n.nspname', scope)} AND ${notOfExtension('pg_proc', 'p.oid')}
        AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')`,
  },
  {
    kind: 'view',
    section: 'pre-data',
    sql: (scope) => `SELECT t.said AS name, NULL AS parent, ${attributes({
      kind: 't.relkind',
      owner: 'pg_get_userbyid(t.relowner)',
      columns: "(SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0)",
      options: "array_to_string(t.reloptions, ', ')",
    })} FROM ${relations(scope, "'v', 'm'")}`,
  },
  {
    kind: 'constraint',
    section: 'post-data',
    sql: (scope) => `SELECT format('%s.%I', t.said, c.conname) AS name, t.said AS parent, ${attributes({
      definition: "regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', '')",
      validated: 'c.convalidated',
    })} FROM ${relations(scope)} JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')`,
  },
  {
    kind: 'index',
    section: 'post-data',
    sql: (scope) => `SELECT format('%I.%I', t.nspname, x.relname) AS name, t.said AS parent, ${attributes({
      definition: 'pg_get_indexdef(i.indexrelid)',
      valid: 'i.indisvalid',
    })} FROM ${relations(scope, "'r', 'p', 'm'")} JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class x ON x.oid = i.indexrelid
      WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))`,
  },
  {
    kind: 'trigger',
    section: 'post-data',
    sql: (scope) => `SELECT format('%s.%I', t.said, g.tgname) AS name, t.said AS parent, ${attributes({
      definition: 'pg_get_triggerdef(g.oid)',
      enabled: 'g.tgenabled',
    })} FROM ${relations(scope, "'r', 'p', 'f', 'v'")} JOIN pg_trigger g ON g.tgrelid = t.oid
      WHERE NOT g.tgisinternal AND NOT t.relispartition AND g.tgname !~ '^!payment_migration'`,
  },
  {
    kind: 'policy',
    section: 'post-data',
    sql: (scope) => `SELECT format('%s.%I', t.said, p.polname) AS name, t.said AS parent, ${attributes({
      command: 'p.polcmd',
      permissive: 'p.polpermissive',
      roles: "(SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END, ', ' ORDER BY 1) FROM unnest(p.polroles) r)",
      using: 'pg_get_expr(p.polqual, p.polrelid)',
      check: 'pg_get_expr(p.polwithcheck, p.polrelid)',
    })} FROM ${relations(scope)} JOIN pg_policy p ON p.polrelid = t.oid`,
  },
];
