import { ENVIRONMENT, type AssessmentRequest, type PreflightRequest, type Side } from './contract';
import type { DatabaseReference } from '../postgres';

/** Where the two databases are, as the construct says it in the function's environment. */
export function databaseReferences(env: NodeJS.ProcessEnv): Record<Side, DatabaseReference> {
  const read = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`environment variable ${name}: got none, allowed: what MigrationPreflight sets`);
    return value;
  };
  return {
    source: { secretId: read(ENVIRONMENT.sourceSecretId), databaseName: read(ENVIRONMENT.sourceDatabase) },
    target: { secretId: read(ENVIRONMENT.targetSecretId), databaseName: read(ENVIRONMENT.targetDatabase) },
  };
}

/**
 * The assessment that the request asks for, or the one that the function was made with; for DMS alone. Before a cutover the load runs, and a task
 * that runs cannot be assessed: then only what the request asks for.
 */
export function assessmentOf({ assessment, profile, stage }: PreflightRequest, env: NodeJS.ProcessEnv): AssessmentRequest | undefined {
  if (profile === 'native' || stage === 'before-cutover' && assessment === undefined) return undefined;
  const usual = env[ENVIRONMENT.assessment];
  const made = usual === undefined ? undefined : JSON.parse(usual) as AssessmentRequest;
  return assessment === undefined && made === undefined ? undefined : { ...made, ...assessment } as AssessmentRequest;
}
