import { decides, diff, missingSeverity, type Difference, type SchemaObject } from './diff';
import { OBJECTS, type ObjectQuery } from './object-queries';
import { TARGET, type Check, type Context, type FindingKind, type Found } from '../check';
import type { Side } from '../contract';

const NONE: FindingKind = {
  id: 'target-without-schema',
  severity: 'blocker',
  why: 'DMS is not to make tables: it makes them without defaults, keys and constraints.',
  remedy: 'Copy the schema first (pg_dump --schema-only --section=pre-data), and ask again.',
};
const MISSING: FindingKind = {
  id: 'object-missing-on-target',
  severity: 'blocker',
  why: 'What is not there is not carried, or the application misses it after the cutover.',
  remedy: 'Copy the schema again, or create the object on the target.',
};
const EXTRA: FindingKind = {
  id: 'object-only-on-target',
  severity: 'warning',
  why: 'The source has it no more, or never had: a constraint or a trigger too many refuses or changes rows that are carried.',
  remedy: 'Drop it on the target, or create it on the source, and let the schema rest until the migration is over.',
};
const DIFFERS: FindingKind = {
  id: 'object-differs',
  severity: 'warning',
  why: 'Rows that the source has may be refused or changed, or the application meets another behaviour.',
  remedy: 'Make both the same, and let the schema rest until the migration is over. Another major version may write the same definition in other words.',
};

/** Every kind of object on both sides, attribute by attribute. */
export const SCHEMA_DIFF: Check = {
  name: 'schema-diff',
  kinds: [NONE, MISSING, EXTRA, DIFFERS],
  sides: TARGET,
  compares: true,
  run: async (context) => {
    const { request: { stage }, facts } = context;
    const tables = await both(context, OBJECTS.find(({ kind }) => kind === 'table') as ObjectQuery);
    const names = { source: nameSet(tables.source), target: nameSet(tables.target) };
    if (names.source.size > 0 && ![...names.source].some((name) => names.target.has(name))) {
      if (stage === 'before-schema') return [];
      return [{ kind: NONE, object: facts.target.database, what: `it has none of the source's ${names.source.size} tables` }];
    }
    const found: Found[] = [];
    for (const query of OBJECTS) {
      const { source, target } = query.kind === 'table' ? tables : await both(context, query);
      found.push(...diff(source, target, names).map((difference) => tell(difference, query, stage)));
    }
    return found;
  },
};

async function both(context: Context, { sql }: ObjectQuery): Promise<Record<Side, SchemaObject[]>> {
  const [source, target] = await Promise.all((['source', 'target'] as const).map(async (side) => context.read<SchemaObject>(side, sql(context.request))));
  return { source, target };
}

function tell(difference: Difference, { kind, section }: ObjectQuery, stage: Context['request']['stage']): Found {
  const object = `${kind} ${difference.name}`;
  if (difference.how === 'missing') {
    return { kind: MISSING, object, what: `the target has no such ${kind}`, severity: missingSeverity(section, stage) };
  }
  if (difference.how === 'extra') return { kind: EXTRA, object, what: `the source has no such ${kind}` };
  const { attribute, source, target } = difference;
  return {
    kind: DIFFERS,
    object,
    what: `${attribute}: the source has '${source ?? ''}', the target '${target ?? ''}'`,
    severity: decides(kind, attribute) ? 'blocker' : 'warning',
  };
}

function nameSet(objects: readonly SchemaObject[]): ReadonlySet<string> {
  return new Set(objects.map(({ name }) => name));
}
