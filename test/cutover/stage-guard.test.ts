import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Migration } from './support/migration';
import { finish, release } from '../../src/cutover/seal';
import type { StageGuardProperties } from '../../src/cutover/stage-guard-contract';
import { stageGuard } from '../../src/cutover/stage-guard-handler';
import { state } from '../../src/cutover/state';
import { TOOLS } from '../../src/cutover/tools';
import { Pair } from '../support/pair';

type Stage = StageGuardProperties['Stage'];

/** The two functions, called as Lambda calls them, on real servers. */
class Functions {
  public readonly calls: string[] = [];
  public gone = false;

  public constructor(private readonly pair: Pair) {}

  public client(): Pick<LambdaClient, 'send'> {
    return { send: async (command: unknown) => this.invoke((command as { input: { Payload: string } }).input.Payload) } as Pick<LambdaClient, 'send'>;
  }

  private async invoke(payload: string): Promise<unknown> {
    if (this.gone) throw Object.assign(new Error('Function not found'), { name: 'ResourceNotFoundException' });
    const { action } = JSON.parse(payload) as { readonly action: string };
    this.calls.push(action);
    const databases = this.pair.databases();
    try {
      const answer: unknown = action === 'state' ? await state(databases) : await finish(databases, TOOLS);
      return { Payload: Buffer.from(JSON.stringify(answer)) };
    } catch (error) {
      return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorMessage: (error as Error).message })) };
    } finally {
      await databases.end();
    }
  }
}

let migration: Migration;
let functions: Functions;

const properties = (stage: Stage, refuses: 'true' | 'false' = 'true'): StageGuardProperties => ({
  Stage: stage,
  ...(stage === 'RETIRED' ? {} : { AuthorityFunctionName: 'authority', FenceFunctionName: 'fence' }),
  Refuses: refuses,
});

async function send(request: 'Create' | 'Update' | 'Delete', wanted: StageGuardProperties, old?: StageGuardProperties): Promise<string> {
  const event = { RequestType: request, PhysicalResourceId: 'stage-guard', ResourceProperties: wanted, OldResourceProperties: old };
  return stageGuard({ lambda: functions.client() })(event as unknown as CloudFormationCustomResourceEvent<StageGuardProperties>)
    .then(() => 'agreed', (error: Error) => error.message);
}
const move = async (from: Stage, to: Stage) => send('Update', properties(to), properties(from));
const remove = async (refuses: 'true' | 'false' = 'true') => send('Delete', properties('MIGRATING', refuses));
const refused = (text: string) => expect.stringContaining(text) as string;

async function cutOver(): Promise<void> {
  const result = await migration.transfer(await migration.prepared());
  expect(result.outcome).toBe('completed');
  await migration.turnAround(result);
}

async function stopStreams(): Promise<void> {
  for (const side of ['source', 'target'] as const) await migration.replicator.stop(side);
}

describe('before anything is armed', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await Pair.create({ ddl: '' });
    functions = new Functions(pair);
  });
  afterAll(async () => pair.remove());

  test('the stack may go, and is in no later stage', async () => {
    expect(await send('Create', properties('MIGRATING'))).toBe('agreed');
    expect(await remove()).toBe('agreed');
    expect(await move('MIGRATING', 'HOLDING')).toEqual(refused('the target has no write authority: source without anything of the migration, target without'));
    expect(await move('MIGRATING', 'RETIRED')).toEqual(refused('Call finish first'));
  });

  test('where a side does not answer, nothing is deleted', async () => {
    await pair.servers.target.stop();
    expect(await remove()).toEqual(refused('target unreachable'));
    expect(await remove('false')).toBe('agreed');
    await pair.servers.target.start();
  });
});

describe('as the migration goes on', () => {
  beforeAll(async () => {
    migration = await Migration.loaded();
    functions = new Functions(migration.pair);
  }, 120_000);
  afterAll(async () => migration.remove());
  beforeEach(() => { functions.calls.length = 0; });

  test('loaded: HOLDING and RETIRED are refused; a deletion would end the migration, and waits for its stream', async () => {
    expect(await move('MIGRATING', 'HOLDING')).toEqual(refused('Complete the cutover first'));
    expect(await move('MIGRATING', 'RETIRED')).toEqual(refused('source open('));
    expect(functions.calls).toEqual(['state', 'state']);
  });

  test('flipped: HOLDING is agreed to, a deletion refused, but where nothing is kept', async () => {
    await cutOver();
    expect(await remove()).toEqual(refused('write authority is not where it was before the migration'));
    expect(await move('MIGRATING', 'HOLDING')).toBe('agreed');
    expect(await move('HOLDING', 'RETIRED')).toEqual(refused('not finished with write authority on the target'));
    expect(await remove('false')).toBe('agreed');
    expect(functions.calls).not.toContain('finish');
  });

  test('back on the source: RETIRED is refused, and so is HOLDING', async () => {
    await cutOver();
    expect((await migration.state()).authority).toBe('source');
    expect(await move('MIGRATING', 'HOLDING')).toEqual(refused('the target has no write authority'));
    expect(await move('HOLDING', 'MIGRATING')).toBe('agreed');
  });

  test('a deletion then ends the migration where authority is: no slot of ours stays', async () => {
    await stopStreams();
    expect(await remove()).toBe('agreed');
    expect(functions.calls).toEqual(['state', 'finish']);
    const { sides } = await migration.state();
    expect(sides).toMatchObject({ source: { armed: false }, target: { armed: true, sealed: true } });
    expect((await (await migration.admin('source')).query("SELECT FROM pg_replication_slots WHERE slot_name LIKE 'payment_migration%'")).rowCount).toBe(0);
    expect(await remove()).toBe('agreed');
    // Finished, but with authority on the source: to retire would be to delete it.
    expect(await move('MIGRATING', 'RETIRED')).toEqual(refused('Call finish first'));
  });
});

describe('finished on the target', () => {
  beforeAll(async () => {
    migration = await Migration.loaded();
    functions = new Functions(migration.pair);
    await cutOver();
    await stopStreams();
    await finish(migration.databases, TOOLS);
  }, 120_000);
  afterAll(async () => migration.remove());

  test('RETIRED is agreed to, from either stage, and the stack may go', async () => {
    expect(await move('MIGRATING', 'RETIRED')).toBe('agreed');
    expect(await move('HOLDING', 'RETIRED')).toBe('agreed');
    expect(await remove()).toBe('agreed');
    functions.gone = true;
    expect(await send('Delete', properties('RETIRED'))).toBe('agreed');
    // A rollback of the update to RETIRED.
    expect(await move('RETIRED', 'HOLDING')).toBe('agreed');
    expect(await remove()).toBe('agreed');
    functions.gone = false;
  });

  test('once the source is released, only HOLDING tells that authority was on the target', async () => {
    await release(migration.databases, { action: 'release', side: 'source', iHaveDecommissioned: true }, TOOLS);
    expect(await move('HOLDING', 'RETIRED')).toBe('agreed');
    expect(await move('MIGRATING', 'RETIRED')).toEqual(refused('deploy HOLDING first'));
  });
});
