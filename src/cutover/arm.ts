import type { ArmRequest, ArmResult, AuthorityState } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { EVENT_TRIGGERS, installation, TIMELINE } from './sql';
import { readSide, readArmedSide } from './side';
import { patiently } from './patience';
import type { Tools } from './tools';
import { DatabaseProblem, identifier, type Session } from '../postgres';

/** How long one table's turn may wait for its writers, who queue behind it meanwhile. */
const TABLE_PATIENCE_MS = 100;
const TABLE_PAUSE_MS = 400;
const DEADLINE_MS = 240_000;
const OLDEST_VERSION = 130000;
/** A table that appears while others get their gate is found in the next round. */
const ROUNDS = 5;

interface Server {
  readonly version: number;
  readonly login: string;
  readonly monitors: boolean;
  readonly terminates: boolean;
  readonly ownsDatabase: boolean;
  readonly makesEventTriggers: boolean;
}

/** Gives a side its schema, its row of authority, and a gate on every table; may be run again at any time. */
export async function arm(databases: Databases, request: ArmRequest, tools: Tools): Promise<ArmResult> {
  try {
    const session = await databases.on(request.side);
    const server = await examine(session);
    const warnings: string[] = [];
    const identity = await identityOf(session);
    await checkKnown(session, request, identity);
    await install(session, identity.timeline);
    await settle(session, request, server, identity);
    warnings.push(...await admit(session, server, request.appliers ?? []));
    if (!server.ownsDatabase) warnings.push('discovery: the login does not own the database, so clients are not told which side is the writer by its default_transaction_read_only');
    const tables = await armTables(session, request, tools);
    const eventTrigger = server.makesEventTriggers;
    if (eventTrigger) await refuseDdl(session);
    else warnings.push('event trigger: the login may not create one, so DDL is not refused; a table that changes stops the transfer before anything is closed');
    const { state, attempt } = await readArmedSide(session, request.side);
    return { side: request.side, state, attempt, tables, eventTrigger, discovery: server.ownsDatabase, warnings };
  } catch (error) {
    throw refusal(error);
  }
}

async function examine(session: Session): Promise<Server> {
  const server = await session.one<Server>(`
    SELECT current_setting('server_version_num')::integer AS version, session_user::text AS login,
      pg_has_role('pg_monitor', 'USAGE') AS monitors, pg_has_role('pg_signal_backend', 'USAGE') AS terminates,
      pg_has_role(d.datdba, 'USAGE') AS "ownsDatabase",
      r.rolsuper OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser' AND pg_has_role(oid, 'USAGE')) AS "makesEventTriggers"
    FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = session_user`);
  if (server.version < OLDEST_VERSION) {
    throw new CutoverError('Refused', `PostgreSQL ${Math.floor(server.version / 10_000)} is too old`, 'the oldest that the gate is made for is 13');
  }
  const missing = [server.monitors || 'pg_monitor', server.terminates || 'pg_signal_backend'].filter((role) => role !== true);
  if (missing.length > 0) {
    throw new CutoverError('Refused', `the login ${server.login} is not a member of ${missing.join(' and ')}`, `GRANT ${missing.join(', ')} TO ${identifier(server.login)}`);
  }
  return server;
}

interface Identity {
  readonly systemIdentifier?: string;
  readonly timeline?: string;
}

/** Aurora and other relatives of PostgreSQL may not tell: their standbys share the storage, so there is no older copy either. */
async function identityOf(session: Session): Promise<Identity> {
  const ask = async (expression: string) => session.query<{ value: string }>(`SELECT ${expression} AS value`).then(([row]) => row.value, (error: unknown) => {
    if (error instanceof DatabaseProblem && ['connection-lost', 'answer-lost'].includes(error.problem)) throw error;
    return undefined;
  });
  return { systemIdentifier: await ask('(SELECT system_identifier::text FROM pg_control_system())'), timeline: await ask(TIMELINE) };
}

/** Before anything is replaced: a new gate function on another server would open a gate that its old one keeps closed. */
async function checkKnown(session: Session, request: ArmRequest, identity: Identity): Promise<void> {
  const known = await readSide(session);
  if (!known) return;
  await readArmedSide(session, request.side);
  if (known.finished) throw new CutoverError('Refused', `the ${request.side} was sealed when the migration was finished`, 'release it first');
  const [{ system_identifier: system, timeline }] = await session.query<{ system_identifier: string | null; timeline: string | null }>(
    'SELECT system_identifier, timeline FROM payment_migration.authority');
  const same = (system ?? undefined) === identity.systemIdentifier && (timeline ?? undefined) === identity.timeline;
  if (!same && !request.acceptNewIdentity) {
    throw new CutoverError('FailoverDetected', `the ${request.side} is not the server that was armed, or is on another timeline`,
      'find out which server has every acknowledged payment; then arm it with acceptNewIdentity, the name of who made sure');
  }
}

async function install(session: Session, timeline?: string): Promise<void> {
  await session.transaction(async () => { await session.query(installation(timeline)); });
}

/** The row of authority: made once, with the gate as it says; later only what was asked for anew. */
async function settle(session: Session, request: ArmRequest, server: Server, identity: Identity): Promise<void> {
  const { side, fence } = request;
  const state: AuthorityState = side === 'source' ? 'open' : 'standby';
  const settings = [fence?.kind ?? 'triggers', fence?.writers ?? [], request.ignoredSchemas ?? [], server.ownsDatabase, identity.systemIdentifier, identity.timeline];
  if (fence?.writers?.includes(server.login)) throw new CutoverError('Refused', `the migration's own login ${server.login} is among the writers`, 'leave it out');
  await session.transaction(async () => {
    await session.query(`
      INSERT INTO payment_migration.authority (side, state, attempt, fence, writers, ignored_schemas, discovery, system_identifier, timeline)
      VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8)
      ON CONFLICT (only_one) DO UPDATE SET fence = excluded.fence, writers = excluded.writers, ignored_schemas = excluded.ignored_schemas,
        discovery = excluded.discovery, system_identifier = excluded.system_identifier, timeline = excluded.timeline`, [side, state, ...settings]);
    await session.query(`
      INSERT INTO payment_migration.applier (login, own) VALUES (session_user, true) ON CONFLICT (login) DO UPDATE SET own = true, admitted = true`);
  });
  const { state: now, attempt } = await readArmedSide(session, side);
  await session.transaction(async () => {
    // A gate that a crash forgot opens here too, but never that of a side which has no authority.
    if (now === 'open') await session.query('SELECT payment_migration.open_gate($1)', [attempt]);
    else await session.query('SELECT payment_migration.keep_out(r), payment_migration.tell_clients(r, false) FROM payment_migration.locked_row() r');
  });
}

/** Logins that apply changes pass the gate, and are not told that the database is read-only. */
async function admit(session: Session, server: Server, appliers: readonly string[]): Promise<string[]> {
  await session.transaction(async () => {
    await session.query('DELETE FROM payment_migration.applier WHERE NOT own AND login <> ALL ($1::name[])', [appliers]);
    await session.query('INSERT INTO payment_migration.applier (login) SELECT unnest($1::name[]) ON CONFLICT (login) DO NOTHING', [appliers]);
  });
  const { database } = await session.one<{ database: string }>('SELECT current_database() AS database');
  const warnings: string[] = [];
  for (const login of new Set([server.login, ...appliers])) {
    await session.query(`ALTER ROLE ${identifier(login)} IN DATABASE ${identifier(database)} SET default_transaction_read_only = off`).catch((error: unknown) => {
      if (!(error instanceof DatabaseProblem) || error.problem !== 'permission-denied') throw error;
      warnings.push(`applier ${login}: have its default_transaction_read_only set to off in this database; this login may not do it`);
    });
  }
  return warnings;
}

async function armTables(session: Session, request: ArmRequest, tools: Tools): Promise<number> {
  const deadline = tools.now() + DEADLINE_MS;
  for (let round = 0; round < ROUNDS; round++) {
    if (request.fence?.kind !== 'roles') {
      const ungated = await session.query<{ relid: string; name: string }>('SELECT relid::text, name FROM payment_migration.tables() WHERE NOT gated ORDER BY name');
      for (const { relid, name } of ungated) {
        await patiently(async () => session.transaction(async () => {
          await session.query(`SET LOCAL lock_timeout = ${TABLE_PATIENCE_MS}`);
          await session.query('SELECT payment_migration.arm_table($1)', [relid]);
        }), { what: `a gate on ${name}`, deadline, pauseMs: TABLE_PAUSE_MS, tools });
      }
    }
    const tables = await remember(session);
    if (tables !== undefined) return tables;
  }
  throw new CutoverError('Refused', `new tables keep appearing on the ${request.side}`, 'stop what creates them and arm again');
}

/** What the tables are like now; undefined while one of them has no gate. */
async function remember(session: Session): Promise<number | undefined> {
  return session.transaction(async () => {
    await session.query('DELETE FROM payment_migration.armed_table');
    await session.query('INSERT INTO payment_migration.armed_table SELECT relid, name, fingerprint FROM payment_migration.tables()');
    const { problems, tables } = await session.one<{ problems: string[]; tables: number }>(`
      SELECT payment_migration.table_problems(a) AS problems, (SELECT count(*)::integer FROM payment_migration.armed_table) AS tables
      FROM payment_migration.authority a`);
    return problems.length === 0 ? tables : undefined;
  });
}

async function refuseDdl(session: Session): Promise<void> {
  for (const { name, create, always } of EVENT_TRIGGERS) {
    await session.transaction(async () => {
      const [known] = await session.query('SELECT 1 FROM pg_event_trigger WHERE evtname = $1', [name]);
      if (!known) await session.query(create);
      await session.query(always);
    });
  }
}

/** The event triggers go first: nobody but the migration could take them or the gates away otherwise. */
export async function allowDdl(session: Session): Promise<void> {
  for (const { name } of EVENT_TRIGGERS) await session.query(`DROP EVENT TRIGGER IF EXISTS ${identifier(name)}`);
}
