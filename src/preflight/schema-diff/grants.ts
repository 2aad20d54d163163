import { TARGET, type Check, type FindingKind, type Found } from '../check';
import type { Side } from '../contract';
import { inScope, notOfExtension, relations, type Scope } from '../scope';

const ROLE: FindingKind = {
  id: 'role-missing',
  severity: 'blocker',
  why: 'It owns something, or may do something, on the source: on the target its statements are refused.',
  remedy: 'Create the role on the target (pg_dumpall --roles-only shows it), with its password from a secret that both sides share.',
};
const ROLE_DIFFERS: FindingKind = {
  id: 'role-differs',
  severity: 'warning',
  why: 'It may do more or less on the target than on the source.',
  remedy: 'ALTER ROLE, GRANT or REVOKE on the target, until both are the same.',
};
const GRANTS: FindingKind = {
  id: 'grants-differ',
  severity: 'warning',
  why: 'The application is refused something after the cutover, or may do more than it should.',
  remedy: 'GRANT or REVOKE on the target, until both are the same.',
};
const DEFAULTS: FindingKind = {
  id: 'default-privileges-differ',
  severity: 'warning',
  why: 'Objects that are created after the cutover are open to others than they would have been.',
  remedy: 'ALTER DEFAULT PRIVILEGES on the target, until both are the same.',
};

interface Granted {
  readonly name: string;
  readonly privileges: string;
}
interface Role {
  readonly name: string;
  readonly attributes: string;
}

/** Who may do what, an entry for each object and grantee: an owner's own rights go without saying. */
function aclRows(rows: string): string {
  return `SELECT o.said || ' for ' || CASE x.grantee WHEN 0 THEN 'everybody' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS name,
      string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type) AS privileges
    FROM (${rows}) o CROSS JOIN LATERAL aclexplode(coalesce(o.acl, acldefault(o.kind, o.owner))) x WHERE x.grantee <> o.owner
      AND x.privilege_type <> 'MAINTAIN' GROUP BY 1`;
}

const objects = (scope: Scope) => `
  SELECT 'table ' || t.said AS said, t.relacl AS acl, 'r'::"char" AS kind, t.relowner AS owner FROM ${relations(scope, "'r', 'p', 'v', 'm', 'f'")}
  UNION ALL SELECT 'sequence ' || t.said, t.relacl, 's'::"char", t.relowner FROM ${relations(scope, "'S'")}
  UNION ALL SELECT 'column ' || t.said || '.' || quote_ident(a.attname), a.attacl, 'c'::"char", t.relowner
    FROM ${relations(scope, "'r', 'p', 'v', 'm', 'f'")} JOIN pg_attribute a ON a.attrelid = t.oid AND a.attacl IS NOT NULL
  UNION ALL SELECT 'schema ' || quote_ident(n.nspname), n.nspacl, 'n'::"char", n.nspowner FROM pg_namespace n WHERE ${inScope('n.nspname', scope)}
  UNION ALL SELECT 'function ' || format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proacl, 'f'::"char", p.proowner
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${inScope('n.nspname', scope)} AND ${notOfExtension('pg_proc', 'p.oid')}
  UNION ALL SELECT 'database', d.datacl, 'd'::"char", d.datdba FROM pg_database d WHERE d.datname = current_database()`;

const defaults = (scope: Scope) => `
  SELECT format('%s made by %I%s', d.defaclobjtype, pg_get_userbyid(d.defaclrole), ' in ' || n.nspname) || ' for ' ||
      CASE x.grantee WHEN 0 THEN 'everybody' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS name,
    string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) x
  WHERE (n.nspname IS NULL OR ${inScope('n.nspname', scope)}) AND x.grantee <> d.defaclrole AND x.privilege_type <> 'MAINTAIN' GROUP BY 1`;

/** Roles that something here belongs to or is granted to. PostgreSQL's and RDS's own are there, or are not, with the server. */
const roles = (scope: Scope) => `
  SELECT quote_ident(r.rolname) AS name, concat_ws(', ', CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN r.rolconnlimit >= 0 THEN 'CONNECTION LIMIT ' || r.rolconnlimit END,
    (SELECT 'member of ' || string_agg(m.name, ' and ' ORDER BY m.name) FROM (SELECT DISTINCT g.rolname::text AS name FROM pg_auth_members x JOIN pg_roles g ON g.oid = x.roleid WHERE x.member = r.oid) m)) AS attributes
  FROM pg_roles r WHERE r.rolname !~ '^(pg_|rds)' AND r.rolname <> session_user AND NOT r.rolsuper AND r.oid IN (
    SELECT o.owner FROM (${objects(scope)}) o
    UNION SELECT x.grantee FROM (${objects(scope)}) o CROSS JOIN LATERAL aclexplode(o.acl) x)`;

export const ROLES_AND_GRANTS: Check = {
  name: 'roles-and-grants',
  kinds: [ROLE, ROLE_DIFFERS, GRANTS, DEFAULTS],
  sides: TARGET,
  compares: true,
  run: async ({ read, request }) => {
    const both = async <R>(sql: string) => {
      const [source, target] = await Promise.all((['source', 'target'] as const).map(async (side: Side) => read<R>(side, sql)));
      return { source, target };
    };
    const wanted = await both<Role>(roles(request));
    const names = wanted.source.map(({ name }) => name);
    const known = (await read<{ name: string }>('target', 'SELECT quote_ident(rolname) AS name FROM pg_roles')).map(({ name }) => name);
    const missing = names.filter((name) => !known.includes(name));
    const found: Found[] = missing.map((object) => (
      { kind: ROLE, object, what: 'the target has no such role', severity: request.stage === 'before-schema' ? 'warning' : 'blocker' }));
    if (request.stage === 'before-schema') return found;
    found.push(...wanted.source.flatMap(({ name: object, attributes }) => {
      const other = wanted.target.find(({ name }) => name === object);
      return other === undefined || other.attributes === attributes ? [] : [
        { kind: ROLE_DIFFERS, object, what: `the source has ${attributes}; the target ${other.attributes}` },
      ];
    }));
    const granted = await both<Granted>(aclRows(objects(request)));
    return [...found, ...differences(GRANTS, granted), ...differences(DEFAULTS, await both<Granted>(defaults(request)))];
  },
};

/** What is missing on the target is told with the objects and the roles; here what is there and is open to others. */
function differences(kind: FindingKind, { source, target }: Record<Side, Granted[]>): Found[] {
  const names = [...new Set([...source, ...target].map(({ name }) => name))].sort();
  const of = (all: Granted[], object: string) => all.find(({ name }) => name === object)?.privileges ?? 'nothing';
  return names.filter((name) => of(source, name) !== of(target, name)).map((object) => (
    { kind, object, what: `the source grants ${of(source, object)}, the target ${of(target, object)}` }));
}
