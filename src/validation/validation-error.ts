import type { ValidationErrorName } from './contract';
import { DatabaseProblem } from '../postgres';

/** How the function ends when it did not do what was asked. Its name is what a workflow tells apart, its message is for a person. */
export class ValidationError extends Error {
  public constructor(name: ValidationErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

/** What cannot be done whatever the databases say: the field, what was got and what is allowed. */
export function refused(field: string, got: unknown, allowed: string): ValidationError {
  return new ValidationError('Refused', `${field}: got ${JSON.stringify(got)}, allowed: ${allowed}`);
}

/** What went wrong, as the error that the function ends with. */
export function namedError(error: unknown): Error {
  if (error instanceof DatabaseProblem) return new ValidationError(error.retryable ? 'DatabaseUnavailable' : 'Refused', error.message);
  return error instanceof Error ? error : new Error(String(error));
}
