import { LOGIN, of, OWNER, Preflighted, told } from './support/preflighted';

let pair: Preflighted;
beforeAll(async () => { pair = await Preflighted.create(); });
afterAll(async () => pair?.remove());

const IDS = ['subscription-writes-here', 'other-replication-slot', 'other-publication', 'replication-origin', 'replication-extension'];

test('who else replicates is found, and what is ours is not', async () => {
  const name = await pair.database({ ddl: 'CREATE TABLE payment (id bigint PRIMARY KEY)' });
  const admin = await pair.admin('source', name);
  await admin.query(`
    CREATE SUBSCRIPTION theirs CONNECTION 'host=nowhere.example.com' PUBLICATION p WITH (connect = false);
    CREATE SUBSCRIPTION payment_migration_to_target CONNECTION 'host=nowhere.example.com' PUBLICATION p WITH (connect = false);
    SELECT pg_replication_origin_create('pgl_abandoned'); CREATE PUBLICATION feed FOR TABLE payment; CREATE PUBLICATION payment_migration FOR TABLE payment`);
  await admin.query("SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')");
  await admin.query("SELECT pg_create_logical_replication_slot('payment_migration_a1', 'pgoutput')");
  const elsewhere = await pair.admin('source', 'postgres');
  await elsewhere.query("SELECT pg_create_logical_replication_slot('of_another_database', 'pgoutput')");
  const result = await pair.ask(name);
  expect(told(result).filter((line) => IDS.some((id) => line.includes(` ${id} `)))).toEqual([
    'blocker subscription-writes-here (source): theirs', 'warning other-replication-slot (source): debezium',
    'warning other-publication (source): feed', 'warning replication-origin (source): pgl_abandoned',
  ]);
  expect(of(result, 'other-replication-slot')[0].what).toMatch(/^a logical slot of pgoutput, not in use, which holds back \d+ \w+$/);
  await admin.query('ALTER SUBSCRIPTION theirs SET (slot_name = NONE); DROP SUBSCRIPTION theirs');
  await admin.query('ALTER SUBSCRIPTION payment_migration_to_target SET (slot_name = NONE); DROP SUBSCRIPTION payment_migration_to_target');
  for (const slot of ['debezium', 'payment_migration_a1', 'of_another_database']) await admin.query('SELECT pg_drop_replication_slot($1)', [slot]);
  await admin.query("SELECT pg_replication_origin_drop('pgl_abandoned')");
});

test('a transaction is long when it is older than was said, whatever it does', async () => {
  const name = await pair.database();
  const client = await pair.servers.target.connect('postgres', { user: 'payments_app', password: 'payments_app' });
  await client.query('BEGIN; SELECT 1');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(of(await pair.ask(name, { longTransactionMs: 50 }), 'long-transaction').map(({ side, what, severity }) => [side, severity, what.replace(/\d+ s/, 'N s')])).toEqual([
    ['target', 'blocker', 'payments_app in postgres, open for N s, idle in transaction'],
  ]);
  expect(of(await pair.ask(name), 'long-transaction')).toEqual([]);
  await client.end();
});

test('extensions that the target has not, or has otherwise', async () => {
  const name = await pair.database({ source: 'CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm', target: "CREATE EXTENSION hstore VERSION '1.4'; CREATE EXTENSION pg_trgm" });
  const ids = (lines: string[]) => lines.filter((line) => line.includes('extension-'));
  expect(ids(told(await pair.ask(name)))).toEqual(['blocker extension-missing (target): citext', 'warning extension-version-differs (target): hstore']);
  // Before the schema is copied it need only be there to be created.
  expect(ids(told(await pair.ask(name, { stage: 'before-schema' })))).toEqual(['warning extension-version-differs (target): hstore']);
});

test('collations whose library has changed since', async () => {
  const name = await pair.database({ ddl: "CREATE COLLATION german (provider = icu, locale = 'de'); CREATE TABLE t (id bigint PRIMARY KEY, name varchar(9) COLLATE german)" });
  expect(of(await pair.ask(name), 'collation-version-stale')).toEqual([]);
  await (await pair.admin('source', name)).query("UPDATE pg_collation SET collversion = '1' WHERE collname = 'german'");
  expect(of(await pair.ask(name), 'collation-version-stale').map(({ object, side }) => [side, object])).toEqual([['source', 'public.german']]);
});

/**
 * pg_cron and pg_partman are not among the servers' extensions. These have their names and their tables as documented, made as an extension:
 * what is tried is that jobs are found by the extension that they belong to.
 */
test('jobs of this database that are active', async () => {
  const name = await pair.database();
  const admin = await pair.admin('source', name);
  await admin.query(`CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint, schedule text, database text, username text, active boolean);
    INSERT INTO cron.job VALUES (1, '* * * * *', current_database(), 'payments_app', true), (2, '* * * * *', current_database(), 'payments_app', false), (3, '* * * * *', 'other', 'x', true);
    CREATE SCHEMA partman; CREATE TABLE partman.part_config (parent_table text, partition_interval text, automatic_maintenance text);
    INSERT INTO partman.part_config VALUES ('public.payment', '1 day', 'on'), ('public.log', '1 day', 'off')`);
  const ids = ['cron-job', 'partition-maintenance', 'scheduler-extension'];
  expect((await pair.ask(name)).findings.filter(({ id }) => ids.includes(id))).toEqual([]);
  await admin.query(`GRANT USAGE ON SCHEMA cron, partman TO ${LOGIN}; GRANT SELECT ON cron.job, partman.part_config TO ${LOGIN}`);
  const oid = async (extension: string) => (await admin.query<{ oid: number }>(`
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT max(oid::int8) + 1, $1, 10, 11, false, '1' FROM pg_extension RETURNING oid::int`, [extension])).rows[0].oid;
  for (const [extension, table] of [['pg_cron', 'cron.job'], ['pg_partman', 'partman.part_config']]) {
    await admin.query("INSERT INTO pg_depend VALUES ('pg_class'::regclass, $1::regclass, 0, 'pg_extension'::regclass, $2, 0, 'e')", [table, await oid(extension)]);
  }
  await oid('pgagent');
  await oid('pglogical');
  const result = await pair.ask(name);
  expect(told(result).filter((line) => ids.some((id) => line.includes(id)))).toEqual([
    'blocker cron-job (source): job 1', 'blocker partition-maintenance (source): public.payment', 'warning scheduler-extension (source): pgagent',
  ]);
  expect(of(result, 'replication-extension').map(({ object }) => object)).toEqual(['pglogical']);
  await admin.query(`REVOKE SELECT ON cron.job FROM ${LOGIN}`);
  expect(of(await pair.ask(name), 'check-failed').map(({ object, severity }) => [object, severity])).toEqual([['cron-job', 'blocker']]);
});

test('storage that is too small, or that nobody knows', async () => {
  const name = await pair.database({ source: `CREATE TABLE t (id bigint PRIMARY KEY, v varchar(99)); ALTER TABLE t OWNER TO ${OWNER}; INSERT INTO t SELECT i, 'x' FROM generate_series(1, 50000) i; ANALYZE t` });
  const ids = (lines: string[]) => lines.filter((line) => line.includes('storage'));
  expect(ids(told(await pair.ask(name)))).toEqual([`info free-storage-not-known (target): ${name}`]);
  expect(ids(told(await pair.ask(name, { targetFreeBytes: 1_000_000 })))).toEqual([`blocker target-storage-small (target): ${name}`]);
  const result = await pair.ask(name, { targetFreeBytes: 1_000_000_000 });
  expect(ids(told(result))).toEqual([]);
  expect(of(result, 'load-estimate')[0].what).toMatch(/^1 tables, about 50000 rows, \d\.\d MiB with indexes; a sample of public\.t was read with \d+\.\d MiB a second, with which reading all takes \d+ s and a load longer$/);
});
