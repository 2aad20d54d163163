import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { customResource, type CustomResourceResult } from '../../src/core/custom-resource-reply';

interface Properties {
  readonly Password: string;
}
type Event = CloudFormationCustomResourceEvent<Properties>;
type Handle = (event: Event) => Promise<CustomResourceResult>;

const SECRETS = ['X-Amz-Signature', 'hunter2'];
const CONTEXT = { logStreamName: '2025/01/01/[$LATEST]abc' };
const STREAM = '(log stream 2025/01/01/[$LATEST]abc)';

/** What came in, and how the next requests are answered: with a status, or by hanging up. */
const received: Array<{ method?: string; path?: string; contentType?: string; length?: string; body: string }> = [];
let answers: Array<number | 'hang up'>;
let logged: string[];
let pauses: number[];
let time: number;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { 'content-type': contentType, 'content-length': length } = request.headers;
      received.push({ method: request.method, path: request.url, contentType, length, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? 200;
      if (answer === 'hang up') return request.socket.destroy();
      return response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reply?X-Amz-Signature=abc`;
});

afterAll(async () => { await new Promise((resolve) => server.close(resolve)); });

beforeEach(() => {
  [answers, logged, pauses, time] = [[], [], [], 0];
  received.length = 0;
  for (const method of ['info', 'warn', 'error', 'log'] as const) {
    jest.spyOn(console, method).mockImplementation((...texts: unknown[]) => { logged.push(texts.join(' ')); });
  }
});

afterEach(() => {
  // Whatever happens: neither the credential nor the properties reach the log.
  for (const secret of SECRETS) expect(logged.join('\n')).not.toContain(secret);
  jest.restoreAllMocks();
});

const TOOLS = { now: () => time, sleep: async (ms: number) => { pauses.push(ms); time += ms; } };
const ResourceProperties = { ServiceToken: 'arn', Password: 'hunter2' };

function eventOf(type: Event['RequestType'], id = 'before'): Event {
  const common = { ServiceToken: 'arn', ResponseURL: url, StackId: 'stack', RequestId: 'request-1', LogicalResourceId: 'Resource', ResourceType: 'Custom::It', ResourceProperties };
  if (type === 'Create') return { ...common, RequestType: type };
  if (type === 'Delete') return { ...common, RequestType: type, PhysicalResourceId: id };
  return { ...common, RequestType: type, PhysicalResourceId: id, OldResourceProperties: ResourceProperties };
}

async function closedPort(): Promise<number> {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  return port;
}

async function run(handle: Handle, event = eventOf('Create')) {
  await customResource(handle, TOOLS)(event, CONTEXT);
  return JSON.parse(received.at(-1)!.body);
}

const named = (name: string, message = 'no') => Object.assign(new Error(message), { name });
const failing = (error: unknown): Handle => async () => { throw error; };

test.each(['Create', 'Update', 'Delete'] as const)('a %s that works is told with its id and data', async (type) => {
  await expect(run(async () => ({ physicalResourceId: 'after', data: { Answer: 42 } }), eventOf(type))).resolves.toEqual({
    Status: 'SUCCESS', StackId: 'stack', RequestId: 'request-1', LogicalResourceId: 'Resource', PhysicalResourceId: 'after', Data: { Answer: 42 },
  });
  expect(received).toHaveLength(1);
});

test('the reply is a PUT to the signed URL, with its length and without a content type', async () => {
  await run(async () => ({ physicalResourceId: 'naïve' }));
  const [{ body, ...request }] = received;
  expect(request).toEqual({ method: 'PUT', path: '/reply?X-Amz-Signature=abc', contentType: '', length: String(Buffer.byteLength(body)) });
});

test('the handler gets the request, but not the URL', async () => {
  const handle = jest.fn<Promise<CustomResourceResult>, [Event]>().mockResolvedValue({ physicalResourceId: 'id' });
  await run(handle, eventOf('Update'));
  expect(handle.mock.calls).toEqual([[{ ...eventOf('Update'), ResponseURL: '' }]]);
});

test.each<[Event['RequestType'], string]>([['Create', 'never-created/request-1'], ['Update', 'before'], ['Delete', 'before']])('a %s that fails is told as %s, with the reason and where to read on', async (type, id) => {
  await expect(run(failing(new Error('the wrong table')), eventOf(type))).resolves.toEqual({
    Status: 'FAILED', StackId: 'stack', RequestId: 'request-1', LogicalResourceId: 'Resource', PhysicalResourceId: id, Reason: `the wrong table ${STREAM}`,
  });
  expect(logged.join('\n')).toContain('the wrong table');
});

test('the Delete after a Create that failed does not reach the handler', async () => {
  const { PhysicalResourceId } = await run(failing(new Error('no')));
  await expect(run(failing(new Error('reached')), eventOf('Delete', PhysicalResourceId))).resolves.toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
});

test('the Delete after a Create that never answered does, under the id that CloudFormation made up', async () => {
  await expect(run(failing(new Error('reached')), eventOf('Delete', 'stack-Resource-1ABC'))).resolves.toMatchObject({ Status: 'FAILED' });
});

test.each<[string, unknown, string]>([
  ['an SDK\'s error', named('RouteLimitExceeded', 'too many'), 'RouteLimitExceeded: too many'], ['a string', 'oh', 'oh'], ['nothing', undefined, 'undefined'],
])('%s is a reason', async (_, error, reason) => {
  await expect(run(failing(error))).resolves.toMatchObject({ Status: 'FAILED', Reason: `${reason} ${STREAM}` });
});

test.each([['plain', 'x'], ['quoted', '"'], ['wide', '€'], ['paired', '𝄞'], ['control', '\u0001']])('a reason of %s text is cut to 4096 bytes, and keeps its end', async (_, text) => {
  const reply = await run(failing(new Error(`start ${text.repeat(5000)}`)));
  expect(reply.Reason).toMatch(new RegExp(`^start ${text}{600}`, 'u'));
  expect(reply.Reason.endsWith(STREAM)).toBe(true);
  expect(Buffer.byteLength(received[0].body)).toBeLessThanOrEqual(4096);
});

test('data without room is a failure under the id that was created, so that it is deleted', async () => {
  const reply = await run(async () => ({ physicalResourceId: 'id', data: { Long: 'x'.repeat(4096) } }));
  expect(reply).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'id' });
  expect(reply.Reason).toMatch(/^the reply is \d+ bytes longer than CloudFormation takes/);
});

test.each<[string, Array<number | 'hang up'>]>([['refused', [503]], ['refused four times', [500, 403, 429, 503]], ['cut off', ['hang up']]])('a reply that is %s is sent again, with longer and longer pauses', async (_, first) => {
  answers = [...first];
  await expect(run(async () => ({ physicalResourceId: 'id' }))).resolves.toMatchObject({ Status: 'SUCCESS' });
  expect(pauses).toEqual([500, 1000, 2000, 4000].slice(0, first.length));
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
});

test('a reply that is never taken fails the function, so that Lambda tries again', async () => {
  answers = Array(5).fill(500);
  await expect(run(async () => ({ physicalResourceId: 'id' }))).rejects.toThrow(/^CloudFormation could not be told: HTTP 500$/);
  expect(received).toHaveLength(5);
});

test.each([
  ['where nobody answers', async () => url.replace(/:\d+/, `:${await closedPort()}`), 'ECONNREFUSED'],
  ['that is none', async () => 'X-Amz-Signature=abc', 'ERR_INVALID_URL'],
])('a URL %s is not told in the error', async (_, wrong, code) => {
  const event = { ...eventOf('Create'), ResponseURL: await wrong() };
  await expect(customResource(async () => ({ physicalResourceId: 'id' }), TOOLS)(event, CONTEXT)).rejects.toThrow(new Error(`CloudFormation could not be told: ${code}`));
});

test.each(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'])('what meets %s at first is run again: the policy may be seconds old', async (name) => {
  const handle = jest.fn<Promise<CustomResourceResult>, [Event]>().mockRejectedValueOnce(named(name)).mockRejectedValueOnce(named(name))
    .mockResolvedValue({ physicalResourceId: 'id' });
  await expect(run(handle)).resolves.toMatchObject({ Status: 'SUCCESS' });
  expect(handle).toHaveBeenCalledTimes(3);
});

test.each([['UnauthorizedOperation', 7], ['Error', 1]])('%s is told after %i runs', async (name, runs) => {
  const handle = jest.fn<Promise<CustomResourceResult>, [Event]>().mockRejectedValue(named(name));
  await expect(run(handle)).resolves.toMatchObject({ Status: 'FAILED' });
  expect(handle).toHaveBeenCalledTimes(runs);
  expect(time).toBeLessThanOrEqual(30_000);
});
