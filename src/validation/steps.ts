/** A value as a statement has it. */
export interface Value {
  readonly sql: string;
  readonly notNull: boolean;
}

/**
 * Takes a value into a row's hash: PostgreSQL's own hash of the value, with the hash of the columns before it as the seed. Each step depends on
 * all that went before: rows or columns that swapped their values do not come out the same.
 *
 * Its functions give null for null, so that each value has another in place of null: one that no column of the type can hold, or one of 64
 * bits and more that is drawn anew for each comparison.
 */
export type Step = (value: Value, seed: string, drawn: Drawn) => string;

/** Numbers that nobody knows beforehand: 32 hexadecimal digits. */
export type Drawn = string;

export const call = (name: string, ...values: readonly string[]): string => `${name}(${values.join(', ')})`;
const orElse = ({ sql, notNull }: Value, other: string): string => notNull ? sql : call('coalesce', sql, other);
const as = (type: string, { sql, notNull }: Value): Value => ({ sql: `${sql}::pg_catalog.${type}`, notNull });
const constant = (literal: string, type: string): string => `'${literal}'::pg_catalog.${type}`;
/** The seed, which is a hash, changed by something that the value alone decides. */
const changed = (seed: string, by: string): string => `${seed} OPERATOR(pg_catalog.#) (${by})`;

export const text: Step = (value, seed, drawn) => call('hashtextextended', `${orElse(value, `'${drawn}'`)} COLLATE "C"`, seed);

/** Every value of the type may be there: that it is null changes the seed. */
const flagged = (name: string, zero: string): Step => (value, seed, drawn) => call(name, orElse(value, zero), value.notNull ? seed
  : changed(seed, `CASE WHEN ${value.sql} IS NULL THEN ${number(drawn)} ELSE 0 END`));

/** Eight bytes are folded into four, the upper half against the lower: the upper half changes the seed. */
const int8: Step = (value, seed, drawn) => {
  const known = orElse(value, number(drawn));
  return call('hashint8extended', known, changed(seed, `${known} OPERATOR(pg_catalog.>>) 32`));
};

/** Without its sign, of which a step of its own is made; and 0 and NaN do nothing to the seed, so that it is the outer one. */
const numeric: Step = (value, seed, drawn) => {
  const sign = `CASE WHEN ${value.sql} OPERATOR(pg_catalog.<) 0 THEN 1 ELSE 0 END`;
  return call('hashint4extended', sign, call('hash_numeric_extended', orElse(value, constant(String(BigInt(`0x${drawn}`)), 'numeric')), seed));
};

/**
 * Microseconds from 2000, eight bytes that are folded: their upper half once more, as the start of the 2^32 microseconds that the time falls into.
 * That has no lower half, and is folded against the sign: to what is before 2000 a lower half is added, 0xC0000000, with which its fold is that of no
 * time from 2000 and of neither infinity. Origins are never after the time, since releases of PostgreSQL differ in what `date_bin` makes of
 * that; the first of all times is within 2^32 microseconds, and has an origin of its own.
 */
const time = (type: string, hashed: (sql: string) => string): Step => (value, seed, drawn) => {
  const { sql, notNull } = value;
  const [outer, inner] = [drawn, [...drawn].reverse().join('')].map((digits) => constant(`${instant(digits)}+00`, type));
  const [zero, whole, first] = ['2000-01-01 00:00+00', '4714-11-24 00:53:22.375680+00 BC', '4714-11-24 00:00+00 BC'].map((at) => constant(at, type));
  const startFrom = (origin: string) => call('date_bin', "'4294.967296 s'", sql, origin);
  const upper = [
    `CASE WHEN ${sql} OPERATOR(pg_catalog.>=) ${zero} THEN ${startFrom(zero)}`,
    ...notNull ? [] : [`WHEN ${sql} IS NULL THEN ${inner}`],
    `WHEN ${sql} OPERATOR(pg_catalog.>=) ${whole} THEN ${startFrom(whole)} OPERATOR(pg_catalog.+) interval '3221.225472 s'`,
    `ELSE ${startFrom(first)} OPERATOR(pg_catalog.+) interval '2128.633856 s' END`,
  ].join(' ');
  return call('timestamp_hash_extended', hashed(orElse(value, outer)), call('timestamp_hash_extended', hashed(upper), seed));
};

const network = (type: string): Step => (value, seed, drawn) => (
  call('hashinetextended', orElse(value, constant(drawn.replace(/.{4}(?!$)/g, '$&:'), type)), seed));

export const STEPS: Readonly<Record<string, Step>> = {
  bool: ({ sql }, seed) => call('hashint4extended', `CASE WHEN ${sql} THEN 1 WHEN ${sql} IS NULL THEN 2 ELSE 0 END`, seed),
  cidr: network('cidr'),
  inet: network('inet'),
  int2: (value, seed) => call('hashint4extended', orElse(as('int4', value), '65536'), seed),
  int4: flagged('hashint4extended', '0'),
  int8,
  name: (value, seed, drawn) => call('hashnameextended', orElse(value, constant(drawn, 'name')), seed),
  numeric,
  oid: flagged('hashoidextended', constant('0', 'oid')),
  text,
  timestamp: time('timestamp', (sql) => sql),
  // The same eight bytes.
  timestamptz: time('timestamptz', (sql) => call('timezone', "interval '0'", sql)),
  uuid: (value, seed, drawn) => call('uuid_hash_extended', orElse(value, constant(drawn, 'uuid')), seed),
  varchar: (value, seed, drawn) => text(as('text', value), seed, drawn),
};

/** A bigint, made of what was drawn. */
export function number(drawn: Drawn): string {
  return constant(String(BigInt.asIntN(64, BigInt(`0x${drawn.slice(16)}`))), 'int8');
}

/** A time that nobody writes, one of 2^58 microseconds far from both ends. */
function instant(drawn: Drawn): string {
  const microseconds = BigInt(`0x${drawn}`) % 288_230_376_151_711_744n;
  const day = 86_400_000_000n;
  const of = (unit: bigint, size: bigint) => String(microseconds / unit % size).padStart(2, '0');
  const days = microseconds / day;
  const clock = `${of(3_600_000_000n, 24n)}:${of(60_000_000n, 60n)}:${of(1_000_000n, 60n)}.${String(microseconds % 1_000_000n).padStart(6, '0')}`;
  return `${days / 336n + 2_000n}-${String(days / 28n % 12n + 1n).padStart(2, '0')}-${String(days % 28n + 1n).padStart(2, '0')} ${clock}`;
}
