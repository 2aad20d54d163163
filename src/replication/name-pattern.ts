import { Token } from 'aws-cdk-lib';
import { invalidInput } from '../core';

/** PostgreSQL cuts longer names. */
const MAX_LENGTH = 63;

/** Checks a name or a pattern of names that stands in a table mapping. */
export function checkName(prop: string, name: unknown): asserts name is string {
  if (typeof name !== 'string') throw invalidInput(prop, name, 'a name or a pattern');
  // What is mapped is judged here, so a token cannot say it.
  if (Token.isUnresolved(name)) throw invalidInput(prop, 'a token', 'a literal name or pattern');
  if (name === '' || literal(name).length > MAX_LENGTH) throw invalidInput(prop, name, `1 to ${MAX_LENGTH} characters`);
}

/** Checks a name that stands for itself alone. */
export function checkExactName(prop: string, name: unknown): asserts name is string {
  checkName(prop, name);
  if (hasWildcard(name)) throw invalidInput(prop, name, 'one name, without % and without [] but for [_]');
}

/**
 * Whether a pattern says more than one name. An underscore alone does not: names are full of them, so it is read as itself where that
 * matters, and as any character where that is the safe side.
 */
export function hasWildcard(name: string): boolean {
  return /[%[\]]/.test(name.replaceAll('[_]', '_'));
}

/**
 * Whether a pattern of DMS's matches a name.
 *
 * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Wildcards.html
 */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[%_]|\[[^\]]+\]|[^%_[]+|\[/g, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    if (part.length > 1 && part.startsWith('[')) return `[${part.slice(1, -1).replace(/[\\^]/g, '\\$&')}]`;
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'su').test(name);
}

/** A pattern with one name, as that name. */
export function literal(name: string): string {
  return name.replaceAll('[_]', '_');
}
