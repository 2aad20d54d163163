import type { PreflightErrorName } from './contract';

/** How the function ends when it did not look at all. Its name is what a workflow tells apart, its message is for a person. */
export class PreflightError extends Error {
  public constructor(name: PreflightErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

/** The field, what was got and what is allowed. */
export function refused(field: string, got: unknown, allowed: string): PreflightError {
  return new PreflightError('Refused', `${field}: got ${JSON.stringify(got) ?? 'undefined'}, allowed: ${allowed}`);
}
