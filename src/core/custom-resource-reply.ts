import type {
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceResponse,
  Context,
} from 'aws-lambda';

/** What a handler of a custom resource has to tell CloudFormation. */
export interface CustomResourceResult {
  /** Another one than before, on an update, makes CloudFormation delete the one before. */
  readonly physicalResourceId: string;
  /** Attributes, for `Fn::GetAtt`: shown in the stack's events, so never secrets. */
  readonly data?: Record<string, unknown>;
}

/** What is done for one type of custom resource. Its properties are what the template of the same version says: nobody else calls the function. */
export type CustomResourceHandle = (event: never) => Promise<CustomResourceResult>;

/** By type. */
export type CustomResources = Readonly<Record<string, CustomResourceHandle>>;

/** One handler for all of them. */
export function dispatch(resources: CustomResources): <P>(event: CloudFormationCustomResourceEvent<P>) => Promise<CustomResourceResult> {
  return async (event) => {
    const type = event.ResourceType;
    if (!Object.hasOwn(resources, type)) throw new Error(`resource type: got ${type}, allowed: ${Object.keys(resources).join(', ')}`);
    return resources[type](event as never);
  };
}

/** What tests replace. */
export interface ReplyOptions {
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<void>;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_BODY_BYTES = 4096;
/** In bytes of JSON: a control character is written as six. */
const LONGEST_CHARACTER = 6;
const ATTEMPTS = 5;
const ATTEMPT_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 500;
/** A policy that was attached a moment ago may not be known everywhere: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html */
const POLICY_GRACE_MS = 30_000;
const POLICY_PAUSE_MS = 5_000;
const DENIED = /^(UnauthorizedOperation|AccessDenied(Exception|Fault)?)$/;
/** Marks what was never created: CloudFormation deletes it nevertheless, by this id. */
const NEVER_CREATED = 'never-created/';

type Handle<P> = (event: CloudFormationCustomResourceEvent<P>) => Promise<CustomResourceResult>;

/**
 * The Lambda handler of a custom resource: whatever `handle` does, CloudFormation hears of it.
 *
 * `handle` must be safe to run twice. A creation that fails must undo what it did: the deletion that CloudFormation sends after it
 * does not reach `handle`, since it may come after a second, successful creation of the same thing.
 */
export function customResource<P>(
  handle: Handle<P>,
  options: ReplyOptions = {},
): (event: CloudFormationCustomResourceEvent<P>, context: Pick<Context, 'logStreamName'>) => Promise<void> {
  const tools = { now: Date.now, sleep: pause, ...options };
  return async (event, { logStreamName }) => {
    const response = await respond(withGrace(handle, tools), event, logStreamName);
    console.info(`${event.RequestType} of ${event.LogicalResourceId}: ${response.Status}`);
    await deliver(event.ResponseURL, fit(response, logStreamName), tools);
  };
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs again what was denied within the first moments. */
function withGrace<P>(handle: Handle<P>, { now, sleep }: Required<ReplyOptions>): Handle<P> {
  return async (event) => {
    const deadline = now() + POLICY_GRACE_MS;
    for (;;) {
      try {
        return await handle(event);
      } catch (error) {
        if (!(error instanceof Error) || !DENIED.test(error.name) || now() + POLICY_PAUSE_MS > deadline) throw error;
        await sleep(POLICY_PAUSE_MS);
      }
    }
  };
}

async function respond<P>(
  handle: Handle<P>,
  event: CloudFormationCustomResourceEvent<P>,
  logStreamName: string,
): Promise<CloudFormationCustomResourceResponse> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const request = { StackId, RequestId, LogicalResourceId };
  if (event.RequestType === 'Delete' && event.PhysicalResourceId.startsWith(NEVER_CREATED)) {
    return { ...request, Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
  }
  try {
    // Whoever holds the URL can answer in this function's name, so it is not handed on.
    const { physicalResourceId, data } = await handle({ ...event, ResponseURL: '' });
    return { ...request, Status: 'SUCCESS', PhysicalResourceId: physicalResourceId, Data: data };
  } catch (error) {
    // The stack alone: an SDK's error has the whole request beside it.
    console.error(error instanceof Error ? error.stack : 'an error that is no Error');
    return {
      ...request,
      Status: 'FAILED',
      PhysicalResourceId: event.RequestType === 'Create' ? `${NEVER_CREATED}${RequestId}` : event.PhysicalResourceId,
      Reason: reason(error, logStreamName),
    };
  }
}

function reason(error: unknown, logStreamName: string): string {
  if (!(error instanceof Error)) return `${String(error)} (log stream ${logStreamName})`;
  // An SDK's error says in its name what its message often leaves out.
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${error.message} (log stream ${logStreamName})`;
}

/** The body, with as much of the reason as there is room for; where to read the rest stands at its end. */
function fit(response: CloudFormationCustomResourceResponse, logStreamName: string): Uint8Array {
  if (excess(response) > 0 && response.Status === 'SUCCESS') {
    // Under its own id, so that the deletion that follows undoes what was done.
    const { Data, ...request } = response;
    const error = new Error(`the reply is ${excess(response)} bytes longer than CloudFormation takes`);
    return fit({ ...request, Status: 'FAILED', Reason: reason(error, logStreamName) }, logStreamName);
  }
  const tail = reason('', logStreamName);
  let fitting = response;
  while (excess(fitting) > 0 && fitting.Reason !== undefined && fitting.Reason.length > tail.length) {
    const message = fitting.Reason.slice(0, -tail.length);
    fitting = { ...fitting, Reason: `${message.slice(0, -Math.ceil(excess(fitting) / LONGEST_CHARACTER))}${tail}` };
  }
  return Buffer.from(JSON.stringify(fitting));
}

function excess(response: CloudFormationCustomResourceResponse): number {
  return Buffer.byteLength(JSON.stringify(response)) - MAX_BODY_BYTES;
}

/** Errors of `fetch` may hold the URL: what is told of them is their code. */
async function deliver(url: string, body: Uint8Array, { sleep }: Required<ReplyOptions>): Promise<void> {
  let problem = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    try {
      // The signature covers the content type: S3 refuses any but an empty one.
      const answer = await fetch(url, {
        method: 'PUT',
        body,
        headers: { 'content-type': '' },
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      if (answer.ok) return;
      problem = `HTTP ${answer.status}`;
    } catch (error) {
      problem = codeOf(error);
    }
    console.warn(`reply ${attempt + 1} of ${ATTEMPTS} failed: ${problem}`);
  }
  throw new Error(`CloudFormation could not be told: ${problem}`);
}

function codeOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return cause?.code ?? name ?? 'unknown';
}
