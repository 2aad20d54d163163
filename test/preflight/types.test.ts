import { of, Preflighted } from './support/preflighted';
import type { PreflightResult } from '../../src/preflight/contract';
import { VERDICTS, verdictOf } from '../../src/preflight/types/verdicts';

const named = Object.keys(VERDICTS).map((type) => ({ type, verdict: VERDICTS[type], name: type === 'char' ? '"char"' : type }));

/** Types by what they are made of, as columns of one table. */
const MADE = `
  unbounded numeric, small numeric(5), money_like numeric(38, 2), huge numeric(39, 2), numbers numeric(9, 2)[], texts text[], mood mood, mood_domain mood_domain,
  amount amount, open_amount open_amount, short_text short_text, pair pair, span int4range, spans int4multirange, label citext, nullable text, whole text NOT NULL, padded char(5)`;

let pair: Preflighted;
let found: PreflightResult;
let native: PreflightResult;
let database: string;

beforeAll(async () => {
  pair = await Preflighted.create();
  const ddl = `
    CREATE TABLE named (id bigint PRIMARY KEY, ${named.map(({ type, name }) => `"t_${type}" ${name}`).join(', ')});
    CREATE TYPE mood AS ENUM ('well'); CREATE DOMAIN mood_domain AS mood; CREATE DOMAIN amount AS numeric(12, 2); CREATE DOMAIN open_amount AS numeric;
    CREATE DOMAIN short_text AS varchar(5); CREATE TYPE pair AS (a int, b int);
    CREATE EXTENSION citext;
    CREATE TABLE made (id bigint PRIMARY KEY, ${MADE});
    CREATE TABLE keyless (content text);
    CREATE TABLE bits (id bigint PRIMARY KEY, at timestamptz, on_day date, worth numeric(9, 2), rate float8, content text, body jsonb);
    CREATE TABLE plain (id bigint PRIMARY KEY, at timestamptz, on_day date, worth numeric(9, 2), rate float8, content text, body jsonb)`;
  database = await pair.database({
    // An extension is the superuser's to make.
    source: `${ddl}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO payment_migration;
      INSERT INTO bits VALUES (1, 'infinity', '0044-03-15 BC', 'NaN', 1, repeat('x', 3000), '{}'), (2, now(), now(), 1, '-Infinity', 'y', NULL);
      INSERT INTO plain VALUES (1, now(), now(), 1, 1, NULL, NULL)`,
  });
  found = await pair.ask(database);
  native = await pair.ask(database, { profile: 'native' });
});
afterAll(async () => pair?.remove());

const IDS = { damaged: 'type-damaged-by-dms', string: 'type-carried-as-string', unbounded: 'numeric-unbounded' } as const;
const idsOf = (result: PreflightResult, object: string) => result.findings.filter((finding) => finding.object === object)
  .map(({ id }) => id).filter((id) => !['lob-sizes', 'large-object-reference'].includes(id));

test.each(named)('$type is $verdict', ({ type, verdict }) => {
  const padding = type === 'bpchar' ? ['char-padding-trimmed'] : [];
  expect(idsOf(found, `public.named.t_${type}`)).toEqual(verdict === 'damaged' || verdict === 'string' ? [IDS[verdict]] : padding);
});

test.each([
  ['unbounded', ['numeric-unbounded']],
  ['small', []],
  ['money_like', []],
  ['huge', ['type-carried-as-string']],
  ['numbers', ['numeric-unbounded']],
  ['texts', []],
  ['mood', ['type-carried-as-string']],
  ['mood_domain', ['type-carried-as-string']],
  ['amount', []],
  ['open_amount', ['numeric-unbounded']],
  ['short_text', ['type-carried-as-string']],
  ['pair', ['type-damaged-by-dms']],
  ['span', ['type-damaged-by-dms']],
  ['spans', ['type-damaged-by-dms']],
  ['label', ['type-damaged-by-dms']],
  ['nullable', []],
  ['whole', ['lob-column-not-null']],
  ['padded', ['char-padding-trimmed']],
])('a column %s: %j', (column, ids) => {
  expect(idsOf(found, `public.made.${column}`)).toEqual(ids);
});

test('a type that nobody knows yet is damaged until it was seen to arrive', () => {
  expect(verdictOf({ schema: 'pg_catalog', name: 'of_next_year', kind: 'b', isArray: false, modifier: -1 })).toBe('damaged');
  expect(verdictOf({ schema: 'postgis', name: 'text', kind: 'b', isArray: false, modifier: -1 })).toBe('damaged');
});

test('a LOB without a key to find its row by is found', () => {
  expect(of(found, 'lob-column-without-key').map(({ object }) => object)).toEqual(['public.keyless.content']);
});

test('none of it is found natively, where every type is carried as it is', () => {
  const ids = ['numeric-unbounded', 'type-damaged-by-dms', 'type-carried-as-string', 'lob-column-not-null', 'lob-column-without-key', 'char-padding-trimmed',
    'timestamp-infinite', 'value-out-of-the-ordinary', 'lob-sizes'];
  expect(native.findings.filter(({ id }) => ids.includes(id))).toEqual([]);
});

test('infinite times, and values of which nothing is known, are found by reading them', () => {
  expect(of(found, 'timestamp-infinite').map(({ object }) => object)).toEqual(['public.bits.at']);
  expect(of(found, 'value-out-of-the-ordinary').map(({ object }) => object)).toEqual(['public.bits.on_day', 'public.bits.worth', 'public.bits.rate']);
});

test('the largest LOB is measured', () => {
  expect(of(found, 'lob-sizes').map(({ object, what }) => [object, what])).toEqual([
    ['public.bits.content', 'its largest value has 3000 bytes'], ['public.bits.body', 'its largest value has 2 bytes'],
  ]);
});

test('a LOB that is longer than the limit stops the migration', async () => {
  const limited = await pair.ask(database, { limitedLobBytes: 2_999 });
  expect(of(limited, 'lob-larger-than-limit').map(({ object, severity }) => [object, severity])).toEqual([['public.bits.content', 'blocker']]);
  expect(of(await pair.ask(database, { limitedLobBytes: 3_000 }), 'lob-larger-than-limit')).toEqual([]);
});

test('a table that cannot be read in time is told, and what a sample of it shows', async () => {
  const slow = await pair.database({
    source: `CREATE TABLE big (id bigint PRIMARY KEY, body jsonb); GRANT SELECT ON big TO payment_migration;
      INSERT INTO big SELECT i, jsonb_build_array(repeat(md5(i::text), 300)) FROM generate_series(1, 30000) i`,
  });
  const result = await pair.ask(slow, { statementTimeoutMs: 100 });
  expect(of(result, 'values-not-all-read').map(({ object }) => object)).toEqual(['public.big']);
});
