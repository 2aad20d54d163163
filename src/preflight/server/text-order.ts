import { BOTH, TARGET, statementCheck, type Check, type FindingKind } from '../check';
import { columns } from '../scope';

const ENCODING: FindingKind = {
  id: 'encoding-differs',
  severity: 'blocker',
  why: 'Text that one encoding has and the other has not cannot be carried.',
  remedy: 'Create the target\'s database with the encoding of the source.',
};
const LOCALE: FindingKind = {
  id: 'collation-differs',
  severity: 'warning',
  why: 'ORDER BY, ranges of text and what counts as a letter answer otherwise after the move.',
  remedy: 'Create the target\'s database with the locale of the source, or check what the application sorts and compares.',
};
const VERSION: FindingKind = {
  id: 'collation-version-differs',
  severity: 'info',
  why: 'The same locale may sort otherwise in another version of its library. Indexes are made anew on the target, so they are sound there.',
  remedy: 'Check what depends on the order of text: partitions by ranges of text, pages of results, files that are compared.',
};
const STALE: FindingKind = {
  id: 'collation-version-stale',
  severity: 'warning',
  why: 'The library has changed under the database since its indexes were made: they may miss rows, and unique ones may let doubles in.',
  remedy: 'REINDEX what orders text, then ALTER DATABASE or ALTER COLLATION … REFRESH VERSION, before the load.',
};

interface Locale {
  readonly encoding: string;
  readonly locale: string;
  readonly version: string;
}

/** 15: a database has a provider. 17: `daticulocale` is called `datlocale`. */
function localeQuery(version: number): string {
  const provider = version >= 150_000 ? 'datlocprovider::text' : "'c'";
  const other = version >= 170_000 ? 'datlocale' : version >= 150_000 ? 'daticulocale' : 'NULL';
  const actual = version >= 150_000 ? "coalesce(pg_database_collation_actual_version(oid), 'none')" : "'unknown'";
  return `SELECT pg_encoding_to_char(encoding) AS encoding, concat_ws(' ', ${provider}, datcollate, datctype, ${other}) AS locale, ${actual} AS version
    FROM pg_database WHERE datname = current_database()`;
}

export const TEXT_ORDER: Check = {
  name: 'text-order',
  kinds: [ENCODING, LOCALE, VERSION],
  sides: TARGET,
  compares: true,
  run: async ({ facts, read }) => {
    const [[source], [target]] = await Promise.all([
      read<Locale>('source', localeQuery(facts.source.version)), read<Locale>('target', localeQuery(facts.target.version)),
    ]);
    const object = facts.target.database;
    const differing = (kind: FindingKind, part: keyof Locale) =>
      source[part] === target[part] ? [] : [{ kind, object, what: `the source has ${source[part]}, the target ${target[part]}` }];
    return [
      ...differing(ENCODING, 'encoding'),
      // Before 15 a database does not say whose its locale is.
      ...bare(source.locale) === bare(target.locale) ? [] : differing(LOCALE, 'locale'),
      ...[source, target].some(({ version }) => version === 'unknown') ? [] : differing(VERSION, 'version'),
    ];
  },
};

const bare = (locale: string) => locale.replace(/^[cbdi] /, '').replaceAll('utf8', 'UTF-8').replaceAll('.UTF8', '.UTF-8');

/** Collations that columns use, and from 15 on the database's own. */
export const STALE_COLLATIONS = statementCheck(STALE, BOTH, ({ facts, request }, side) => `
  SELECT DISTINCT format('%I.%I', n.nspname, l.collname) AS object,
    format('made with version %s, now %s', l.collversion, coalesce(pg_collation_actual_version(l.oid), 'none')) AS what
  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace JOIN ${columns(request)} ON a.attcollation = l.oid
  WHERE l.collversion IS DISTINCT FROM pg_collation_actual_version(l.oid) AND l.collversion IS NOT NULL
  ${facts[side].version < 150_000 ? '' : `UNION ALL
  SELECT datname, format('made with version %s, now %s', datcollversion, coalesce(pg_database_collation_actual_version(oid), 'none'))
  FROM pg_database WHERE datname = current_database() AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
    AND datcollversion IS NOT NULL`}`);
