import { checkArm } from './arm-request';
import type { ArmRequest, ArmResult, AuthorityState } from './contract';
import { CutoverError, refusal } from './cutover-error';
import type { Databases } from './databases';
import { patiently } from './patience';
import { readSide, readArmedSide, type ArmedSide } from './side';
import { EVENT_TRIGGERS, installation, TIMELINE } from './sql';
import type { Tools } from './tools';
import { DatabaseProblem, identifier, type Session } from '../postgres';

/** How long one table's turn may wait for its writers, who queue behind it meanwhile. */
const TABLE_PATIENCE_MS = 100;
const TABLE_PAUSE_MS = 400;
const DEADLINE_MS = 240_000;
/** An advisory lock: of several that arm a side, one settles it at a time. */
const ARMING_LOCK = '1347241216, 3';
const OLDEST_VERSION = 130000;
/** A table that appears while others get their gate is found in the next round. */
const ROUNDS = 5;

/** What the arming needs to know of a server and of the login that it was given. */
export interface Server {
  readonly version: number;
  readonly login: string;
  readonly monitors: boolean;
  readonly terminates: boolean;
  readonly replicates: boolean;
  readonly ownsDatabase: boolean;
  readonly makesEventTriggers: boolean;
}

/**
 * Gives a side its schema, its row of authority, and a gate on every table; may be run again at any time.
 *
 * A gate that is there stays: `gates: false` takes none away.
 */
export async function arm(databases: Databases, request: ArmRequest, tools: Tools): Promise<ArmResult> {
  checkArm(request);
  try {
    const session = await databases.on(request.side);
    const server = await examine(session);
    checkServer(server);
    await checkRoles(session, request.appliers ?? []);
    const identity = await identityOf(session);
    const moved = await checkKnown(session, request, identity);
    if (moved) await checkOtherSide(databases, moved);
    const dismissed = await settle(session, request, server, identity);
    await tellNoMore(session, dismissed);
    const warnings = await tellAppliers(session, [server.login, ...request.appliers ?? []]);
    if (!server.ownsDatabase) warnings.push('discovery: the login does not own the database, so clients are not told which side is the writer by its default_transaction_read_only');
    const tables = await armTables(session, request, tools);
    const eventTrigger = request.gates !== false && server.makesEventTriggers;
    if (eventTrigger) await refuseDdl(session);
    else if (request.gates !== false) warnings.push('event trigger: the login may not create one, so DDL is not refused; a table that changes stops the transfer before anything is closed');
    const { state, attempt } = await readArmedSide(session, request.side);
    return { side: request.side, state, attempt, tables, eventTrigger, discovery: server.ownsDatabase, warnings };
  } catch (error) {
    throw refusal(error);
  }
}

async function examine(session: Session): Promise<Server> {
  return session.one<Server>(`
    SELECT current_setting('server_version_num')::integer AS version, session_user::text AS login,
      pg_has_role('pg_monitor', 'USAGE') AS monitors, pg_has_role('pg_signal_backend', 'USAGE') AS terminates,
      r.rolsuper OR r.rolreplication OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication' AND pg_has_role(oid, 'USAGE')) AS replicates,
      pg_has_role(d.datdba, 'USAGE') AS "ownsDatabase",
      r.rolsuper OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser' AND pg_has_role(oid, 'USAGE')) AS "makesEventTriggers"
    FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = session_user`);
}

/** Refuses a server or a login that the migration could not work with. */
export function checkServer(server: Server): void {
  if (server.version < OLDEST_VERSION) {
    throw new CutoverError('Refused', `PostgreSQL ${Math.floor(server.version / 10_000)} is too old`, 'the oldest that the gate is made for is 13');
  }
  const missing = [server.monitors || 'pg_monitor', server.terminates || 'pg_signal_backend'].filter((role) => role !== true);
  if (missing.length > 0) {
    throw new CutoverError('Refused', `the login ${server.login} is not a member of ${missing.join(' and ')}`, `GRANT ${missing.join(', ')} TO ${identifier(server.login)}`);
  }
  if (!server.replicates) {
    throw new CutoverError('Refused', `the login ${server.login} may not make replication slots`,
      `ALTER ROLE ${identifier(server.login)} REPLICATION; on RDS: GRANT rds_replication TO ${identifier(server.login)}`);
  }
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
async function checkKnown(session: Session, request: ArmRequest, identity: Identity): Promise<ArmedSide | undefined> {
  const known = await readSide(session);
  if (!known) return undefined;
  await readArmedSide(session, request.side);
  if (known.finished) throw new CutoverError('Refused', `the ${request.side} was sealed when the migration was finished`, 'release it first');
  const [{ system_identifier: system, timeline }] = await session.query<{ system_identifier: string | null; timeline: string | null }>(
    'SELECT system_identifier, timeline FROM payment_migration.authority');
  const same = (system ?? undefined) === identity.systemIdentifier && (timeline ?? undefined) === identity.timeline;
  if (!same && !request.acceptNewIdentity) {
    throw new CutoverError('FailoverDetected', `the ${request.side} is not the server that was armed, or is on another timeline`,
      'find out which server has every acknowledged payment; then arm it with acceptNewIdentity, the name of who made sure');
  }
  return same ? undefined : known;
}

/** Where the other side answers, it knows whether this server has missed something: a person may be wrong. */
async function checkOtherSide(databases: Databases, moved: ArmedSide): Promise<void> {
  if (moved.state !== 'open') return;
  const side = moved.side === 'source' ? 'target' : 'source';
  const other = await databases.on(side).then(readSide).catch(() => undefined);
  if (other?.side === side && (other.state === 'open' || other.attempt > moved.attempt)) {
    throw new CutoverError('Refused', `the ${side} is ${other.state}(${other.attempt}): this ${moved.side}, which is open(${moved.attempt}), has missed that`,
      'do not open it; it is an older copy');
  }
}

async function checkRoles(session: Session, appliers: readonly string[]): Promise<void> {
  const missing = await session.query<{ login: string }>('SELECT login FROM unnest($1::name[]) login WHERE login NOT IN (SELECT rolname FROM pg_roles)', [appliers]);
  if (missing.length > 0) {
    throw new CutoverError('Refused', `appliers: ${missing.map(({ login }) => login).join(', ')} does not exist`, 'create the login first, or correct its name');
  }
}

/**
 * Our schema and the row of authority: made once, with the fence as it says; later only what was asked for anew. Returns logins that apply
 * no more.
 *
 * Whatever speaks against it is found before the transaction ends, so that nothing is claimed that does not hold.
 */
async function settle(session: Session, request: ArmRequest, server: Server, identity: Identity): Promise<string[]> {
  const { side, fence } = request;
  const kind = fence?.kind ?? 'triggers';
  const state: AuthorityState = side === 'source' ? 'open' : 'standby';
  const known = [server.ownsDatabase, identity.systemIdentifier, identity.timeline, request.acceptNewIdentity];
  const settings = [kind, fence?.writers ?? [], request.ignoredSchemas ?? [], ...known];
  const dismissed = await session.transaction(async () => {
    await session.query(`SELECT pg_advisory_xact_lock(${ARMING_LOCK})`);
    await session.query(installation(identity.timeline));
    await session.query(`
      INSERT INTO payment_migration.authority
        (side, state, attempt, fence, writers, ignored_schemas, discovery, system_identifier, timeline, identity_accepted_by)
      VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (only_one) DO UPDATE SET fence = excluded.fence, writers = excluded.writers, ignored_schemas = excluded.ignored_schemas,
        discovery = excluded.discovery, system_identifier = excluded.system_identifier, timeline = excluded.timeline,
        identity_accepted_by = coalesce(excluded.identity_accepted_by, payment_migration.authority.identity_accepted_by)`, [side, state, ...settings]);
    const removed = await admit(session, request.appliers ?? []);
    await checkOwner(session, server);
    if (kind === 'roles') await checkFence(session);
    // Closed with the row: a fence of roles has no gate that is closed from the beginning.
    await session.query(`SELECT payment_migration.keep_out(r), payment_migration.tell_clients(r, false)
      FROM payment_migration.locked_row() r WHERE r.state <> 'open'`);
    return removed;
  });
  const { state: now, attempt } = await readArmedSide(session, side);
  // A gate that a crash forgot opens here too, but never that of a side which has no authority.
  if (now === 'open') await session.query('SELECT payment_migration.open_gate($1)', [attempt]);
  else if (kind === 'roles') await session.query('SELECT payment_migration.terminate_clients()');
  return dismissed;
}

/** Logins that apply changes pass the gate. Returns those that were to do so before. */
async function admit(session: Session, appliers: readonly string[]): Promise<string[]> {
  const removed = await session.query<{ login: string }>('DELETE FROM payment_migration.applier WHERE NOT own AND login <> ALL ($1::name[]) RETURNING login', [appliers]);
  await session.query(`
    INSERT INTO payment_migration.applier (login, own) VALUES (session_user, true) ON CONFLICT (login) DO UPDATE SET own = true`);
  // While appliers are shut out, a new one is too.
  await session.query(`INSERT INTO payment_migration.applier (login, admitted)
    SELECT login, NOT EXISTS (SELECT FROM payment_migration.applier WHERE NOT admitted) FROM unnest($1::name[]) login ON CONFLICT (login) DO NOTHING`, [appliers]);
  return removed.map(({ login }) => login);
}

/** Only an owner gives a table its gate, or takes rights away. */
async function checkOwner(session: Session, server: Server): Promise<void> {
  const foreign = await session.query<{ name: string; owner: string }>(`
    SELECT t.name, pg_get_userbyid(c.relowner) AS owner FROM payment_migration.tables() t JOIN pg_class c ON c.oid = t.relid
    WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1`);
  if (foreign.length === 0) return;
  const owners = [...new Set(foreign.map(({ owner }) => identifier(owner)))].join(', ');
  throw new CutoverError('Refused', `permission denied: the login ${server.login} does not own ${foreign.slice(0, 5).map(({ name }) => name).join(', ')}${foreign.length > 5 ? ` and ${foreign.length - 5} more` : ''}`,
    `GRANT ${owners} TO ${identifier(server.login)}`);
}

async function checkFence(session: Session): Promise<void> {
  const { problems } = await session.one<{ problems: string[] }>('SELECT payment_migration.fence_problems(a) AS problems FROM payment_migration.authority a');
  if (problems.length > 0) {
    throw new CutoverError('Refused', `the fence of roles would leak: ${problems.slice(0, 5).join(', ')}`, 'mend what is named; who else writes belongs among the writers');
  }
}

/** Logins that apply changes are not told that the database is read-only. */
async function tellAppliers(session: Session, logins: readonly string[]): Promise<string[]> {
  const { database } = await session.one<{ database: string }>('SELECT current_database() AS database');
  const warnings: string[] = [];
  for (const login of new Set(logins)) {
    await session.query(`ALTER ROLE ${identifier(login)} IN DATABASE ${identifier(database)} SET default_transaction_read_only = off`).catch((error: unknown) => {
      if (!(error instanceof DatabaseProblem) || error.problem !== 'permission-denied') throw error;
      warnings.push(`applier ${login}: have its default_transaction_read_only set to off in this database; this login may not do it`);
    });
  }
  return warnings;
}

/** Takes back what `tellAppliers` set, where it stands and where this login may. */
export async function tellNoMore(session: Session, logins: readonly string[]): Promise<void> {
  const told = await session.query<{ login: string; database: string }>(`
    SELECT r.rolname AS login, d.datname AS database
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database() AND r.rolname = ANY ($1::name[]) AND 'default_transaction_read_only=off' = ANY (s.setconfig)`, [logins]);
  for (const { login, database } of told) {
    await session.query(`ALTER ROLE ${identifier(login)} IN DATABASE ${identifier(database)} RESET default_transaction_read_only`).catch((error: unknown) => {
      if (!(error instanceof DatabaseProblem) || !['permission-denied', 'object-missing'].includes(error.problem)) throw error;
    });
  }
}

async function armTables(session: Session, request: ArmRequest, tools: Tools): Promise<number> {
  const deadline = tools.now() + DEADLINE_MS;
  const gates = request.gates ?? true;
  for (let round = 0; round < ROUNDS; round++) {
    if (request.fence?.kind !== 'roles') {
      const unarmed = await session.query<{ relid: string; name: string }>(
        'SELECT relid::text, name FROM payment_migration.tables() WHERE NOT guarded OR NOT gated AND $1 ORDER BY name', [gates]);
      for (const { relid, name } of unarmed) {
        await patiently(async () => session.transaction(async () => {
          await session.query(`SET LOCAL lock_timeout = ${TABLE_PATIENCE_MS}`);
          await session.query('SELECT payment_migration.arm_table($1, $2)', [relid, gates]);
        }), { what: `a gate on ${name}`, deadline, pauseMs: TABLE_PAUSE_MS, tools });
      }
    }
    if (!gates) return (await session.one<{ tables: number }>('SELECT count(*)::integer AS tables FROM payment_migration.tables()')).tables;
    const tables = await remember(session);
    if (tables !== undefined) return tables;
  }
  throw new CutoverError('Refused', `new tables keep appearing on the ${request.side}`, 'stop what creates them and arm again');
}

/** What the tables are like now; undefined while one of them has no gate. */
async function remember(session: Session): Promise<number | undefined> {
  return session.transaction(async () => {
    await session.query(`SELECT pg_advisory_xact_lock(${ARMING_LOCK})`);
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
