import type { Context } from 'aws-lambda';
import { ENVIRONMENT, METRICS, type CutoverErrorName, type TransferResult } from '../../src/cutover/contract';
import { CutoverError } from '../../src/cutover/cutover-error';
import type * as Observe from '../../src/cutover/observe';

const ENV = {
  [ENVIRONMENT.sourceSecretId]: 'source',
  [ENVIRONMENT.sourceDatabase]: 'payments',
  [ENVIRONMENT.targetSecretId]: 'target',
  [ENVIRONMENT.targetDatabase]: 'payments',
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_SERVICE_NAME: 'blue',
  POWERTOOLS_TRACE_ENABLED: 'false',
  // They write to the console that the test listens to, and write metrics all the same.
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'false',
};
const CONTEXT = { getRemainingTimeInMillis: () => 35_000, functionName: 'authority', awsRequestId: '1' } as Partial<Context> as Context;

const environment = process.env;
let handlerFor: typeof Observe.handlerFor;

beforeAll(() => {
  process.env = { ...environment, ...ENV };
  // Its logger and its metrics read the environment when they are loaded.
  ({ handlerFor } = jest.requireActual<typeof Observe>('../../src/cutover/observe'));
});
afterAll(() => { process.env = environment; });

interface Written {
  readonly name: string;
  readonly value: unknown;
  readonly dimensions: Record<string, unknown>;
}

interface Embedded {
  readonly CloudWatchMetrics: { readonly Namespace: string; readonly Dimensions: string[][]; readonly Metrics: { readonly Name: string }[] }[];
}

interface Asked {
  readonly action: string;
  readonly direction?: 'cutover' | 'rollback';
}

/** Every line that the handler writes. */
async function linesOf(request: Asked, work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const spies = (['log', 'info', 'warn', 'error'] as const).map((method) => (
    jest.spyOn(console, method).mockImplementation((...said: unknown[]) => { lines.push(String(said[0])); })
  ));
  try {
    await handlerFor(work)(request, CONTEXT).catch(() => undefined);
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The metrics that CloudWatch would find in them. */
async function metricsOf(request: Asked, work: () => Promise<unknown>): Promise<Written[]> {
  return (await linesOf(request, work)).flatMap((entry) => {
    if (!('_aws' in entry)) return [];
    const { CloudWatchMetrics: [described] } = entry._aws as Embedded;
    expect(described.Namespace).toBe(METRICS.namespace);
    const dimensions = Object.fromEntries(described.Dimensions[0].map((name) => [name, entry[name]]));
    return described.Metrics.map(({ Name }) => ({ name: Name, value: entry[Name], dimensions }));
  });
}

const ending = (name: CutoverErrorName) => async () => Promise.reject(new CutoverError(name, 'what happened', 'what to do'));

test.each([
  ['transfer', 'AbortPending', 'AbortPending'],
  ['transfer', 'OpenPending', 'OpenPending'],
  ['abort', 'OpenPending', 'OpenPending'],
  ['abort', 'DatabaseUnavailable', 'AbortPending'],
] as const)('%s that ends with %s counts as %s, with its direction', async (action, error, name) => {
  for (const direction of ['cutover', 'rollback'] as const) {
    expect(await metricsOf({ action, direction }, ending(error))).toEqual([{ name, value: 1, dimensions: { direction, service: 'blue' } }]);
  }
});

test.each([
  ['transfer', 'Refused'], ['transfer', 'StaleAttempt'], ['transfer', 'FailoverDetected'], ['transfer', 'DatabaseUnavailable'],
  ['prepare', 'DatabaseUnavailable'], ['abort', 'StaleAttempt'],
] as const)('%s that ends with %s leaves nobody waiting, and counts as nothing', async (action, error) => {
  expect(await metricsOf({ action, direction: 'cutover' }, ending(error))).toEqual([]);
});

describe('a transfer that answers', () => {
  const result: TransferResult = {
    outcome: 'completed', direction: 'cutover', attempt: 1, authority: 'target', authorityAttempt: 1, pauseMs: 38, steps: [{ step: 'flip', ms: 2 }],
  };
  const request = { action: 'transfer', direction: 'cutover' } as const;
  const dimensions = { direction: 'cutover', service: 'blue' };

  test('counts, with its pause and its steps', async () => {
    expect(await metricsOf(request, async () => Promise.resolve(result))).toEqual([
      { name: 'TransferCompleted', value: 1, dimensions },
      { name: 'WritePause', value: 38, dimensions },
      { name: 'StepDuration', value: 2, dimensions: { ...dimensions, step: 'flip' } },
    ]);
    expect(await metricsOf(request, async () => Promise.resolve({ ...result, outcome: 'aborted', pauseMs: undefined, steps: [] })))
      .toEqual([{ name: 'TransferAborted', value: 1, dimensions }]);
  });

  test('counts once, however often it is asked for', async () => {
    expect(await metricsOf(request, async () => Promise.resolve({ ...result, repeated: true }))).toEqual([]);
  });
});

test('a failure is logged once, with its name and its reason, and without the request', async () => {
  const request = { action: 'transfer', direction: 'cutover', attempt: 3, streams: [{ name: 'load', slot: 'secret' }] } as const;
  const lines = await linesOf(request, ending('Refused'));
  expect(lines).toEqual([expect.objectContaining({
    level: 'ERROR', message: 'failed', service: 'blue', action: 'transfer', direction: 'cutover', attempt: 3, error: 'Refused', reason: 'what happened; what to do',
  })]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
