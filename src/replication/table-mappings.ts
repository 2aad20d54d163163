import { createHash } from 'node:crypto';
import { Token } from 'aws-cdk-lib';
import { DMS_NAMES, MARKER_TABLE, PRIVATE_TABLES, SCHEMA } from './contract';
import { checkRule, checkRules } from './mapping-checks';
import { rename, selection, type MappingRule } from './mapping-rules';
import { checkExactName } from './name-pattern';
import { reversed } from './reversed-rules';
import { invalidInput } from '../core';

/** Which tables a rule of `TableMappings` is about. */
export interface TableSelection {
  /** The schema: a name, or a pattern in which `%` is any text, `_` any character and `[_]` an underscore. */
  readonly schema: string;

  /**
   * The table: a name, or a pattern.
   *
   * @default - every table of the schema
   */
  readonly table?: string;
}

/** What every mapping has, whatever else it says. */
const OWN_RULES: readonly MappingRule[] = [
  selection('include', SCHEMA, MARKER_TABLE),
  ...PRIVATE_TABLES.map((table) => selection('exclude', SCHEMA, table)),
  selection('exclude', '%', DMS_NAMES),
  selection('exclude', DMS_NAMES, '%'),
];
/** Numbers of other rules begin here. */
const FIRST_NUMBER = 100_000_000;
const NUMBERS = 900_000_000;

/**
 * Which tables are replicated, and what they are called on the other side.
 *
 * Every mapping contains `payment_migration.marker`, whose rows prove what has arrived, and no other table of that schema. A mapping does
 * not change: each method returns another one.
 */
export class TableMappings {
  /** Replicates these tables. */
  public static include(tables: TableSelection): TableMappings {
    return new TableMappings([]).alsoInclude(tables);
  }

  /**
   * Mappings in DMS's own words: `{"rules": [...]}` with rules of the types `selection`, `transformation` and `table-settings`.
   *
   * The rules are numbered anew. https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.html
   */
  public static fromJson(json: string): TableMappings {
    if (Token.isUnresolved(json)) throw invalidInput('tableMappings', 'a token', 'literal JSON');
    return new TableMappings(parsed(json).map(({ 'rule-id': _id, 'rule-name': _name, ...rule }) => rule as MappingRule)).checked();
  }

  private constructor(private readonly rules: readonly MappingRule[]) {
    rules.forEach((rule, index) => checkRule(`tableMappings.rules[${index}]`, rule));
  }

  /** Replicates these tables too. */
  public alsoInclude(tables: TableSelection): TableMappings {
    return this.with(selection('include', tables.schema, tables.table ?? '%'));
  }

  /** Leaves these tables out, whatever else includes them. */
  public exclude(tables: TableSelection): TableMappings {
    return this.with(selection('exclude', tables.schema, tables.table ?? '%'));
  }

  /** Gives a schema another name on the target. */
  public renameSchema(schema: string, newName: string): TableMappings {
    checkExactName('schema', schema);
    return this.with(rename('schema', { 'schema-name': schema }, newName));
  }

  /** Gives a table another name on the target. */
  public renameTable(schema: string, table: string, newName: string): TableMappings {
    checkExactName('schema', schema);
    checkExactName('table', table);
    return this.with(rename('table', { 'schema-name': schema, 'table-name': table }, newName));
  }

  /** Gives a column another name on the target. */
  public renameColumn(schema: string, table: string, column: string, newName: string): TableMappings {
    checkExactName('schema', schema);
    checkExactName('table', table);
    checkExactName('column', column);
    return this.with(rename('column', { 'schema-name': schema, 'table-name': table, 'column-name': column }, newName));
  }

  /**
   * The mappings the other way round: from the target to the source.
   *
   * Selections and renames of one thing can be turned round; for others write both ways yourself.
   */
  public reversed(): TableMappings {
    return new TableMappings(reversed('reverseTableMappings', this.rules)).checked();
  }

  /** The mappings as DMS takes them. A rule keeps its number as long as it says the same, whatever stands around it. */
  public toJson(): string {
    const taken = new Set<number>();
    const own = OWN_RULES.map((rule, index) => numbered(rule, index + 1));
    const others = this.rules.map((rule) => {
      let number = numberOf(rule);
      while (taken.has(number)) number += 1;
      taken.add(number);
      return numbered(rule, number);
    });
    return JSON.stringify({ rules: [...own, ...others] });
  }

  private with(rule: MappingRule): TableMappings {
    return new TableMappings([...this.rules, rule]).checked();
  }

  private checked(): TableMappings {
    checkRules('tableMappings', this.rules);
    return this;
  }
}

function numbered(rule: MappingRule, number: number): object {
  const { 'rule-type': type, ...rest } = rule;
  return { 'rule-type': type, 'rule-id': String(number), 'rule-name': String(number), ...rest };
}

function numberOf(rule: MappingRule): number {
  const hash = createHash('sha256').update(JSON.stringify(rule)).digest();
  return FIRST_NUMBER + hash.readUInt32BE() % NUMBERS;
}

function parsed(json: string): Record<string, unknown>[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalidInput('tableMappings', json.slice(0, 80), `JSON (${(error as Error).message})`);
  }
  const rules = (value as { readonly rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules) || !rules.every((rule) => typeof rule === 'object' && rule !== null)) {
    throw invalidInput('tableMappings', json.slice(0, 80), '{"rules": [...]}');
  }
  return rules as Record<string, unknown>[];
}
