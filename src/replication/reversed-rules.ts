import { isExactRename } from './mapping-checks';
import { isSelection, isTransformation, rename, selection, type MappingRule, type ObjectLocator } from './mapping-rules';
import { hasWildcard, literal, matches } from './name-pattern';
import { invalidInput } from '../core';

/** The names of one side, as the other side has them. */
class Renames {
  constructor(private readonly rules: readonly MappingRule[]) {}

  schema(name: string): string {
    return this.find('schema', (locator) => literal(locator['schema-name']) === literal(name)) ?? name;
  }

  table(schema: string, name: string): string {
    return this.find('table', (locator) => (
      literal(locator['schema-name']) === literal(schema) && literal(locator['table-name'] ?? '') === literal(name)
    )) ?? name;
  }

  private find(target: string, concerns: (locator: ObjectLocator) => boolean): string | undefined {
    const rule = this.rules.find((one) => one['rule-target'] === target && concerns(one['object-locator']));
    return rule?.value as string | undefined;
  }
}

/** What leads from the target to the source, where the rules lead from the source to the target. */
export function reversed(prop: string, rules: readonly MappingRule[]): MappingRule[] {
  const renames = rules.filter(isTransformation);
  const other = rules.find((rule) => !(isSelection(rule) || isExactRename(rule)) || rule.filters !== undefined);
  if (other) {
    const what = other.filters === undefined ? `${other['rule-type']} ${other['rule-action'] ?? ''}`.trim() : 'a selection with filters';
    throw invalidInput(prop, undefined, `the mappings from the target to the source, since a rule for the other way cannot be turned round: ${what}`);
  }
  const names = new Renames(renames);
  return [
    ...rules.filter(isSelection).flatMap((rule) => reversedSelection(rule, renames, names)),
    ...renames.map((rule) => reversedRename(rule, names)),
  ];
}

/** One rule, and one more for each new name that its pattern does not reach. */
function reversedSelection(rule: MappingRule, renames: readonly MappingRule[], names: Renames): MappingRule[] {
  const { 'schema-name': schema, 'table-name': table = '%' } = rule['object-locator'];
  const action = rule['rule-action'] ?? 'include';
  const own = selection(action, names.schema(schema), hasWildcard(schema) ? table : names.table(schema, table));
  const beyond = renames.filter((one) => one['rule-target'] !== 'column').map((one): MappingRule | undefined => {
    const locator = one['object-locator'];
    const oldTable = locator['table-name'];
    const reached = matches(schema, literal(locator['schema-name'])) && (oldTable === undefined || matches(table, literal(oldTable)));
    if (!reached) return undefined;
    const newSchema = names.schema(locator['schema-name']);
    const newTable = oldTable === undefined ? table : names.table(locator['schema-name'], oldTable);
    const ownLocator = own['object-locator'];
    const already = matches(ownLocator['schema-name'], literal(newSchema))
      && (newTable === table || matches(ownLocator['table-name'] ?? '%', literal(newTable)));
    return already ? undefined : selection(action, newSchema, newTable);
  });
  return [own, ...beyond.filter((one) => one !== undefined)];
}

function reversedRename(rule: MappingRule, names: Renames): MappingRule {
  const { 'schema-name': schema, 'table-name': table, 'column-name': column } = rule['object-locator'];
  const newName = String(rule.value);
  switch (rule['rule-target']) {
    case 'schema': return rename('schema', { 'schema-name': newName }, literal(schema));
    case 'table': return rename('table', { 'schema-name': names.schema(schema), 'table-name': newName }, literal(table ?? ''));
    default: return rename('column', {
      'schema-name': names.schema(schema),
      'table-name': names.table(schema, table ?? ''),
      'column-name': newName,
    }, literal(column ?? ''));
  }
}
