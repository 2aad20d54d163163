import { invalidInput } from '../core';

/** A value of one setting. */
export type SettingValue = string | number | boolean;

/** What one setting may be. */
export interface SettingRule {
  /** The value that a text says; undefined where it says none. */
  readonly read: (text: string) => SettingValue | undefined;
  readonly allows: (value: unknown) => boolean;
  readonly allowed: string;
  /** Documented, but not for a payment system between two PostgreSQL databases: why. */
  readonly refuses?: (value: SettingValue) => string | undefined;
}

export const flag: SettingRule = {
  read: (text) => ({ true: true, false: false })[text],
  allows: (value) => typeof value === 'boolean',
  allowed: 'true or false',
};

export function count(min: number, max?: number): SettingRule {
  return {
    read: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
    allows: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= (max ?? Infinity),
    allowed: max === undefined ? `a whole number from ${min} up` : `a whole number from ${min} to ${max}`,
  };
}

export function choice(...values: string[]): SettingRule {
  return {
    read: (text) => text,
    allows: (value) => values.includes(value as string),
    allowed: values.map((value) => `'${value}'`).join(', '),
  };
}

export function word(pattern: RegExp, allowed: string): SettingRule {
  return { read: (given) => given, allows: (value) => typeof value === 'string' && pattern.test(value), allowed };
}

/** A setting that may not have some of its values here. */
export function refusing(rule: SettingRule, values: readonly SettingValue[], why: string): SettingRule {
  return { ...rule, refuses: (value) => (values.includes(value) ? why : undefined) };
}

/** A number that may only be zero here. */
export function unused(why: string): SettingRule {
  return { ...count(0), refuses: (value) => (value === 0 ? undefined : why) };
}

export function checkSetting(prop: string, rule: SettingRule, value: unknown): void {
  if (!rule.allows(value)) throw invalidInput(prop, value, rule.allowed);
  const why = rule.refuses?.(value as SettingValue);
  if (why !== undefined) throw invalidInput(prop, value, why);
}
