import type { Section } from './object-queries';

/** An object of one side, with what of it must be the same on the other. */
export interface SchemaObject {
  readonly name: string;
  /** The table that it goes with: where that is missing, it need not be told. */
  readonly parent: string | null;
  readonly attributes: Readonly<Record<string, string | null>>;
}

export type Difference =
  | { readonly how: 'missing'; readonly name: string }
  | { readonly how: 'extra'; readonly name: string }
  | { readonly how: 'differs'; readonly name: string; readonly attribute: string; readonly source: string | null; readonly target: string | null };

/** What of a kind is on one side only, and what differs in which attribute. What goes with a table that is missing is left out. */
export function diff(source: readonly SchemaObject[], target: readonly SchemaObject[], tables: Readonly<Record<'source' | 'target', ReadonlySet<string>>>): Difference[] {
  const there = new Map(target.map((one) => [one.name, one]));
  const here = new Set(source.map(({ name }) => name));
  const withParent = ({ parent }: SchemaObject, side: 'source' | 'target') => parent === null || tables[side].has(parent);
  return [
    ...source.flatMap((one): Difference[] => {
      const other = there.get(one.name);
      if (other !== undefined) return compare(one, other);
      return withParent(one, 'target') ? [{ how: 'missing', name: one.name }] : [];
    }),
    ...target.filter((one) => !here.has(one.name) && withParent(one, 'source')).map(({ name }): Difference => ({ how: 'extra', name })),
  ];
}

function compare(source: SchemaObject, target: SchemaObject): Difference[] {
  return Object.keys(source.attributes).filter((name) => (source.attributes[name] ?? '') !== (target.attributes[name] ?? '')).map((attribute) => ({
    how: 'differs', name: source.name, attribute, source: source.attributes[attribute], target: target.attributes[attribute],
  }));
}

/** What decides whether rows can be carried at all: the rest is for a person to judge. */
const DECIDING: Readonly<Record<string, readonly string[]>> = {
  table: ['kind', 'persistence', 'partition key', 'partition bounds'],
  column: ['type', 'identity', 'generated'],
  type: ['kind', 'labels', 'base', 'attributes', 'subtype'],
  sequence: ['type', 'increment', 'limits', 'cycle'],
};

/** Whether a difference of an attribute stops the migration. */
export function decides(kind: string, attribute: string): boolean {
  return DECIDING[kind]?.includes(attribute) ?? false;
}

/** How grave it is that an object is missing: what comes after the load need not be there before it. */
export function missingSeverity(section: Section, stage: 'before-schema' | 'before-load' | 'before-cutover'): 'blocker' | 'info' {
  return section === 'pre-data' || stage === 'before-cutover' ? 'blocker' : 'info';
}
