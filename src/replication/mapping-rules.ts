/** The rules of DMS's table mappings, as far as PostgreSQL knows them. */

/** What a rule is about. */
export interface ObjectLocator {
  readonly 'schema-name': string;
  readonly 'table-name'?: string;
  readonly 'table-type'?: string;
  readonly 'column-name'?: string;
}

/** One rule, without the number that it gets when it is written out. */
export interface MappingRule {
  readonly 'rule-type': string;
  readonly 'rule-action'?: string;
  readonly 'rule-target'?: string;
  readonly 'object-locator': ObjectLocator;
  readonly [more: string]: unknown;
}

/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Selections.html */
export const SELECTION_ACTIONS = ['include', 'exclude', 'explicit'];

/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Transformations.html */
export const TRANSFORMATION_ACTIONS = [
  'rename', 'remove-column', 'include-column', 'add-column', 'change-data-type', 'convert-lowercase', 'convert-uppercase', 'add-prefix',
  'remove-prefix', 'replace-prefix', 'add-suffix', 'remove-suffix', 'replace-suffix', 'define-primary-key',
];
export const TRANSFORMATION_TARGETS = ['schema', 'table', 'column'];

/** https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.Filters.html */
export const FILTER_OPERATORS = ['ste', 'gte', 'eq', 'noteq', 'between', 'notbetween', 'null', 'notnull'];

export function selection(action: string, schema: string, table: string): MappingRule {
  return { 'rule-type': 'selection', 'rule-action': action, 'object-locator': { 'schema-name': schema, 'table-name': table } };
}

export function rename(target: string, locator: ObjectLocator, value: string): MappingRule {
  return { 'rule-type': 'transformation', 'rule-action': 'rename', 'rule-target': target, 'object-locator': locator, value };
}

export const isSelection = (rule: MappingRule): boolean => rule['rule-type'] === 'selection';
export const isTransformation = (rule: MappingRule): boolean => rule['rule-type'] === 'transformation';
export const includes = (rule: MappingRule): boolean => isSelection(rule) && rule['rule-action'] !== 'exclude';
