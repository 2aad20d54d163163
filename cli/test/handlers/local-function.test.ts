import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFunction } from '../../src/handlers/local-function';

/** Nothing listens there: the function answers, with what it could not do. */
const ENV = {
  SOURCE_SECRET_ID: 'source',
  SOURCE_DATABASE: 'payments',
  TARGET_SECRET_ID: 'target',
  TARGET_DATABASE: 'payments',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  POWERTOOLS_TRACE_ENABLED: 'false',
};
const STATE = { action: 'state' };

describe('a function on this machine', () => {
  let folder: string;
  let running: LocalFunction;
  const create = (timeoutMs: number) => new LocalFunction({ bundle: 'authority', env: ENV, logFile: join(folder, 'authority.log'), timeoutMs });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-function-'));
    running = create(50_000);
  });

  afterEach(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });

  test('is the bundle that would be deployed, and answers as Lambda does', async () => {
    const result = await running.invoke<{ readonly sides: object }>(STATE);
    expect(result).toMatchObject({ wayBack: 'none', sides: { source: { side: 'source', unreachable: expect.any(String) } } });
    expect(readFileSync(join(folder, 'authority.log'), 'utf8')).toContain('"message":"done"');
  });

  test('throws what the handler threw, by its name', async () => {
    await expect(running.invoke({ action: 'dance' })).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('action: got "dance"') });
    await expect(running.invoke(STATE)).resolves.toMatchObject({ wayBack: 'none' });
  });

  test('is lost when its time is over, and another one takes its place', async () => {
    const hasty = create(1);
    await expect(hasty.invoke(STATE)).rejects.toMatchObject({ name: 'FunctionLost', message: expect.stringContaining('longer than 1 ms') });
    await hasty.stop();
    await expect(running.invoke(STATE)).resolves.toMatchObject({ wayBack: 'none' });
  });
});
