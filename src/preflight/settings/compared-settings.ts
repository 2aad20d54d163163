import { BOTH, statementCheck, TARGET, type Check, type Context, type FindingKind } from '../check';
import type { Side } from '../contract';

const SERVER: FindingKind = {
  id: 'server-settings-differ',
  severity: 'warning',
  why: 'The application meets another behaviour on the target than the one it was tried with.',
  remedy: 'Set the same in the target\'s parameter group, or decide that the new value is meant.',
};
const CONNECTIONS: FindingKind = {
  id: 'max-connections-fewer',
  severity: 'warning',
  why: 'Pools that are sized for the source find no connection on the target.',
  remedy: 'Raise max_connections on the target (a larger instance has more), or make the pools smaller.',
};
const DEFAULTS: FindingKind = {
  id: 'database-and-role-settings-differ',
  severity: 'warning',
  why: 'ALTER DATABASE … SET and ALTER ROLE … SET decide on time zone, search_path, isolation and time-outs of the application\'s sessions, and no dump of one database holds them all.',
  remedy: 'Set on the target what the source has, or decide that it is meant.',
};
const ZONE: FindingKind = {
  id: 'time-zone-differs',
  severity: 'warning',
  why: 'now()::date, casts of timestamps and what a day is differ by the time zone of the session.',
  remedy: 'Set timezone in the target\'s parameter group to that of the source.',
};
const ZONE_HIDDEN: FindingKind = {
  id: 'time-zone-not-readable',
  severity: 'info',
  why: 'Only a login that may read the configuration files sees the server\'s own time zone past that of this session.',
  remedy: 'Compare the parameter timezone of both servers by hand.',
};
const LIMITS: FindingKind = {
  id: 'login-has-time-limits',
  severity: 'warning',
  why: 'A load reads each table in one statement, and waits in open transactions: a limit ends it.',
  remedy: 'ALTER ROLE … RESET the setting for the migration\'s login, or set it to 0 there.',
};

/** What sessions of the migration set for themselves reads as theirs, so it is not here: it is looked at below, by role and database. */
const NAMES = [
  'backslash_quote', 'default_table_access_method', 'default_text_search_config', 'default_toast_compression', 'lc_messages', 'lc_monetary',
  'lc_numeric', 'lc_time', 'max_locks_per_transaction', 'max_prepared_transactions', 'password_encryption', 'session_preload_libraries',
  'session_replication_role', 'shared_preload_libraries', 'xmloption',
];

const NOTHING = 'nothing';

interface Setting {
  readonly name: string;
  readonly value: string;
}

async function differing(context: Context, sql: string): Promise<{ name: string; source: string; target: string }[]> {
  const [source, target] = await Promise.all((['source', 'target'] as const).map(async (side) => context.read<Setting>(side, sql)));
  const names = [...new Set([...source, ...target].map(({ name }) => name))].sort();
  const of = (all: Setting[], name: string) => all.find((one) => one.name === name)?.value ?? NOTHING;
  return names.map((name) => ({ name, source: of(source, name), target: of(target, name) })).filter((one) => one.source !== one.target);
}

export const SERVER_SETTINGS: Check = {
  name: 'server-settings',
  kinds: [SERVER, CONNECTIONS],
  sides: TARGET,
  compares: true,
  run: async (context) => {
    const list = [...NAMES, 'max_connections'].map((name) => `'${name}'`).join(', ');
    const differences = await differing(context, `SELECT name, reset_val AS value FROM pg_settings WHERE name IN (${list})`);
    return differences.flatMap(({ name, source, target }) => {
      // One of the majors has no such setting.
      if ([source, target].includes(NOTHING)) return [];
      const what = `the source has '${source}', the target '${target}'`;
      if (name !== 'max_connections') return [{ kind: SERVER, object: name, what }];
      return Number(target) < Number(source) ? [{ kind: CONNECTIONS, object: name, what }] : [];
    });
  },
};

/** `*` stands for every role, or for every database of the server. Roles of PostgreSQL's and of RDS's own are theirs to set. */
const DB_ROLE_SETTINGS = `
  SELECT concat_ws(' ', coalesce('role ' || quote_ident(r.rolname), 'every role'), CASE WHEN s.setdatabase = 0 THEN 'in every database' END, split_part(c.config, '=', 1)) AS name,
    substr(c.config, strpos(c.config, '=') + 1) AS value
  FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL unnest(s.setconfig) c(config)
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND coalesce(r.rolname, '') !~ '^(pg_|rds)'
    AND r.rolname IS DISTINCT FROM session_user`;

export const DATABASE_AND_ROLE_SETTINGS: Check = {
  name: DEFAULTS.id,
  kinds: [DEFAULTS],
  sides: TARGET,
  compares: true,
  run: async (context) => (await differing(context, DB_ROLE_SETTINGS)).map(({ name, source, target }) => (
    { kind: DEFAULTS, object: name, what: `the source has '${source}', the target '${target}'` })),
};

const MAY_READ_FILES = "SELECT has_function_privilege('pg_show_all_file_settings()', 'EXECUTE') AS may";
const FILE_ZONE = `
  SELECT coalesce((SELECT setting FROM pg_file_settings WHERE lower(name) = 'timezone' AND error IS NULL ORDER BY seqno DESC LIMIT 1),
    (SELECT boot_val FROM pg_settings WHERE name = 'TimeZone')) AS zone`;

/** Where it is not readable on RDS, it is UTC unless its parameter group says otherwise. */
export const TIME_ZONE: Check = {
  name: 'time-zone',
  kinds: [ZONE, ZONE_HIDDEN],
  sides: TARGET,
  compares: true,
  run: async ({ read, facts }) => {
    const object = facts.target.database;
    const zone = async (side: Side) => {
      const [{ may }] = await read<{ may: boolean }>(side, MAY_READ_FILES);
      return may ? (await read<{ zone: string }>(side, FILE_ZONE))[0].zone : undefined;
    };
    const [source, target] = await Promise.all([zone('source'), zone('target')]);
    if (source === undefined || target === undefined) {
      return [{ kind: ZONE_HIDDEN, object, what: `the login may not read the time zone of the ${source === undefined ? 'source' : 'target'}'s server` }];
    }
    return source === target ? [] : [{ kind: ZONE, object, what: `the source has ${source}, the target ${target}` }];
  },
};

export const LOGIN_LIMITS = statementCheck(LIMITS, BOTH, () => `
  SELECT DISTINCT split_part(c.config, '=', 1) AS object, format('%s for %s', c.config, coalesce('role ' || quote_ident(r.rolname), 'every role of the database')) AS what
  FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL unnest(s.setconfig) c(config)
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND (s.setrole = 0 OR r.rolname = session_user)
    AND c.config ~ '^(statement_timeout|transaction_timeout|lock_timeout|idle_in_transaction_session_timeout|idle_session_timeout)='
    AND c.config !~ '=0'`);
