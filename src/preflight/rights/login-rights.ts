import { BOTH, statementCheck, type FindingKind } from '../check';
import { relations } from '../scope';

const REPLICATION: FindingKind = {
  id: 'login-without-replication',
  severity: 'blocker',
  why: 'The login makes replication slots on both sides, and DMS reads changes with it.',
  remedy: 'On RDS: GRANT rds_replication TO the login. Elsewhere: ALTER ROLE … REPLICATION.',
};
const MONITORING: FindingKind = {
  id: 'login-without-monitoring',
  severity: 'blocker',
  why: 'The cutover must see who reads a slot and which transactions are open, and end sessions; so must these checks.',
  remedy: 'GRANT pg_monitor, pg_signal_backend TO the login.',
};
const OWNERSHIP: FindingKind = {
  id: 'login-not-owner',
  severity: 'blocker',
  why: 'Only who owns a table, or is a member of its owner, puts the gate on it.',
  remedy: 'GRANT the owner\'s role TO the login.',
};
const NO_ACCESS: FindingKind = {
  id: 'login-without-access',
  severity: 'blocker',
  why: 'What the login may not read or write is neither carried nor compared.',
  remedy: 'GRANT USAGE on the schema and SELECT, INSERT, UPDATE, DELETE on the table TO the login, or membership in the owner\'s role.',
};
const NO_SCHEMA: FindingKind = {
  id: 'login-cannot-create-schema',
  severity: 'blocker',
  why: 'The migration keeps its own tables in schemas of its own, on both sides.',
  remedy: 'GRANT CREATE ON DATABASE … TO the login.',
};
const NO_APPLY: FindingKind = {
  id: 'login-cannot-apply',
  severity: { dms: 'warning', native: 'none' },
  why: 'Changes are applied with session_replication_role = replica, so that foreign keys and triggers of the application do not run twice.',
  remedy: 'From PostgreSQL 15 on: GRANT SET ON PARAMETER session_replication_role TO the login. On RDS: GRANT rds_superuser.',
};
const NO_SUBSCRIPTION: FindingKind = {
  id: 'login-cannot-subscribe',
  severity: { dms: 'none', native: 'blocker' },
  why: 'Native replication is a subscription, which only some roles create.',
  remedy: 'From PostgreSQL 16 on: GRANT pg_create_subscription TO the login. On RDS: GRANT rds_superuser. Elsewhere: a superuser creates it.',
};

/** Whether the login is a member of a role that need not exist. */
const member = (role: string) => `EXISTS (SELECT FROM pg_roles m WHERE m.rolname = '${role}' AND pg_has_role(m.oid, 'MEMBER'))`;
const SUPERUSER = '(SELECT rolsuper FROM pg_roles WHERE rolname = session_user)';

export const REPLICATION_RIGHT = statementCheck(REPLICATION, BOTH, () => `
  SELECT quote_ident(rolname) AS object, 'it has neither REPLICATION nor rds_replication' AS what FROM pg_roles
  WHERE rolname = session_user AND NOT rolsuper AND NOT rolreplication AND NOT ${member('rds_replication')} AND NOT ${member('rds_superuser')}`);

export const MONITORING_RIGHT = statementCheck(MONITORING, BOTH, () => `
  SELECT quote_ident(session_user) AS object, 'it is no member of ' || role AS what
  FROM (VALUES ('pg_monitor', ${member('pg_monitor')}), ('pg_signal_backend', ${member('pg_signal_backend')})) AS wanted (role, has)
  WHERE NOT has AND NOT ${SUPERUSER}`);

export const OWNER = statementCheck(OWNERSHIP, BOTH, ({ request }) => `
  SELECT t.said AS object, format('it belongs to %I, of which the login is no member', pg_get_userbyid(t.relowner)) AS what
  FROM ${relations(request)} WHERE NOT pg_has_role(t.relowner, 'MEMBER') ORDER BY 1`);

export const ACCESS = statementCheck(NO_ACCESS, BOTH, ({ request }) => `
  SELECT t.said AS object, 'the login lacks ' || string_agg(w.wanted, ', ' ORDER BY w.n) AS what
  FROM ${relations(request)} CROSS JOIN LATERAL (VALUES
    (1, 'USAGE of its schema', has_schema_privilege(t.relnamespace, 'USAGE')), (2, 'SELECT', has_table_privilege(t.oid, 'SELECT')),
    (3, 'INSERT', has_table_privilege(t.oid, 'INSERT')), (4, 'UPDATE', has_table_privilege(t.oid, 'UPDATE')),
    (5, 'DELETE', has_table_privilege(t.oid, 'DELETE'))) AS w (n, wanted, has)
  WHERE NOT w.has GROUP BY t.said ORDER BY 1`);

export const SCHEMA_RIGHT = statementCheck(NO_SCHEMA, BOTH, () => `
  SELECT quote_ident(current_database()) AS object, 'the login may not create a schema' AS what
  WHERE NOT has_database_privilege(current_database(), 'CREATE') AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'payment_migration')`);

/** 15: a parameter can be granted. */
export const APPLY_RIGHT = statementCheck(NO_APPLY, BOTH, ({ facts }, side) => `
  SELECT quote_ident(session_user) AS object, 'it may not set session_replication_role' AS what
  WHERE NOT ${SUPERUSER} AND NOT ${member('rds_superuser')}
    ${facts[side].version >= 150_000 ? "AND NOT has_parameter_privilege('session_replication_role', 'SET')" : ''}`);

export const SUBSCRIPTION_RIGHT = statementCheck(NO_SUBSCRIPTION, BOTH, () => `
  SELECT quote_ident(session_user) AS object, 'it may not create a subscription' AS what
  WHERE NOT ${SUPERUSER} AND NOT ${member('rds_superuser')} AND NOT ${member('pg_create_subscription')}`);
