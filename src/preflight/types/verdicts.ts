/** What becomes of the values of a type when DMS carries them from PostgreSQL to PostgreSQL. */
export type Verdict =
  /** They arrive as they were. */
  | 'carried'
  /** As LOBs: in two steps, the second of which fills them in. */
  | 'lob'
  /** As strings of a limited length. */
  | 'string'
  /** Not, or not whole, or nothing says how. */
  | 'damaged';

/**
 * Types of PostgreSQL. `numeric` is judged by its precision, arrays are LOBs, and enums, domains, composites and ranges by their kind.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html#CHAP_Source-PostgreSQL-DataTypes and its list of limitations.
 */
export const VERDICTS: Readonly<Record<string, Verdict>> = {
  bool: 'carried',
  int2: 'carried',
  int4: 'carried',
  int8: 'carried',
  float4: 'carried',
  float8: 'carried',
  date: 'carried',
  time: 'carried',
  timestamp: 'carried',
  timestamptz: 'carried',
  uuid: 'carried',
  varchar: 'carried',
  bpchar: 'carried',
  text: 'lob',
  bytea: 'lob',
  json: 'lob',
  jsonb: 'lob',
  xml: 'lob',
  bit: 'string',
  varbit: 'string',
  interval: 'string',
  timetz: 'string',
  name: 'string',
  char: 'string',
  oid: 'string',
  money: 'damaged',
  inet: 'damaged',
  cidr: 'damaged',
  macaddr: 'damaged',
  macaddr8: 'damaged',
  point: 'damaged',
  line: 'damaged',
  lseg: 'damaged',
  box: 'damaged',
  path: 'damaged',
  polygon: 'damaged',
  circle: 'damaged',
  tsvector: 'damaged',
  tsquery: 'damaged',
  jsonpath: 'damaged',
  pg_lsn: 'damaged',
  txid_snapshot: 'damaged',
  pg_snapshot: 'damaged',
  xid: 'damaged',
  xid8: 'damaged',
  cid: 'damaged',
  tid: 'damaged',
};

/** By `typtype`, where it is no base type: an enum and a domain arrive as strings, of what is made of parts not all does. */
const BY_KIND: Readonly<Record<string, Verdict>> = { e: 'string', d: 'string', c: 'damaged', r: 'damaged', m: 'damaged', p: 'damaged' };

export interface ColumnType {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly isArray: boolean;
  /** Of the base type, where it is a domain. */
  readonly modifier: number;
}

/** The largest precision that DMS has a number for; larger ones are strings. */
const MOST_DIGITS = 38;

/** A type of an extension, and one that is newer than this library, is damaged until somebody has seen it arrive. */
export function verdictOf({ schema, name, kind, isArray, modifier }: ColumnType): Verdict | 'unbounded' {
  if (isArray) return 'lob';
  if (schema === 'pg_catalog' && name === 'numeric') return numericVerdict(modifier);
  if (kind !== 'b') return BY_KIND[kind] ?? 'damaged';
  return schema === 'pg_catalog' && Object.hasOwn(VERDICTS, name) ? VERDICTS[name] : 'damaged';
}

/** A modifier of numeric is precision and scale, 16 bits each, and four. */
function numericVerdict(modifier: number): Verdict | 'unbounded' {
  if (modifier < 4) return 'unbounded';
  return Math.floor((modifier - 4) / 0x1_0000) > MOST_DIGITS ? 'string' : 'carried';
}
