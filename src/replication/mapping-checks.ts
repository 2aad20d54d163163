import { MARKER_TABLE, PRIVATE_TABLES, SCHEMA } from './contract';
import {
  FILTER_OPERATORS,
  includes,
  isSelection,
  isTransformation,
  SELECTION_ACTIONS,
  TRANSFORMATION_ACTIONS,
  TRANSFORMATION_TARGETS,
  type MappingRule,
} from './mapping-rules';
import { checkExactName, checkName, hasWildcard, literal, matches } from './name-pattern';
import { invalidInput } from '../core';

const MARKER = `${SCHEMA}.${MARKER_TABLE}`;
const RULE_TYPES = ['selection', 'transformation', 'table-settings'];
const MAX_LOAD_ORDER = 2_147_483_647;

/**
 * Checks one rule by itself: its form, and that it leaves the migration's own tables as they must be.
 *
 * @param at where the rule stands, for errors
 */
export function checkRule(at: string, rule: MappingRule): void {
  checkOneOf(`${at}.rule-type`, rule['rule-type'], RULE_TYPES);
  const locator: unknown = rule['object-locator'];
  if (typeof locator !== 'object' || locator === null) throw invalidInput(`${at}.object-locator`, locator, 'an object with schema-name and table-name');
  checkName(`${at}.schema-name`, rule['object-locator']['schema-name']);
  if (isSelection(rule)) checkSelection(at, rule);
  else if (isTransformation(rule)) checkTransformation(at, rule);
  else checkName(`${at}.table-name`, rule['object-locator']['table-name']);
}

/** Checks what rules say together. */
export function checkRules(prop: string, rules: readonly MappingRule[]): void {
  if (!rules.some(includes)) throw invalidInput(prop, 'rules that select no table', 'at least one rule that includes tables');
  const transformed = new Set<string>();
  for (const rule of rules.filter((one) => isTransformation(one) && one['rule-target'] !== 'column')) {
    const { 'schema-name': schema, 'table-name': table = '' } = rule['object-locator'];
    const name = [rule['rule-target'], literal(schema), literal(table)].join(' ').trim();
    if (transformed.has(name)) throw invalidInput(prop, `two transformations of ${name}`, 'one, since DMS takes no more for a schema or a table');
    transformed.add(name);
  }
}

function checkSelection(at: string, rule: MappingRule): void {
  checkOneOf(`${at}.rule-action`, rule['rule-action'], SELECTION_ACTIONS);
  const { 'schema-name': schema, 'table-name': table, 'table-type': type } = rule['object-locator'];
  const check: typeof checkName = rule['rule-action'] === 'explicit' ? checkExactName : checkName;
  check(`${at}.schema-name`, schema);
  check(`${at}.table-name`, table);
  if (type !== undefined && type !== 'table') throw invalidInput(`${at}.table-type`, type, "'table', since DMS carries no changes of views");
  checkLoadOrder(`${at}.load-order`, rule['load-order']);
  const filters = checkFilters(`${at}.filters`, rule.filters);
  const what = `${schema}.${table}`;
  if (rule['rule-action'] === 'exclude' && isMarker(rule)) {
    throw invalidInput(at, `an exclusion of ${what}`, `one that leaves ${MARKER} in: without it nobody knows what has arrived`);
  }
  if (includes(rule) && filters > 0 && isMarker(rule)) {
    throw invalidInput(at, `filters on ${what}`, `filters on tables other than ${MARKER}, each of whose rows has to arrive`);
  }
  const privateTables: readonly string[] = PRIVATE_TABLES;
  if (includes(rule) && literal(schema) === SCHEMA && privateTables.includes(literal(table))) {
    throw invalidInput(at, what, `tables of the payments and ${MARKER}: each side keeps its own ${literal(table)}`);
  }
}

function checkTransformation(at: string, rule: MappingRule): void {
  checkOneOf(`${at}.rule-action`, rule['rule-action'], TRANSFORMATION_ACTIONS);
  checkOneOf(`${at}.rule-target`, rule['rule-target'], TRANSFORMATION_TARGETS);
  const { 'table-name': table, 'column-name': column } = rule['object-locator'];
  if (rule['rule-target'] !== 'schema') checkName(`${at}.table-name`, table);
  if (rule['rule-target'] === 'column' && rule['rule-action'] !== 'add-column') checkName(`${at}.column-name`, column);
  if (rule['rule-action'] === 'rename') {
    const value = rule.value;
    checkExactName(`${at}.value`, value);
    if (rule['rule-target'] === 'schema' && literal(value) === SCHEMA) {
      throw invalidInput(`${at}.value`, value, 'another name, since this schema is the migration\'s own');
    }
  }
  if (isMarker(rule)) {
    throw invalidInput(at, `a transformation of ${rule['object-locator']['schema-name']}.${table ?? '%'}`,
      `one that names its schema, and not ${SCHEMA}: ${MARKER} is the same on both sides`);
  }
}

/** Whether a rule reaches the marker, by whatever pattern. */
function isMarker({ 'object-locator': locator }: MappingRule): boolean {
  return matches(locator['schema-name'], SCHEMA) && matches(locator['table-name'] ?? '%', MARKER_TABLE);
}

function checkLoadOrder(prop: string, order: unknown): void {
  if (order === undefined) return;
  const value = Number(order);
  if (!Number.isInteger(value) || value < 1 || value > MAX_LOAD_ORDER) throw invalidInput(prop, order, `a whole number from 1 to ${MAX_LOAD_ORDER}`);
}

/** How many filters there are. */
function checkFilters(prop: string, filters: unknown): number {
  if (filters === undefined) return 0;
  if (!Array.isArray(filters)) throw invalidInput(prop, filters, 'a list');
  filters.forEach((filter: Record<string, unknown>, index) => {
    checkOneOf(`${prop}[${index}].filter-type`, filter['filter-type'], ['source']);
    checkExactName(`${prop}[${index}].column-name`, filter['column-name']);
    const conditions = filter['filter-conditions'];
    if (!Array.isArray(conditions) || conditions.length === 0) throw invalidInput(`${prop}[${index}].filter-conditions`, conditions, 'at least one');
    conditions.forEach((condition: Record<string, unknown>) => {
      checkOneOf(`${prop}[${index}].filter-operator`, condition['filter-operator'], FILTER_OPERATORS);
    });
  });
  return filters.length;
}

function checkOneOf(prop: string, got: unknown, allowed: readonly string[]): void {
  if (typeof got !== 'string' || !allowed.includes(got)) throw invalidInput(prop, got, allowed.map((one) => `'${one}'`).join(', '));
}

/** Whether a rename says which one thing gets another name, so that it can be turned round. */
export function isExactRename({ 'rule-action': action, 'object-locator': locator }: MappingRule): boolean {
  return action === 'rename' && !Object.values(locator).some((name) => hasWildcard(String(name)));
}
