import { AssessmentStandIn } from './support/assessment-stand-in';
import { LOGIN, of, Preflighted, told } from './support/preflighted';
import { PremigrationAssessment } from '../../src/preflight/assessment';
import { CHECKS } from '../../src/preflight/checks';
import { TOOLS } from '../../src/preflight/tools';

const DDL = `
  CREATE TABLE payment (id bigint PRIMARY KEY, amount numeric);
  CREATE TABLE log (at timestamptz)`;

let pair: Preflighted;
let name: string;
beforeAll(async () => {
  pair = await Preflighted.create();
  name = await pair.database({ ddl: DDL });
});
afterAll(async () => pair?.remove());

test('findings are counted and sorted, and say all that a person needs', async () => {
  const result = await pair.ask(name);
  expect(result.blockers).toBe(result.findings.filter(({ severity }) => severity === 'blocker').length);
  expect(result.warnings).toBe(result.findings.filter(({ severity }) => severity === 'warning').length);
  expect(result.findings.map(({ severity }) => severity)).toEqual(result.findings.map(({ severity }) => severity).sort((a, b) => 'bwi'.indexOf(a[0]) - 'bwi'.indexOf(b[0])));
  expect(of(result, 'numeric-unbounded')).toEqual([{
    id: 'numeric-unbounded', severity: 'blocker', side: 'source', object: 'public.payment.amount', what: 'its type is numeric', why: expect.any(String), remedy: expect.any(String),
  }]);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

test('what somebody has judged is told as a warning, with who and why', async () => {
  const accept = [{ id: 'numeric-unbounded', object: 'public.payment.amount', because: 'whole numbers only, says the ledger team' }];
  const before = await pair.ask(name);
  const after = await pair.ask(name, { accept });
  expect([after.blockers, after.warnings]).toEqual([before.blockers - 1, before.warnings + 1]);
  expect(of(after, 'numeric-unbounded')[0]).toMatchObject({ severity: 'warning', what: 'its type is numeric (accepted: whole numbers only, says the ledger team)' });
  const elsewhere = await pair.ask(name, { accept: [{ ...accept[0], object: 'public.other.amount' }] });
  expect(elsewhere.blockers).toBe(before.blockers);
});

test('many of a kind are told as far as a person reads', async () => {
  const many = await pair.database({ ddl: 'CREATE TABLE many (id bigint PRIMARY KEY, a numeric, b numeric, c numeric, d numeric)' });
  const result = await pair.ask(many, { maxPerFinding: 2 });
  expect(of(result, 'numeric-unbounded').map(({ object }) => object)).toEqual(['public.many.a', 'public.many.b', '2 more']);
  expect(result.blockers).toBe(4);
});

test('it may be asked twice, and changes nothing', async () => {
  const state = async () => {
    const admin = await pair.admin('source', name);
    return (await admin.query("SELECT n_tup_ins, n_tup_upd, (SELECT count(*) FROM pg_class) AS objects FROM pg_stat_user_tables WHERE relname = 'payment'")).rows;
  };
  const before = await state();
  const [first, second] = [await pair.ask(name), await pair.ask(name)];
  expect(told(second)).toEqual(told(first));
  expect(await state()).toEqual(before);
});

test('it waits for nobody who holds a table for themselves, and its sessions cannot write', async () => {
  const admin = await pair.admin('source', name);
  await admin.query('BEGIN; LOCK TABLE payment IN ACCESS EXCLUSIVE MODE');
  const result = await pair.ask(name, { statementTimeoutMs: 5_000 });
  await admin.query('ROLLBACK');
  expect(result.seconds).toBeLessThan(10);
  expect(of(result, 'values-not-all-read').map(({ object, what }) => [object, what])).toEqual([['public.payment', 'nothing of it was read']]);
  // What takes a lock on a table because it asks about its name is told as not made, not waited for.
  expect(result.findings.filter(({ id }) => id === 'check-failed').every(({ what }) => what.includes('lock'))).toBe(true);
});

test('it takes no lock but ACCESS SHARE', async () => {
  const admin = await pair.admin('source', name);
  const big = await pair.database({ source: `CREATE TABLE big (id bigint PRIMARY KEY, body jsonb); GRANT SELECT ON big TO ${LOGIN}; INSERT INTO big SELECT i, jsonb_build_array(repeat(md5(i::text), 300)) FROM generate_series(1, 20000) i` });
  const seen = new Set<string>();
  let over = false;
  const asking = pair.ask(big).finally(() => { over = true; });
  while (!over) {
    const { rows } = await admin.query<{ mode: string }>("SELECT DISTINCT mode FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE locktype = 'relation' AND application_name = 'payment-migration preflight'");
    rows.forEach(({ mode }) => seen.add(mode));
  }
  await asking;
  expect([...seen]).toEqual(['AccessShareLock']);
});

test('when the time is over, what was not asked is named', async () => {
  let now = 0;
  const result = await pair.ask(name, { budgetMs: 50_000 }, { tools: { now: () => now += 1_000 } });
  const notRun = of(result, 'checks-not-run');
  expect(notRun.map(({ severity }) => severity)).toEqual(['blocker', 'blocker']);
  expect(notRun[0].what).toMatch(/^\d+ checks were not run, since the time was over: /);
  expect(notRun[0].what).toContain('values');
  expect(result.checks).toBeGreaterThan(0);
});

test('a server that restarts in between is asked again', async () => {
  let reads = 0;
  const fresh = await Preflighted.create();
  const there = await fresh.database({ ddl: DDL });
  const baseline = told(await fresh.ask(there));
  const tools = { now: () => { if (++reads === 40) void fresh.servers.source.restart(); return performance.now(); } };
  const result = await fresh.ask(there, {}, { tools });
  // Each check either went well or is told: none is lost in between.
  const failed = of(result, 'check-failed');
  expect(told(result, 'check-failed')).toEqual(expect.arrayContaining(failed.length === 0 ? baseline : []));
  expect(result.checks + failed.length + of(result, 'checks-not-run').length).toBeGreaterThanOrEqual(CHECKS.flatMap(({ sides }) => sides).length - 2);
  await fresh.remove();
});

test('DMS is asked meanwhile, and what it finds stands among the rest', async () => {
  const dms = new AssessmentStandIn();
  dms.results = { 'postgres-check-wal-level': 'failed' };
  dms.takesMs = 0;
  const assessor = new PremigrationAssessment(dms.client(), { taskArn: 'arn:task', serviceAccessRoleArn: 'arn:role', bucket: 'results' }, TOOLS);
  const without = await pair.ask(name);
  const result = await pair.ask(name, {}, { assessor });
  expect(of(result, 'dms-assessment-failed').map(({ object, side }) => [object, side])).toEqual([['postgres-check-wal-level', undefined]]);
  expect(result.blockers).toBe(without.blockers + 1);
  expect(result.assessmentRunArn).toBe(dms.started[0].arn);
});

test.each([
  [{ profile: 'other' as never }, 'profile: got "other", allowed: dms, native'],
  [{ stage: 'later' as never }, 'stage: got "later"'],
  [{ schemas: [] }, 'schemas: got []'],
  [{ accept: [{ id: 'x', because: ' ' }] }, 'accept: got {"id":"x","because":" "}'],
  [{ statementTimeoutMs: 0 }, 'statementTimeoutMs: got 0, allowed: a whole number from 1'],
  [{ sequenceGap: 1.5 }, 'sequenceGap: got 1.5'],
])('%j is refused', async (request, message) => {
  await expect(pair.ask(name, request)).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining(message) });
});

test('the migration\'s own tables and those of DMS are not looked at', async () => {
  const ours = await pair.database({
    ddl: `CREATE SCHEMA payment_migration; CREATE TABLE payment_migration.t (n numeric); CREATE SCHEMA awsdms_control;
    CREATE TABLE awsdms_control.t (n numeric); CREATE TABLE awsdms_ddl_audit (n numeric)`,
  });
  expect((await pair.ask(ours)).findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('a name that needs quotes is quoted', async () => {
  const odd = await pair.database({ ddl: 'CREATE SCHEMA "o\'d.d"; CREATE TABLE "o\'d.d"."Ta""ble" (id bigint PRIMARY KEY, "no\'te.s" text, "when" timestamptz)', source: 'INSERT INTO "o\'d.d"."Ta""ble" VALUES (1, \'abc\', \'infinity\')' });
  const result = await pair.ask(odd);
  expect(of(result, 'check-failed')).toEqual([]);
  expect(of(result, 'timestamp-infinite').map(({ object }) => object)).toEqual(['"o\'d.d"."Ta""ble"."when"']);
  expect(of(await pair.ask(odd, { schemas: ["o'd.d"] }), 'lob-sizes').map(({ object }) => object)).toEqual(['"o\'d.d"."Ta""ble"."no\'te.s"']);
});

test('every finding has an id of its own', () => {
  const ids = CHECKS.flatMap(({ kinds }) => kinds.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
});
