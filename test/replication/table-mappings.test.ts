import { Token } from 'aws-cdk-lib';
import { rulesOf } from './support/templates';
import { TableMappings } from '../../src/replication';
import { CONTROL_SCHEMA, MARKER_TABLE, PRIVATE_TABLES, SCHEMA } from '../../src/replication/contract';
import { matches } from '../../src/replication/name-pattern';

const fromRules = (...rules: object[]) => TableMappings.fromJson(JSON.stringify({ rules }));
const selection = (schema: string, table: string, more: object = {}) => ({
  'rule-type': 'selection', 'rule-id': '1', 'rule-name': 'x', 'rule-action': 'include', 'object-locator': { 'schema-name': schema, 'table-name': table }, ...more,
});
const transformation = (target: string, locator: object, more: object = {}) => ({
  'rule-type': 'transformation', 'rule-id': '2', 'rule-name': 'y', 'rule-action': 'rename', 'rule-target': target, 'object-locator': locator, 'value': 'other', ...more,
});
const PAYMENTS = selection('payments', '%');
const base = TableMappings.include({ schema: 'payments' });

/** What DMS would do with a table: exclusions come after inclusions. */
function carries(mappings: TableMappings, schema: string, table: string): boolean {
  const { rules } = JSON.parse(mappings.toJson()) as { readonly rules: Record<string, unknown>[] };
  const actions = rules.filter((rule) => rule['rule-type'] === 'selection').filter(({ 'object-locator': locator }) => {
    const { 'schema-name': schemas, 'table-name': tables } = locator as Record<string, string>;
    return matches(schemas, schema) && matches(tables, table);
  }).map((rule) => rule['rule-action']);
  return actions.length > 0 && !actions.includes('exclude');
}

describe('every mapping', () => {
  test.each<[string, TableMappings]>([
    ['of one table', TableMappings.include({ schema: 'payments', table: 'payment' })],
    ['of everything', TableMappings.include({ schema: '%' })],
    ['of the migration\'s own schema', TableMappings.include({ schema: SCHEMA })],
    ['in JSON', fromRules(selection('%', '%'))],
    ['the other way round', TableMappings.include({ schema: '%' }).reversed()],
  ])('%s carries the marker, and nothing else of the migration or of DMS', (_, mappings) => {
    expect(carries(mappings, SCHEMA, MARKER_TABLE)).toBe(true);
    for (const table of PRIVATE_TABLES) expect(carries(mappings, SCHEMA, table)).toBe(false);
    expect([carries(mappings, 'public', 'awsdms_ddl_audit'), carries(mappings, CONTROL_SCHEMA, 'anything')]).toEqual([false, false]);
  });

  test.each<[string, () => unknown, string]>([
    ['by its name', () => base.exclude({ schema: SCHEMA, table: 'marker' }), 'an exclusion of payment_migration.marker'],
    ['with its schema', () => base.exclude({ schema: SCHEMA }), 'an exclusion of payment_migration.%'],
    ['by a pattern', () => base.exclude({ schema: 'payment%', table: 'm_rk[d-f]r' }), 'an exclusion of payment%.m_rk[d-f]r'],
    ['in JSON', () => fromRules(PAYMENTS, selection('%', '%mark%', { 'rule-action': 'exclude' })), 'an exclusion of %.%mark%'],
  ])('cannot exclude it %s', (_, build, what) => {
    expect(build).toThrow(`got '${what}', allowed: one that leaves payment_migration.marker in`);
  });

  test.each([...PRIVATE_TABLES])('cannot include %s by its name', (table) => {
    expect(() => base.alsoInclude({ schema: SCHEMA, table })).toThrow(`got 'payment_migration.${table}', allowed: tables of the payments and payment_migration.marker`);
    expect(() => fromRules(selection(SCHEMA, table, { 'rule-action': 'explicit' }))).toThrow(`each side keeps its own ${table}`);
  });

  test.each<[string, () => unknown]>([
    ['its schema', () => base.renameSchema(SCHEMA, 'other')],
    ['its table', () => base.renameTable(SCHEMA, MARKER_TABLE, 'other')],
    ['its columns', () => base.renameColumn(SCHEMA, MARKER_TABLE, 'attempt', 'other')],
    ['all tables, by a pattern', () => fromRules(PAYMENTS, transformation('table', { 'schema-name': '%', 'table-name': '%' }, { 'rule-action': 'add-prefix' }))],
  ])('cannot transform %s', (_, build) => {
    expect(build).toThrow('payment_migration.marker is the same on both sides');
  });

  test('cannot filter it', () => {
    const filters = [{ 'filter-type': 'source', 'column-name': 'id', 'filter-conditions': [{ 'filter-operator': 'gte', 'value': '1' }] }];
    expect(() => fromRules(selection('%', '%', { filters }))).toThrow("got 'filters on %.%', allowed: filters on tables other than payment_migration.marker");
    expect(rulesOf(fromRules(selection('payments', '%', { filters })).toJson())).toEqual(['include payments.%']);
  });

  test('cannot give another schema its schema\'s name', () => {
    expect(() => base.renameSchema('payments', SCHEMA)).toThrow("value: got 'payment_migration', allowed: another name");
  });
});

describe('rules', () => {
  const built = base.alsoInclude({ schema: 'ledger', table: 'entry' }).exclude({ schema: 'payments', table: 'tmp%' })
    .renameSchema('payments', 'pay').renameTable('ledger', 'entry', 'line').renameColumn('ledger', 'entry', 'amount', 'sum');

  test('@default TableSelection.table: every table of the schema', () => {
    expect(rulesOf(base.toJson())).toEqual(['include payments.%']);
  });

  test('are written as DMS takes them', () => {
    expect(rulesOf(built.toJson())).toEqual([
      'include payments.%', 'include ledger.entry', 'exclude payments.tmp%', 'rename payments -> pay', 'rename ledger.entry -> line', 'rename ledger.entry.amount -> sum',
    ]);
    const { rules } = JSON.parse(built.toJson()) as { readonly rules: Record<string, unknown>[] };
    for (const rule of rules) expect(rule).toMatchObject({ 'rule-id': expect.stringMatching(/^\d+$/), 'rule-name': rule['rule-id'] });
    expect(new Set(rules.map((rule) => rule['rule-id'])).size).toBe(rules.length);
  });

  test('do not change: each method returns others', () => {
    base.exclude({ schema: 'payments', table: 'x' });
    expect(rulesOf(base.toJson())).toEqual(['include payments.%']);
  });

  test('keep their numbers when others come and go', () => {
    const numberOf = (mappings: TableMappings) => (JSON.parse(mappings.toJson()) as { readonly rules: Record<string, unknown>[] }).rules
      .find((rule) => (rule['object-locator'] as Record<string, string>)['schema-name'] === 'ledger')!['rule-id'];
    expect(numberOf(built)).toBe(numberOf(TableMappings.include({ schema: 'ledger', table: 'entry' })));
  });

  test('that say the same twice have two numbers', () => {
    const { rules } = JSON.parse(base.alsoInclude({ schema: 'payments' }).toJson()) as { readonly rules: Record<string, unknown>[] };
    expect(new Set(rules.map((rule) => rule['rule-id'])).size).toBe(rules.length);
  });
});

describe('the other way round', () => {
  test.each<[string, TableMappings, string[]]>([
    ['selections stay', base.exclude({ schema: 'payments', table: 'x' }), ['include payments.%', 'exclude payments.x']],
    ['a schema\'s new name is selected, and renamed back', base.renameSchema('payments', 'pay'), ['include pay.%', 'rename pay -> payments']],
    ['a table\'s too', TableMappings.include({ schema: 'a', table: 't' }).renameTable('a', 't', 'u'), ['include a.u', 'rename a.u -> t']],
    ['a pattern that does not reach the new name gets a rule for it',
      TableMappings.include({ schema: 'pay%' }).renameSchema('payments', 'billing'), ['include pay%.%', 'include billing.%', 'rename billing -> payments']],
    ['a pattern that does reach it gets none', TableMappings.include({ schema: '%' }).renameSchema('payments', 'pay'), ['include %.%', 'rename pay -> payments']],
    ['names within new names', base.renameSchema('payments', 'pay').renameTable('payments', 'a', 'b').renameColumn('payments', 'a', 'x', 'y'),
      ['include pay.%', 'rename pay -> payments', 'rename pay.b -> a', 'rename pay.b.y -> x']],
  ])('%s', (_, mappings, expected) => {
    expect(rulesOf(mappings.reversed().toJson())).toEqual(expected);
  });

  test('twice is what it was', () => {
    const mappings = base.renameSchema('payments', 'pay').renameTable('payments', 'a', 'b');
    expect(rulesOf(mappings.reversed().reversed().toJson())).toEqual(rulesOf(mappings.toJson()));
  });

  test.each<[string, object[], string]>([
    ['a prefix', [transformation('table', { 'schema-name': 'payments', 'table-name': '%' }, { 'rule-action': 'add-prefix' })], 'transformation add-prefix'],
    ['a setting of a table', [{ 'rule-type': 'table-settings', 'object-locator': { 'schema-name': 'payments', 'table-name': 'a' } }], 'table-settings'],
  ])('%s has to be said by hand', (_, rules, what) => {
    expect(() => fromRules(PAYMENTS, ...rules).reversed()).toThrow(`reverseTableMappings: got undefined, allowed: the mappings from the target to the source, since a rule for the other way cannot be turned round: ${what}`);
  });
});

describe('patterns', () => {
  test.each<[string, string, boolean]>([
    ['%', 'anything', true], ['pay%', 'payments', true], ['pay%', 'repay', false], ['p_y', 'pay', true], ['p[_]y', 'p_y', true], ['p[_]y', 'pay', false],
    ['[ab]c', 'bc', true], ['[a-c]d', 'dd', false], ['a.c', 'abc', false], ['A', 'a', false], ['a[', 'a[', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });
});

describe('bad input', () => {
  test.each<[string, () => unknown, string]>([
    ['no JSON', () => TableMappings.fromJson('{rules'), "tableMappings: got '{rules', allowed: JSON ("],
    ['other JSON', () => TableMappings.fromJson('[]'), 'allowed: {"rules": [...]}'],
    ['rules that are none', () => TableMappings.fromJson('{"rules":[1]}'), 'allowed: {"rules": [...]}'],
    ['a token', () => TableMappings.fromJson(Token.asString({ Ref: 'x' })), "got 'a token', allowed: literal JSON"],
    ['no rules', () => fromRules(), "got 'rules that select no table'"],
    ['exclusions alone', () => fromRules(selection('a', 'b', { 'rule-action': 'exclude' })), "got 'rules that select no table'"],
    ['an unknown action', () => fromRules(selection('a', 'b', { 'rule-action': 'includes' })), "rules[0].rule-action: got 'includes', allowed: 'include', 'exclude', 'explicit'"],
    ['an unknown type', () => fromRules({ ...PAYMENTS, 'rule-type': 'selections' }), "rule-type: got 'selections'"],
    ['a rule of another engine', () => fromRules(PAYMENTS, { ...PAYMENTS, 'rule-type': 'object-mapping' }), "rules[1].rule-type: got 'object-mapping', allowed: 'selection', 'transformation', 'table-settings'"],
    ['a tablespace of Oracle\'s', () => fromRules(PAYMENTS, transformation('table-tablespace', { 'schema-name': 'a', 'table-name': 'b' })), "rule-target: got 'table-tablespace', allowed: 'schema', 'table', 'column'"],
    ['an unknown transformation', () => fromRules(PAYMENTS, transformation('table', { 'schema-name': 'a', 'table-name': 'b' }, { 'rule-action': 'renam' })), "rule-action: got 'renam'"],
    ['no locator', () => fromRules({ 'rule-type': 'selection' }), 'object-locator: got undefined'],
    ['no table', () => fromRules({ ...PAYMENTS, 'object-locator': { 'schema-name': 'a' } }), 'table-name: got undefined'],
    ['views', () => fromRules(selection('a', 'b', { 'object-locator': { 'schema-name': 'a', 'table-name': 'b', 'table-type': 'all' } })), "table-type: got 'all', allowed: 'table'"],
    ['a load order', () => fromRules(selection('a', 'b', { 'load-order': 0 })), 'load-order: got 0, allowed: a whole number from 1 to 2147483647'],
    ['a pattern where one table is said', () => fromRules(selection('a', 'b%', { 'rule-action': 'explicit' })), "table-name: got 'b%', allowed: one name"],
    ['an unknown filter', () => fromRules(selection('a', 'b', { filters: [{ 'filter-type': 'source', 'column-name': 'c', 'filter-conditions': [{ 'filter-operator': '>' }] }] })), "filter-operator: got '>'"],
    ['filters that are no list', () => fromRules(selection('a', 'b', { filters: {} })), 'filters: got [object Object], allowed: a list'],
    ['a filter without conditions', () => fromRules(selection('a', 'b', { filters: [{ 'filter-type': 'source', 'column-name': 'c' }] })), 'filter-conditions: got undefined'],
    ['an empty name', () => TableMappings.include({ schema: '' }), "schema-name: got '', allowed: 1 to 63 characters"],
    ['a long name', () => TableMappings.include({ schema: 'a'.repeat(64) }), 'allowed: 1 to 63 characters'],
    ['a token as a name', () => TableMappings.include({ schema: Token.asString({ Ref: 'x' }) }), "schema-name: got 'a token'"],
    ['a rename of many', () => base.renameSchema('pay%', 'x'), "schema: got 'pay%', allowed: one name"],
    ['a rename to a pattern', () => base.renameSchema('payments', 'x%'), "value: got 'x%', allowed: one name"],
    ['a column without a name', () => fromRules(PAYMENTS, transformation('column', { 'schema-name': 'a', 'table-name': 'b' })), 'column-name: got undefined'],
    ['two new names for one schema', () => base.renameSchema('payments', 'a').renameSchema('payments', 'b'), "got 'two transformations of schema payments'"],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});
