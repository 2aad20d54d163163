import { STEPS } from './steps';

/** A type as the catalog has it. */
export interface CatalogType {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** `typtype`: base, composite, domain, enum, pseudo, range, multirange. */
  readonly kind: 'b' | 'c' | 'd' | 'e' | 'p' | 'r' | 'm';
  /** What it is made of: the base of a domain, the element of an array, the bounds of a range, the columns of a composite. */
  readonly parts: readonly string[];
  readonly isArray: boolean;
  /** The function that writes it; `own` where it was declared for this very type. */
  readonly output: { readonly schema: string; readonly name: string; readonly own: boolean };
  /** The extension that brought it. */
  readonly extension: string | null;
}

export type TypesByOid = ReadonlyMap<string, CatalogType>;

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Types of PostgreSQL whose equality is identity and whose hash is made of everything in the value, but no function that can be called. */
const BY_RECORD = words('bytea date macaddr macaddr8');

/**
 * Types whose own hash leaves something out: that of numbers the sign and the scale (1, -1 and 1.00 have the same), that of eight bytes folds
 * them into four (times are of eight bytes too), that of intervals takes a month for 30 days. What they are sent as over the network says
 * everything, and is hashed instead, by these functions. A step may make good what is left out: that of `numeric` does where the scale is
 * known.
 */
const SENT_BY: Readonly<Record<string, string>> = {
  interval: 'interval_send',
  money: 'cash_send',
  numeric: 'numeric_send',
  pg_lsn: 'pg_lsn_send',
  time: 'time_send',
  timetz: 'timetz_send',
  xid8: 'xid8send',
};

/**
 * Types of PostgreSQL that are compared as text, which says everything that is in a value: 0 and -0 are equal floats, 'a' and 'a ' equal
 * character(n); of the rest some have no hash, and `"char"` hashes otherwise on another processor. Types of names (regclass and its like) are
 * compared by what they name.
 */
const BY_TEXT = words(`
  aclitem bit box bpchar char cid circle float4 float8 json jsonb jsonpath line lseg path pg_snapshot point polygon
  refcursor regclass regcollation regconfig regdatabase regdictionary regnamespace regoperator regprocedure regrole regtype tid tsquery
  tsvector txid_snapshot varbit xid xml`);

/** Types of PostgreSQL whose text does not say everything, or that hold nothing of a user's. */
const NOT_EXACT: Readonly<Record<string, string>> = {
  gtsvector: 'its text leaves out what is in it',
  pg_brin_bloom_summary: 'its text leaves out what is in it',
  pg_brin_minmax_multi_summary: 'PostgreSQL makes its values for its own indexes',
  pg_dependencies: 'PostgreSQL makes its values for its own statistics',
  pg_mcv_list: 'PostgreSQL makes its values for its own statistics',
  pg_ndistinct: 'PostgreSQL makes its values for its own statistics',
  pg_node_tree: 'PostgreSQL makes its values for its own catalogs',
  regoper: 'its text may name several operators',
  regproc: 'its text may name several functions',
};

/** Base types of extensions, by the extension, whose text says everything. */
const EXTENSIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  citext: words('citext'),
  cube: words('cube'),
  hstore: words('hstore'),
  ltree: words('ltree lquery ltxtquery'),
  postgis: words('geometry geography'),
  vector: words('vector halfvec sparsevec'),
};

/** Types whose order is the same on both sides whatever locale they have. Other keys are ordered by the bytes of their text. */
const ORDERED = words(`
  bit bool bytea cidr date float4 float8 inet int2 int4 int8 interval macaddr macaddr8 money name numeric oid pg_lsn time timestamp timestamptz timetz
  uuid varbit xid8`);

const CATALOG = 'pg_catalog';

/** What a domain is made of in the end. */
export function baseOf(oid: string, types: TypesByOid): CatalogType {
  const type = types.get(oid);
  if (!type) throw new Error(`type ${oid}: not in the catalog that was read`);
  return type.kind === 'd' ? baseOf(type.parts[0], types) : type;
}

/** Why values of a type cannot be compared exactly; undefined where they can. */
export function whyNotExact(oid: string, types: TypesByOid, exactTypes: ReadonlySet<string>): string | undefined {
  const type = types.get(oid);
  if (!type) return 'its type is not in the catalog';
  const said = `${type.schema}.${type.name}`;
  if (exactTypes.has(said)) return undefined;
  if (type.kind === 'p') return `${said} is no type that has values of its own`;
  if (type.kind === 'e') return undefined;
  if (type.kind === 'b' && !type.isArray) {
    const why = whyBaseNotExact(type);
    return why === undefined ? undefined : `${said}: ${why}`;
  }
  for (const part of type.parts) {
    const why = whyNotExact(part, types, exactTypes);
    if (why !== undefined) return said.startsWith(`${CATALOG}._`) ? why : `${said}: ${why}`;
  }
  return undefined;
}

function whyBaseNotExact({ schema, name, extension }: CatalogType): string | undefined {
  if (schema === CATALOG && extension === null) {
    if (STEPS[name] !== undefined || BY_RECORD.has(name) || BY_TEXT.has(name) || SENT_BY[name] !== undefined) return undefined;
    return NOT_EXACT[name] ?? 'this PostgreSQL is newer than this library, which does not know the type';
  }
  if (extension !== null && EXTENSIONS[extension]?.has(name)) return undefined;
  return 'whether its text says everything that is in a value is not known; name it in exactTypes where it does';
}

/** How a column gets into a row's hash. */
export type ValueForm =
  /** By a step of its type's own. */
  | 'step'
  /** In a record, by its type's own hash. */
  | 'own'
  /** In a record, by what it is sent as. */
  | 'sent'
  /** By a step over its text. */
  | 'text';

export interface FormOptions {
  /** False where texts that are different may be equal. */
  readonly deterministic: boolean;
  /** Whether both sides declare the same length, precision or scale. */
  readonly sameModifier: boolean;
}

export function formOf(base: CatalogType, { deterministic, sameModifier }: FormOptions): ValueForm {
  const { schema, name, kind, isArray } = base;
  if (schema !== CATALOG || kind !== 'b' || isArray || !deterministic) return 'text';
  // Where it has a scale no value is infinite, and all have the same.
  if (name === 'numeric' && !sameModifier) return 'sent';
  if (STEPS[name] !== undefined) return 'step';
  if (SENT_BY[name] !== undefined) return 'sent';
  return BY_RECORD.has(name) ? 'own' : 'text';
}

/** The function that says all of a value in bytes. */
export function sender({ name }: CatalogType): string {
  return SENT_BY[name];
}

/** Whether the type's own order is the same on both sides. */
export function isOrdered(base: CatalogType): boolean {
  return base.schema === CATALOG && base.kind === 'b' && !base.isArray && ORDERED.has(base.name);
}
