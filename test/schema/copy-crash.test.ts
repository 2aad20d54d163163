import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { CLIENTS } from './support/clients';
import { copied, copyPhase } from './support/copy';
import { countsOf, schemaOf, statesOf } from './support/look';
import { PHASES, STATUSES, type Phase } from '../../src/schema/contract';
import { DATABASE, Pair } from '../support/pair';
import { describeWith } from '../support/required-tool';

jest.setTimeout(240_000);

const TABLES = 300;
/** Enough of everything for each phase to take a while. */
const MANY = `DO $$ BEGIN FOR n IN 1..${TABLES} LOOP
  EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, other integer REFERENCES t%s (id), note text)', n, greatest(1, n - 1));
  EXECUTE format('CREATE INDEX ON t%s (note)', n);
  EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON t%s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', n);
END LOOP; END $$`;
const ROWS = `SET session_replication_role = replica; DO $$ BEGIN FOR n IN 1..${TABLES} LOOP EXECUTE format('INSERT INTO t%s SELECT i, i, i FROM generate_series(1, 200) i', n); END LOOP; END $$`;

const PATIENCE_MS = 20_000;

/** What a session of the phase says when the phase is in the middle of its work. */
const AT_WORK: Readonly<Record<Phase, string>> = {
  'pre-data': 'CREATE TABLE public.%',
  'keys': '%ADD CONSTRAINT%',
  'constraints': '%ADD CONSTRAINT%',
  'validate': '%VALIDATE CONSTRAINT%',
};

/** Waits until a phase is in the middle of its work. */
async function midst(client: Client, phase: Phase): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const { rowCount } = await client.query(
      'SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state <> \'idle\' AND query LIKE $1', [AT_WORK[phase]],
    );
    if (rowCount !== 0) return;
    await sleep(2);
  }
  throw new Error(`${phase} was never seen at work`);
}

describeWith(CLIENTS, `${TABLES} tables`, () => {
  let pair: Pair;

  beforeEach(async () => {
    pair = await Pair.create({ ddl: '' });
    await (await pair.admin('source')).query(`SET ROLE payments_owner; ${MANY}`);
  });

  afterEach(async () => pair.remove());

  const withTarget = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = await pair.servers.target.connect(DATABASE);
    return work(client).finally(() => client.end().catch(() => undefined));
  };
  const load = async () => withTarget(async (client) => client.query(ROWS));
  const expectAll = async () => {
    expect(schemaOf(pair.servers.target)).toEqual(schemaOf(pair.servers.source));
    expect(await withTarget(countsOf)).toEqual({
      tables: TABLES, keys: 2 * TABLES, foreign: TABLES, validated: TABLES, triggers: TABLES, policies: 0, analyzed: TABLES,
    });
  };

  test('the target crashes in each phase: the phase says so, and run again it is done', async () => {
    for (const phase of PHASES) {
      const running = copyPhase(pair.servers, phase);
      await withTarget(async (client) => {
        await midst(client, phase);
        await pair.servers.target.crash();
      });
      const { status, result } = await running;
      expect({ phase, status, state: result.state }).toEqual({ phase, status: STATUSES.unreachable, state: 'unreachable' });
      await pair.servers.target.start();
      expect(await withTarget(statesOf)).toMatchObject({ [phase]: 'running' });
      await copied(pair.servers, phase);
      if (phase === 'pre-data') await load();
    }
    await expectAll();
  });

  test.each([['SIGTERM', 'it says so'], ['SIGKILL', 'it says nothing']] as const)('%s in each phase: %s, and run again it is done', async (signal, _said) => {
    for (const phase of PHASES) {
      let script: ChildProcess | undefined;
      const running = copyPhase(pair.servers, phase, { started: (child) => { script = child; } });
      await withTarget(async (client) => midst(client, phase));
      // The container's end is that of everything in it.
      if (signal === 'SIGTERM') script!.kill(signal);
      else process.kill(-script!.pid!, signal);
      const { status, result } = await running;
      expect({ phase, status, state: result.state }).toEqual(
        signal === 'SIGTERM' ? { phase, status: STATUSES.stopped, state: 'stopped' } : { phase, status: null, state: undefined },
      );
      // What was committed just then is done.
      expect(['running', 'stopped', 'done']).toContain((await withTarget(statesOf))[phase]);
      await copied(pair.servers, phase);
      if (phase === 'pre-data') await load();
    }
    await expectAll();
  });

  test('two copies at a time: one is busy', async () => {
    const both = await Promise.all([copyPhase(pair.servers, 'pre-data'), copyPhase(pair.servers, 'pre-data')]);
    expect(both.map(({ result: { state } }) => state).sort()).toEqual(['busy', 'done']);
  });
});
