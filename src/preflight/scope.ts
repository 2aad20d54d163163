import type { SettledRequest } from './settled-request';
import { literal } from '../postgres';
import { SCHEMA } from '../postgres/migration-schema';

/** What is not the payment system's. */
const OTHERS = ['information_schema', SCHEMA, 'awsdms_control'];

/** The part of a request that says where to look. */
export type Scope = Pick<SettledRequest, 'schemas'>;

/** A condition on a schema's name: the schemas that are asked about. */
export function inScope(column: string, { schemas }: Scope): string {
  const named = schemas === undefined ? '' : ` AND ${column} IN (${schemas.map(literal).join(', ')})`;
  return `(${column} !~ '^pg_' AND ${column} NOT IN (${OTHERS.map(literal).join(', ')})${named})`;
}

/** A condition: what an extension brought comes with the extension. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend brought WHERE brought.classid = '${catalog}'::regclass AND brought.objid = ${oid} AND brought.deptype = 'e')`;
}

/**
 * Relations of the schemas that are asked about, as a table `t`: pg_class, the schema's name `nspname`, and `said`, the name with its schema.
 *
 * DMS keeps tables of its own in the user's schemas.
 */
export function relations(scope: Scope, kinds = "'r', 'p'"): string {
  return `(SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS said
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN (${kinds}) AND c.relpersistence <> 't' AND c.relname !~ '^awsdms_' AND ${inScope('n.nspname', scope)}
      AND ${notOfExtension('pg_class', 'c.oid')}) t`;
}

/** Columns of tables, as `a` beside `t`; `column_said` is the column's name with its table's. */
export function columns(scope: Scope, kinds = "'r', 'p'"): string {
  return `(SELECT t.said, t.oid AS relid, t.relkind, t.relispartition, t.reltuples, a.*, t.said || '.' || quote_ident(a.attname) AS column_said,
      format_type(a.atttypid, a.atttypmod) AS type_said
    FROM ${relations(scope, kinds)} JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) a`;
}

/** A condition on `t`: the login reads it, and reads it whole. Where it does not, that is found by itself. */
export const READABLE = "has_schema_privilege(t.relnamespace, 'USAGE') AND has_table_privilege(t.oid, 'SELECT') AND NOT row_security_active(t.oid)";
