import { ENVIRONMENT, type ArmRequest, type FenceSettings, type Side, type TransferRequest } from './contract';
import { CutoverError } from './cutover-error';
import type { DatabaseReference } from '../postgres';

/** Where the two databases are, as the construct says it in the function's environment. */
export function databaseReferences(env: NodeJS.ProcessEnv): Record<Side, DatabaseReference> {
  const read = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`environment variable ${name}: got none, allowed: what CutoverFunctions sets`);
    return value;
  };
  return {
    source: { secretId: read(ENVIRONMENT.sourceSecretId), databaseName: read(ENVIRONMENT.sourceDatabase) },
    target: { secretId: read(ENVIRONMENT.targetSecretId), databaseName: read(ENVIRONMENT.targetDatabase) },
  };
}

/** What the function needs after the deadline, to give authority back or to open what can only be opened, and to say so. */
const AFTER_THE_DEADLINE_MS = 4_500;

/** With the deadline that the function was made with, where the request names none. Refused where the function would be stopped before it. */
export function withDeadline(request: TransferRequest, env: NodeJS.ProcessEnv, remainingMs: number): TransferRequest {
  const usual = env[ENVIRONMENT.transferDeadlineMs];
  const deadlineMs = request.deadlineMs ?? (usual === undefined ? undefined : Number(usual));
  if (deadlineMs !== undefined && deadlineMs + AFTER_THE_DEADLINE_MS > remainingMs) {
    throw new CutoverError('Refused', `deadlineMs: got ${deadlineMs}, while the function has ${Math.floor(remainingMs)} ms left`,
      `allowed: at least ${AFTER_THE_DEADLINE_MS} ms less; transferDeadline gives the function more time`);
  }
  return { ...request, deadlineMs };
}

/** With the fence that the function was made with, where the request names none. */
export function withFence(request: ArmRequest, env: NodeJS.ProcessEnv): ArmRequest {
  const usual = env[ENVIRONMENT.fence];
  return { ...request, fence: request.fence ?? (usual === undefined ? undefined : JSON.parse(usual) as FenceSettings) };
}
