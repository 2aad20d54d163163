import { Token } from 'aws-cdk-lib';

/**
 * The error for input that cannot work: the prop, the value got and the values allowed.
 *
 * Returned, not thrown, so that the `throw` stands where the check is.
 */
export function invalidInput(prop: string, got: unknown, allowed: string): Error {
  return new Error(`${prop}: got ${describe(got)}, allowed: ${allowed}`);
}

/** Checks a number against a closed range; a token is judged when it is resolved, so not here. */
export function checkRange(prop: string, value: number | undefined, min: number, max: number, unit = ''): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidInput(prop, value, `a whole number from ${min} to ${max}${unit && ` ${unit}`}`);
  }
}

/** Checks a string against a pattern; a token is judged when it is resolved, so not here. */
export function checkPattern(prop: string, value: string | undefined, pattern: RegExp, allowed: string): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!pattern.test(value)) throw invalidInput(prop, value, allowed);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
