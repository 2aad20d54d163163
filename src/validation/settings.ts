import { ENVIRONMENT, type Side } from './contract';
import type { DatabaseReference } from '../postgres';

/** Where the two databases are, as the construct says it in the function's environment. */
export function databaseReferences(env: NodeJS.ProcessEnv): Record<Side, DatabaseReference> {
  const read = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`environment variable ${name}: got none, allowed: what DataValidation sets`);
    return value;
  };
  return {
    source: { secretId: read(ENVIRONMENT.sourceSecretId), databaseName: read(ENVIRONMENT.sourceDatabase) },
    target: { secretId: read(ENVIRONMENT.targetSecretId), databaseName: read(ENVIRONMENT.targetDatabase) },
  };
}
