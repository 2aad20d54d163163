import { SOURCE, type Check, type Found, type FindingKind } from '../check';
import { columns, READABLE, type Scope } from '../scope';
import { scan } from './scan';
import { identifier } from '../../postgres';

const INFINITE: FindingKind = {
  id: 'timestamp-infinite',
  severity: { dms: 'blocker', native: 'none' },
  why: 'DMS cuts infinity and -infinity to a time that is not infinite.',
  remedy: 'Use null or a far date instead, or replicate natively.',
};
const UNUSUAL: FindingKind = {
  id: 'value-out-of-the-ordinary',
  severity: { dms: 'warning', native: 'none' },
  why: 'Nothing that AWS publishes says what DMS makes of NaN, of an infinite number, or of a year before 1 or after 9999.',
  remedy: 'Correct the values, or compare these columns after the load and while changes flow.',
};
const LARGE: FindingKind = {
  id: 'lob-larger-than-limit',
  severity: { dms: 'blocker', native: 'none' },
  why: 'Where LOBs are carried up to a limit, what is longer is cut off.',
  remedy: 'Raise the limit above the largest value, or carry whole LOBs.',
};
const SIZES: FindingKind = {
  id: 'lob-sizes',
  severity: { dms: 'info', native: 'none' },
  why: 'Whole LOBs are carried one by one, which is slow where there are many; a limit above the largest value makes it faster.',
  remedy: 'Nothing; or set a limit with room above the largest value, and ask again with limitedLobBytes.',
};
const UNREAD: FindingKind = {
  id: 'values-not-all-read',
  severity: { dms: 'warning', native: 'none' },
  why: 'The table could not be read whole within the time of a statement: what was not found may be in the rest.',
  remedy: 'Ask again with a larger statementTimeoutMs and budgetMs, at a quiet time.',
};

interface Read {
  readonly table: string;
  readonly column: string;
  readonly said: string;
  readonly category: 'time' | 'number' | 'lob';
}

/** Domains too: their base decides, one step down, as deep as most go. */
const query = (scope: Scope) => `
  SELECT a.said AS "table", a.attname AS "column", a.column_said AS said, CASE
    WHEN y.base IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 'time'
    WHEN y.base IN ('numeric'::regtype, 'float4'::regtype, 'float8'::regtype) THEN 'number' ELSE 'lob' END AS category
  FROM ${columns(scope, "'r'")} JOIN (SELECT oid, CASE typtype WHEN 'd' THEN typbasetype ELSE oid END AS base FROM pg_type) y ON y.oid = a.atttypid
    JOIN pg_type b ON b.oid = y.base
  WHERE EXISTS (SELECT FROM pg_class t WHERE t.oid = a.relid AND ${READABLE}) AND (y.base IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'numeric'::regtype, 'float4'::regtype, 'float8'::regtype,
      'text'::regtype, 'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'xml'::regtype) OR b.typcategory = 'A')
  ORDER BY a.relid, a.attnum`;

/** What each column is asked, as one aggregate. 14: numbers may be infinite. */
function aggregate({ column, category }: Read): string {
  const name = identifier(column);
  if (category === 'lob') return `max(octet_length(${name}::text))`;
  if (category === 'number') return `CASE WHEN bool_or(${name}::text IN ('NaN', 'Infinity', '-Infinity')) THEN 2 ELSE 0 END`;
  return `CASE WHEN bool_or(NOT isfinite(${name})) THEN 1 WHEN bool_or(extract(year FROM ${name}) NOT BETWEEN 1 AND 9999) THEN 2 ELSE 0 END`;
}

/** Reads every table once. */
export const VALUES: Check = {
  name: 'values',
  kinds: [INFINITE, UNUSUAL, LARGE, SIZES, UNREAD],
  sides: SOURCE,
  run: async (context, side) => {
    const { request } = context;
    if (request.profile !== 'dms') return [];
    const tables = new Map<string, Read[]>();
    for (const one of await context.read<Read>(side, query(request))) tables.set(one.table, [...tables.get(one.table) ?? [], one]);
    const found: Found[] = [];
    for (const [object, read] of tables) {
      const aggregates = read.map((one, index) => `${aggregate(one)} AS v${index}`).join(', ');
      const scanned = context.remainingMs() > 0 ? await scan<Record<string, number | null>>(context, side, object, aggregates) : undefined;
      if (scanned === undefined || scanned.sampled) {
        found.push({ kind: UNREAD, object, what: scanned ? 'a hundredth of its pages was read' : 'nothing of it was read' });
      }
      if (scanned === undefined) continue;
      read.forEach((one, index) => found.push(...judge(one, scanned.row[`v${index}`] ?? 0, request.limitedLobBytes)));
    }
    return found;
  },
};

function judge({ said: object, category }: Read, value: number, limit?: number): Found[] {
  if (category === 'lob') {
    if (value === 0) return [];
    const what = `its largest value has ${value} bytes`;
    return limit !== undefined && value > limit ? [{ kind: LARGE, object, what: `${what}, the limit is ${limit}` }] : [{ kind: SIZES, object, what }];
  }
  if (value === 1) return [{ kind: INFINITE, object, what: 'it holds infinite times' }];
  if (value === 0) return [];
  return [{ kind: UNUSUAL, object, what: category === 'number' ? 'it holds NaN or infinity' : 'it holds years before 1 or after 9999' }];
}
