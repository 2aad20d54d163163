import { SOURCE, type Check, type FindingKind } from '../check';
import { columns, type Scope } from '../scope';
import { verdictOf, type ColumnType } from './verdicts';

const UNBOUNDED: FindingKind = {
  id: 'numeric-unbounded',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS makes NUMERIC(28,6) of a numeric without precision: money is rounded, and large values overflow.',
  remedy: 'ALTER COLUMN … TYPE numeric(p, s) with the precision that the values need, or replicate natively.',
};
const DAMAGED: FindingKind = {
  id: 'type-damaged-by-dms',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS does not carry values of this type, or not whole, or AWS does not say that it does.',
  remedy: 'Replicate natively, or convert the column to text for the time of the migration; accept it for a column whose values were seen to arrive whole.',
};
const STRING: FindingKind = {
  id: 'type-carried-as-string',
  severity: { dms: 'warning', native: 'none' },
  why: 'DMS carries values of this type as strings of a limited length, which PostgreSQL reads again on the other side.',
  remedy: 'Compare the column after the load and while changes flow; take care of values that are long as text.',
};
const LOB_NOT_NULL: FindingKind = {
  id: 'lob-column-not-null',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS writes a row first and its LOBs afterwards: until then they are null, which this column refuses on the target.',
  remedy: 'DROP NOT NULL on the target until the cutover (the schema copy can set it after the load), or use varchar(n) for what is short.',
};
const NO_KEY: FindingKind = {
  id: 'lob-column-without-key',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS finds the row that a LOB belongs to by its primary key or a unique one: without, the LOB stays null.',
  remedy: 'Add a primary key to the table.',
};
const PADDED: FindingKind = {
  id: 'char-padding-trimmed',
  severity: { dms: 'info', native: 'none' },
  why: 'DMS trims spaces at the end of character(n); PostgreSQL pads them again, and only text that is cast from it shows the difference.',
  remedy: 'Nothing, unless the column is declared otherwise on the target.',
};

export const TYPE_KINDS = { UNBOUNDED, DAMAGED, STRING, LOB_NOT_NULL, NO_KEY, PADDED };

interface Column extends ColumnType {
  readonly said: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly keyed: boolean;
  /** Of its elements, where it is an array of unbounded numbers. */
  readonly element: string | null;
}

/** A domain stands for its base, wherever that ends; the column stays a domain only by its kind. */
const query = (scope: Scope) => `
  WITH RECURSIVE base (oid, base, modifier) AS (
    SELECT oid, oid, -1 FROM pg_type WHERE typtype <> 'd'
    UNION ALL SELECT y.oid, b.base, CASE WHEN y.typtypmod >= 0 THEN y.typtypmod ELSE b.modifier END FROM base b JOIN pg_type y ON y.typbasetype = b.oid AND y.typtype = 'd'
  )
  SELECT a.column_said AS said, a.type_said AS type, a.attnotnull AS "notNull", n.nspname AS schema, t.typname AS name,
    CASE WHEN y.typtype = 'd' AND t.typtype = 'b' AND t.typname <> 'numeric' THEN 'd' ELSE t.typtype END AS kind, t.typcategory = 'A' AND t.typelem <> 0 AS "isArray",
    CASE WHEN y.typtype = 'd' THEN b.modifier ELSE a.atttypmod END AS modifier, e.typname AS element,
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.relid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL) AS keyed
  FROM ${columns(scope, "'r'")} JOIN pg_type y ON y.oid = a.atttypid JOIN base b ON b.oid = a.atttypid JOIN pg_type t ON t.oid = b.base
    JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  ORDER BY 1`;

/** A partition has its parent's columns: parents have no rows of their own. */
export const COLUMN_TYPES: Check = {
  name: 'column-types',
  kinds: Object.values(TYPE_KINDS),
  sides: SOURCE,
  run: async ({ read, request }, side) => {
    if (request.profile !== 'dms') return [];
    const found = (await read<Column>(side, query(request))).flatMap((column) => kindsFor(column).map((kind) => (
      { kind, object: column.said, what: `its type is ${column.type}${kind === LOB_NOT_NULL ? ' NOT NULL' : ''}` })));
    return found;
  },
};

function kindsFor(column: Column): FindingKind[] {
  const verdict = verdictOf(column);
  const padded = column.name === 'bpchar' && !column.isArray ? [PADDED] : [];
  if (verdict === 'unbounded') return [UNBOUNDED];
  if (verdict === 'damaged') return [DAMAGED];
  if (verdict === 'string') return [STRING];
  if (verdict !== 'lob') return padded;
  return [
    ...column.notNull ? [LOB_NOT_NULL] : [],
    ...column.keyed ? [] : [NO_KEY],
    // Of an array's elements the precision is not kept, whatever the column says.
    ...column.element === 'numeric' ? [UNBOUNDED] : [],
  ];
}
