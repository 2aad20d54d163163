import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { StateResult } from './contract';
import type { StageGuardProperties } from './stage-guard-contract';
import { deletion, whyNotTo } from './stage-rules';
import type { CustomResourceResult } from '../core/custom-resource-reply';

/** What the handler works with. */
export interface StageGuardServices {
  readonly lambda: Pick<LambdaClient, 'send'>;
}

type Event = CloudFormationCustomResourceEvent<StageGuardProperties>;

const PHYSICAL_ID = 'stage-guard';
const ESCAPE = 'To delete the stack nevertheless, delete it again and keep this resource';

/** Asks who may write before a stack changes its stage or goes. Safe to run twice: it changes nothing but by `finish`, which is. */
export function stageGuard(services: StageGuardServices): (event: Event) => Promise<CustomResourceResult> {
  return async (event) => {
    if (event.RequestType === 'Update') await checkStage(services, event.ResourceProperties, event.OldResourceProperties);
    if (event.RequestType === 'Delete') await checkDeletion(services, event.ResourceProperties);
    return { physicalResourceId: PHYSICAL_ID };
  };
}

async function checkStage(services: StageGuardServices, wanted: StageGuardProperties, old: StageGuardProperties): Promise<void> {
  // A way back to an earlier stage is what a rollback takes too: never refused.
  const forward = ['MIGRATING', 'HOLDING', 'RETIRED'].indexOf(wanted.Stage) > ['MIGRATING', 'HOLDING', 'RETIRED'].indexOf(old.Stage);
  if (!forward || wanted.Refuses === 'false' || old.AuthorityFunctionName === undefined) return;
  const now = await invoke<StateResult>(services, old.AuthorityFunctionName, { action: 'state' });
  const why = now && whyNotTo(wanted.Stage, old.Stage, now);
  if (why !== undefined) throw new Error(why);
}

async function checkDeletion(services: StageGuardServices, properties: StageGuardProperties): Promise<void> {
  const { Stage, AuthorityFunctionName, FenceFunctionName, Refuses } = properties;
  if (Stage === 'RETIRED' || AuthorityFunctionName === undefined || FenceFunctionName === undefined) return;
  try {
    const now = await invoke<StateResult>(services, AuthorityFunctionName, { action: 'state' });
    if (now === undefined) return;
    const what = deletion(now);
    if (what.verdict === 'refused') throw new Error(`${what.why}. Go back, or forward and finish, before the stack is deleted. ${ESCAPE}`);
    // Slots that nobody reads fill the disk of the database that payments stay with.
    if (what.verdict === 'finish') await invoke(services, FenceFunctionName, { action: 'finish' });
  } catch (error) {
    if (Refuses === 'true') throw error;
    console.warn(`deleted all the same: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Undefined where the function is gone: then there is nothing left to ask. */
async function invoke<T>({ lambda }: StageGuardServices, functionName: string, request: object): Promise<T | undefined> {
  try {
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }));
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
    if (FunctionError === undefined) return answer as T;
    throw new Error(`${functionName} failed: ${(answer as { errorMessage?: string } | null)?.errorMessage ?? FunctionError}. ${ESCAPE}`);
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
