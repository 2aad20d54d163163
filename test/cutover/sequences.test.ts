import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import type { Client } from 'pg';
import { problemOf } from './support/outcome';
import type { Side } from '../../src/cutover/contract';
import type { Databases } from '../../src/cutover/databases';
import { MIGRATION, OWNER, Pair, SIDES } from '../support/pair';

const GAP = 1_000;

let pair: Pair;
let databases: Databases;
let admins: Record<Side, Client>;

beforeAll(async () => {
  pair = await Pair.create({ ddl: 'CREATE SCHEMA cases' });
  await Promise.all(SIDES.map(async (side) => pair.arm(side)));
  databases = pair.databases();
  admins = { source: await pair.admin('source'), target: await pair.admin('target') };
  await both(`SET default_transaction_read_only = off; SET ROLE ${OWNER}; SET search_path = cases`);
});

beforeEach(async () => {
  await both('DROP SCHEMA IF EXISTS cases CASCADE; CREATE SCHEMA cases');
});

afterAll(async () => {
  await pair?.remove();
});

interface Sequence {
  readonly schema: string;
  readonly name: string;
  readonly called: boolean;
}

const both = async (text: string) => { for (const side of SIDES) await admins[side].query(text); };
const sequencesOf = async (side: Side) => (await (await databases.on(side)).one<{ all: Sequence[] }>('SELECT payment_migration.sequences() AS "all"')).all;
const set = async (side: Side, sequences: readonly Sequence[], gap = GAP, attempt?: number) =>
  (await databases.on(side)).query('SELECT payment_migration.set_sequences($1, $2, $3)', [JSON.stringify(sequences), gap, attempt]);
const plan = async (sequences: readonly Sequence[], gap = GAP) => (await databases.on('target')).query<{ value: string | null; problem: string | null }>(
  'SELECT value, problem FROM payment_migration.plan_sequences($1, $2)', [JSON.stringify(sequences), gap]);
const carry = async (gap = GAP) => set('target', await sequencesOf('source'), gap);
const next = async (side: Side, name = 's') => BigInt((await admins[side].query<{ n: string }>('SELECT nextval($1) AS n', [name])).rows[0].n);
/** Gives authority to a side as far as its sequences are concerned. */
const settle = async (giver: Side) => {
  for (const side of SIDES) await admins[side].query(`RESET ROLE; UPDATE payment_migration.authority SET state = '${side === giver ? 'open' : 'standby'}'; SET ROLE ${OWNER}`);
};

interface Case {
  readonly what: string;
  /** On both sides. */
  readonly ddl: string;
  /** On the giver. */
  readonly use?: string;
  /** On the taker, before. */
  readonly there?: string;
  readonly gap?: number;
  /** What the taker hands out first. */
  readonly next: number | bigint;
}

const times = (count: number, name = 's') => `SELECT nextval('${name}') FROM generate_series(1, ${count})`;

test.each<Case>([
  { what: 'increment 1', ddl: 'CREATE SEQUENCE s', use: times(5), next: 1006 },
  { what: 'increment 10', ddl: 'CREATE SEQUENCE s INCREMENT 10', use: times(3), next: 21 + 1000 + 10 },
  { what: 'increment -1', ddl: 'CREATE SEQUENCE s INCREMENT -1', use: times(3), next: -1004 },
  { what: 'increment -7, which the gap is no multiple of', ddl: 'CREATE SEQUENCE s INCREMENT -7', use: times(3), next: -15 - 143 * 7 - 7 },
  { what: 'an increment beyond the gap', ddl: 'CREATE SEQUENCE s INCREMENT 50000', use: times(2), next: 50_001 + 100_000 },
  { what: 'called once', ddl: 'CREATE SEQUENCE s', use: times(1), next: 1002 },
  { what: 'never called', ddl: 'CREATE SEQUENCE s START 42', next: 42 },
  { what: 'never called, downwards', ddl: 'CREATE SEQUENCE s INCREMENT -1', next: -1 },
  { what: 'put somewhere and never called since', ddl: 'CREATE SEQUENCE s', use: "SELECT setval('s', 500, false)", next: 500 },
  { what: 'put somewhere as called', ddl: 'CREATE SEQUENCE s', use: "SELECT setval('s', 500)", next: 1501 },
  { what: 'never called here, but there', ddl: 'CREATE SEQUENCE s', there: times(3), next: 4 },
  { what: 'the taker further', ddl: 'CREATE SEQUENCE s', use: times(5), there: "SELECT setval('s', 9000)", next: 9001 },
  { what: 'the taker further and not called since', ddl: 'CREATE SEQUENCE s', use: times(5), there: "SELECT setval('s', 9000, false)", next: 9000 },
  { what: 'the taker further, downwards', ddl: 'CREATE SEQUENCE s INCREMENT -1', use: times(5), there: "SELECT setval('s', -9000)", next: -9001 },
  { what: 'the taker ahead, but by less than the gap', ddl: 'CREATE SEQUENCE s', use: times(5), there: times(9), next: 1006 },
  { what: 'smallint', ddl: 'CREATE SEQUENCE s AS smallint', use: "SELECT setval('s', 30000)", next: 31_001 },
  { what: 'integer, downwards', ddl: 'CREATE SEQUENCE s AS integer INCREMENT -1', use: "SELECT setval('s', -2147482000)", next: -2_147_483_001 },
  { what: 'bigint, where JavaScript has no numbers any more', ddl: 'CREATE SEQUENCE s', use: "SELECT setval('s', 9223372036854770000)", next: 9223372036854771001n },
  { what: 'one number left beyond the gap', ddl: 'CREATE SEQUENCE s MAXVALUE 1006', use: times(5), next: 1006 },
  { what: 'a session that holds cached numbers', ddl: 'CREATE SEQUENCE s CACHE 50', use: times(1), next: 1051 },
  { what: 'blocks of 50,000 for each number', ddl: 'CREATE SEQUENCE s', use: times(7), gap: 50_000, next: 50_008 },
  { what: 'a circle', ddl: 'CREATE SEQUENCE s MAXVALUE 5000 CYCLE', use: times(5), next: 1006 },
  { what: 'a circle, over its end', ddl: 'CREATE SEQUENCE s MAXVALUE 5000 CYCLE', use: "SELECT setval('s', 4990)", next: 991 },
  { what: 'a circle downwards, over its end', ddl: 'CREATE SEQUENCE s INCREMENT -2 MINVALUE -5000 CYCLE', use: "SELECT setval('s', -4991)", next: -1 - 2 * 496 },
  { what: 'a circle smaller than the gap', ddl: 'CREATE SEQUENCE s MAXVALUE 10 CYCLE', use: times(4), next: 5 },
  { what: 'a circle that was never called', ddl: 'CREATE SEQUENCE s MAXVALUE 10 CYCLE', next: 1 },
  { what: 'serial, with a row by hand', ddl: 'CREATE TABLE t (s serial PRIMARY KEY)', use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO t VALUES (7777)', next: 8778 },
  { what: 'serial that only hands have used', ddl: 'CREATE TABLE t (s serial PRIMARY KEY)', use: 'INSERT INTO t VALUES (7777)', next: 8778 },
  { what: 'identity by default', ddl: 'CREATE TABLE t (s integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)', use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO t VALUES (70)', next: 1071 },
  { what: 'identity always', ddl: 'CREATE TABLE t (s bigint GENERATED ALWAYS AS IDENTITY (START 100) PRIMARY KEY)', use: 'INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (170)', next: 1171 },
  {
    what: 'a row by hand between the steps, which stay as they are',
    ddl: 'CREATE TABLE t (s integer GENERATED BY DEFAULT AS IDENTITY (INCREMENT 10) PRIMARY KEY)',
    use: 'INSERT INTO t SELECT FROM generate_series(1, 3); INSERT INTO t VALUES (57)',
    next: 21 + 104 * 10 + 10,
  },
  {
    what: 'a row by hand, downwards',
    ddl: 'CREATE TABLE t (s integer GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1) PRIMARY KEY)',
    use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO t VALUES (-50), (50)',
    next: -1051,
  },
  {
    what: 'rows by hand in a partition',
    ddl: 'CREATE TABLE t (s bigserial PRIMARY KEY) PARTITION BY RANGE (s); CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (5000); CREATE TABLE q PARTITION OF t DEFAULT',
    use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO q VALUES (9000)',
    next: 10_001,
  },
  {
    what: 'a free sequence that is the default of two tables',
    ddl: 'CREATE SEQUENCE s; CREATE TABLE t (id bigint DEFAULT nextval(\'s\') PRIMARY KEY); CREATE TABLE u (id bigint DEFAULT nextval(\'s\') UNIQUE)',
    use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO u DEFAULT VALUES; INSERT INTO u VALUES (300); INSERT INTO t VALUES (200)',
    next: 1301,
  },
  { what: 'rows by hand where no index tells', ddl: 'CREATE TABLE t (s serial)', use: 'INSERT INTO t DEFAULT VALUES; INSERT INTO t VALUES (7777)', next: 1002 },
])('$what', async ({ ddl, use, there, gap, next: expected }) => {
  await both(ddl);
  if (use !== undefined) await admins.source.query(use);
  if (there !== undefined) await admins.target.query(there);
  const [{ name }] = await sequencesOf('source');
  await carry(gap);
  const after = await admins.target.query(`SELECT * FROM ${name}`);
  await carry(gap);
  expect((await admins.target.query(`SELECT * FROM ${name}`)).rows).toEqual(after.rows);
  await expect(next('target', name)).resolves.toBe(BigInt(expected));
});

test('names in any spelling, in any schema', async () => {
  const name = '"Other ""S"""."It\'s a; Sequence"';
  await both(`DROP SCHEMA IF EXISTS "Other ""S""" CASCADE; CREATE SCHEMA "Other ""S"""; CREATE SEQUENCE ${name}; CREATE TABLE "T t" ("I d" serial PRIMARY KEY)`);
  await admins.source.query(`${times(5, name.replace('\'', '\'\''))}; INSERT INTO "T t" VALUES (400)`);
  await carry();
  await expect(next('target', name)).resolves.toBe(1006n);
  await expect(next('target', '"T t_I d_seq"')).resolves.toBe(1401n);
  await both('DROP SCHEMA "Other ""S""" CASCADE');
});

test.each([
  ['upwards', 'CREATE SEQUENCE s MAXVALUE 1005', times(5), 's has fewer than 1000 numbers left: 5 was handed out'],
  ['downwards', 'CREATE SEQUENCE s INCREMENT -1 MINVALUE -1003', times(3), 's has fewer than 1000 numbers left: -3 was handed out'],
  ['by its type', 'CREATE SEQUENCE s AS smallint', "SELECT setval('s', 32000)", 's has fewer than 1000 numbers left: 32000 was handed out'],
  ['by the type of its column', 'CREATE SEQUENCE s; CREATE TABLE t (id integer DEFAULT nextval(\'s\'))', "SELECT setval('s', 2147483000)",
    's has fewer than 1000 numbers left: 2147483000 was handed out'],
  ['by a row', 'CREATE TABLE t (s smallserial PRIMARY KEY)', 'INSERT INTO t VALUES (32767)', 't_s_seq has fewer than 1000 numbers left: 1 was handed out, and a row is beyond that'],
])('nearly used up %s: refused, and none is moved', async (_, ddl, use, problem) => {
  await both(`${ddl}; CREATE SEQUENCE a_fine_one; CREATE SEQUENCE z_fine_one`);
  await admins.source.query(`${use}; ${times(5, 'a_fine_one')}; ${times(5, 'z_fine_one')}`);
  const met = await problemOf(carry());
  expect(met).toMatchObject({ problem: 'refused', code: 'PM021', message: `sequence cases.${problem}` });
  await expect(next('target', 'a_fine_one')).resolves.toBe(1n);
  await expect(next('target', 'z_fine_one')).resolves.toBe(1n);
});

test('used up on the taker: refused', async () => {
  await both('CREATE SEQUENCE s MAXVALUE 5000');
  await admins.source.query(times(5));
  await admins.target.query("SELECT setval('s', 5000)");
  await expect(problemOf(carry())).resolves.toMatchObject({ code: 'PM021' });
});

test('missing, or another one on the taker: both are named', async () => {
  await admins.source.query('CREATE SEQUENCE missing; CREATE SEQUENCE other; CREATE SEQUENCE same');
  await admins.target.query('CREATE SEQUENCE other INCREMENT 2; CREATE SEQUENCE same; CREATE SEQUENCE only_there');
  const problems = (await plan(await sequencesOf('source'))).map(({ problem }) => problem).filter((problem) => problem !== null);
  expect(problems).toEqual(['sequence cases.missing is missing on the taker', 'sequence cases.other has another increment, limit or cycle on the taker']);
  await expect(problemOf(carry())).resolves.toMatchObject({ code: 'PM021', remedy: 'Make the sequences of both sides alike, with numbers to spare.' });
});

test('one that the login may not read on the giver is named', async () => {
  await admins.source.query('RESET ROLE; CREATE SEQUENCE secret; SET ROLE payments_owner');
  await expect(problemOf(sequencesOf('source'))).resolves.toMatchObject({ problem: 'permission-denied', message: expect.stringContaining('permission denied for sequence secret') });
  await admins.source.query(`RESET ROLE; GRANT SELECT ON SEQUENCE secret TO ${MIGRATION}; SET ROLE ${OWNER}`);
  await expect(sequencesOf('source')).resolves.toHaveLength(1);
});

test('one that the login may not set on the taker is named before the pause', async () => {
  await both('RESET ROLE; CREATE SEQUENCE secret; GRANT SELECT ON SEQUENCE secret TO payment_migration; SET ROLE payments_owner');
  const problem = `${MIGRATION} may not read and set sequence cases.secret on the taker`;
  await expect(plan(await sequencesOf('source'))).resolves.toEqual([expect.objectContaining({ problem })]);
  await expect(problemOf(carry())).resolves.toMatchObject({ code: 'PM021', message: problem });
});

test('a late call turns nothing back on a side that was opened, or in a later attempt', async () => {
  await both('CREATE SEQUENCE s MAXVALUE 5000 CYCLE');
  await admins.source.query(times(5));
  const sequences = await sequencesOf('source');
  await expect(problemOf(set('target', sequences, GAP, 7))).resolves.toMatchObject({ code: 'PM010', message: expect.stringContaining('not standby(7)') });
  await settle('target');
  await expect(problemOf(set('target', sequences))).resolves.toMatchObject({ code: 'PM010', message: 'the target is open(0), not standby' });
  await settle('source');
  await expect(next('target')).resolves.toBe(1n);
});

/** What one side does with a sequence while it has authority. */
const use = oneof(
  record({ kind: constantFrom('take'), count: integer({ min: 1, max: 20 }) }),
  record({ kind: constantFrom('take-cached'), count: integer({ min: 1, max: 3 }) }),
  record({ kind: constantFrom('jump'), count: integer({ min: 1, max: 3_000 }) }),
  record({ kind: constantFrom('jump-uncalled'), count: integer({ min: 1, max: 3_000 }) }),
  record({ kind: constantFrom('row'), count: integer({ min: 1, max: 3_000 }) }),
);
const history = record({
  increment: constantFrom(1, 2, 10, 1_500, -1, -7),
  cache: constantFrom(1, 5, 50),
  start: integer({ min: -500, max: 500 }),
  gap: constantFrom(1, 10, 1_000),
  // To, fro and to again.
  turns: array(array(use, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
});

test('whatever was done with a sequence, a number is never handed out twice, forward, back and forward again', async () => {
  const other = { source: await pair.admin('source'), target: await pair.admin('target') };
  for (const side of SIDES) await other[side].query('SET default_transaction_read_only = off; SET search_path = cases');
  await assert(asyncProperty(history, async ({ increment, cache, start, gap, turns }) => {
    const direction = Math.sign(increment);
    await both(`DROP SCHEMA cases CASCADE; CREATE SCHEMA cases; CREATE SEQUENCE s INCREMENT ${increment} CACHE ${cache} START ${start}
      MINVALUE -9000000 MAXVALUE 9000000; CREATE TABLE t (id integer DEFAULT nextval('s') PRIMARY KEY)`);
    const handedOut = new Set<number>();
    // A giver may run into them itself; the taker must not.
    const byHand = new Set<number>();
    const take = async (client: Client, count: number) => {
      const { rows } = await client.query<{ n: number }>("SELECT nextval('cases.s')::integer AS n FROM generate_series(1, $1)", [count]);
      for (const { n } of rows) {
        expect(handedOut).not.toContain(n);
        handedOut.add(n);
      }
    };
    let [giver, taker]: Side[] = ['source', 'target'];
    await settle(giver);
    for (const turn of turns) {
      for (const { kind, count } of turn) {
        if (kind === 'take') await take(admins[giver], count);
        if (kind === 'take-cached') await take(other[giver], count);
        const { rows: [{ last, max }] } = await admins[giver].query<{ last: number; max: number }>(
          `SELECT last_value::integer AS last, coalesce((SELECT ${direction > 0 ? 'max' : 'min'}(id) FROM t), ${start}) AS max FROM s`);
        // Forward only: who turns a sequence back wants numbers twice.
        const further = (direction > 0 ? Math.max(last, max) : Math.min(last, max)) + direction * count;
        if (kind === 'jump' || kind === 'jump-uncalled') await admins[giver].query('SELECT setval(\'s\', $1, $2)', [further, kind === 'jump']);
        if (kind === 'row') {
          await admins[giver].query('INSERT INTO t VALUES ($1)', [further]);
          byHand.add(further);
        }
      }
      const sequences = await sequencesOf(giver);
      // No gate stops nextval: somebody asks the closed giver once more, and somebody the closed taker.
      if (sequences[0].called) await take(other[giver], 1);
      await other[taker].query("SELECT nextval('s')");
      await set(taker, sequences, gap);
      await set(taker, sequences, gap);
      // Replication brings the rows.
      const { rows } = await admins[giver].query<{ id: number }>('SELECT id FROM t');
      await admins[taker].query('INSERT INTO t SELECT unnest($1::integer[]) ON CONFLICT DO NOTHING', [rows.map(({ id }) => id)]);
      // Sessions are ended before a side is opened: what they hold of its sequences goes with them.
      for (const client of [admins[taker], other[taker]]) await client.query('DISCARD SEQUENCES');
      await settle(taker);
      [giver, taker] = [taker, giver];
      const known = new Set(handedOut);
      await take(admins[giver], 2);
      expect([...byHand].filter((id) => handedOut.has(id) && !known.has(id))).toEqual([]);
    }
  }), { numRuns: 30 });
});
