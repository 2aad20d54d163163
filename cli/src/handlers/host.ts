import { createRequire } from 'node:module';
import type { Context } from 'aws-lambda';
import type { Answer, Invocation } from './messages';

/**
 * The process of one function: it loads the bundle as Lambda would and runs its handler, one invocation after the other.
 *
 * It reads the function's own log to know where it is: the bundle runs unchanged.
 */
type Handler = (event: unknown, context: Context) => Promise<unknown>;

const STEP = /^(before|after) [a-z-]+$/;
let current: Invocation | undefined;

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
  const written = write(chunk, ...rest);
  for (const line of chunk.toString().split('\n')) notice(line);
  return written;
}) as typeof process.stdout.write;

function notice(line: string): void {
  if (!current || !line.startsWith('{')) return;
  const { message } = parsed(line);
  if (message === undefined || !STEP.test(message)) return;
  say({ id: current.id, kind: 'step', moment: message });
  if (current.dieAt === message) process.kill(process.pid, 'SIGKILL');
}

function parsed(line: string): { readonly message?: string } {
  try {
    return JSON.parse(line) as { readonly message?: string };
  } catch {
    return {};
  }
}

function say(answer: Answer): void {
  process.send?.(answer);
}

const { handler } = createRequire(__filename)(process.argv[2]) as { readonly handler: Handler };

process.on('message', (invocation: Invocation) => {
  current = invocation;
  const { id } = invocation;
  handler(invocation.event, context(invocation)).then(
    (result) => say({ id, kind: 'result', result }),
    (error: Error) => say({ id, kind: 'error', name: error.name, message: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));

function context({ id, timeoutMs }: Invocation): Context {
  const end = performance.now() + timeoutMs;
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'local';
  return {
    awsRequestId: String(id),
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: '512',
    callbackWaitsForEmptyEventLoop: false,
    logGroupName: name,
    logStreamName: name,
    getRemainingTimeInMillis: () => end - performance.now(),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
