import { hooked } from './hooked';
import { at, Migration } from './migration';
import type { Payers } from './payers';
import { LocalServer } from '../../../cli/src/servers';
import { PARTIES, type TransferResult } from '../../../src/cutover/contract';
import type { Databases } from '../../../src/cutover/databases';
import { SIDES } from '../../support/pair';
import { TcpProxy } from '../../support/tcp-proxy';

let migration: Migration;
let proxies: Record<'source' | 'target', TcpProxy>;
let payers: Payers;

type Party = 'giver' | 'taker';
/** What goes wrong with one statement: the connection is cut as soon as it is sent, or the server has done it and the answer never comes. */
export type Fault = 'cut' | 'swallowed';

/** Through the proxies, with one fault at the first statement that has this text. */
function faulty(party: Party, text: string, fault: Fault, direction: 'cutover' | 'rollback'): { databases: Databases; happened: () => boolean } {
  const faultySide = PARTIES[direction][party];
  let happened = false;
  const real = migration.pair.databases({ answerTimeoutMs: 2_000, statementTimeoutMs: 1_900 }, proxies);
  const databases = hooked(real, async (side, statement, send) => {
    if (happened || side !== faultySide || !statement.includes(text)) return send();
    happened = true;
    const proxy = proxies[side];
    if (fault === 'cut') {
      const cut = send();
      proxy.cut();
      return cut;
    }
    const answered = proxy.answerSwallowed();
    proxy.swallowAnswers();
    const unheard = send();
    unheard.catch(() => undefined);
    await answered;
    proxy.forward();
    proxy.cut();
    return unheard;
  });
  return { databases, happened: () => happened };
}

async function expectWholeOutcome(result: TransferResult): Promise<void> {
  const { giver, taker } = PARTIES[result.direction];
  const { sides, authority } = await migration.state();
  expect(authority).toBe(result.authority);
  if (result.outcome === 'completed') {
    expect(sides[taker]).toMatchObject({ state: 'open', attempt: result.attempt, gate: 'open' });
    expect(sides[giver]).toMatchObject({ state: 'moved', attempt: result.attempt, gate: 'closed' });
    await migration.turnAround(result);
  } else {
    expect(sides[giver]).toMatchObject({ state: 'open', attempt: result.attempt + 1, gate: 'open' });
    expect(sides[taker]).toMatchObject({ gate: 'closed' });
  }
  expect(await migration.problemsOf(payers.keys())).toEqual([]);
}

const CALLS: readonly [Party, string][] = [
  ['giver', 'close($1'], ['giver', 'terminate_clients'], ['giver', 'mark($1'],
  ['giver', 'sequences() AS "all"'], ['giver', 'flip($1'],
  ['taker', 'raise_to($1'], ['taker', 'markers_here($1'], ['taker', 'terminate_clients'], ['taker', 'set_sequences($1'], ['taker', 'record_way_back($1'],
  ['taker', 'open_row($1'], ['taker', 'open_gate($1'], ['taker', 'FROM payment_migration.record'], ['taker', 'INSERT INTO payment_migration.result'],
];

/** Tests of a transfer in which one statement goes wrong like this, for each statement of the pause and of the way back from it. */
export function testLostConnections(fault: Fault): void {
  beforeAll(async () => {
    // Sessions keep numbers of it, so those of the taker's clients are ended.
    migration = await Migration.loaded({ ddl: 'CREATE SEQUENCE app.receipt CACHE 20;' });
    proxies = { source: await TcpProxy.to(migration.pair.servers.source.port), target: await TcpProxy.to(migration.pair.servers.target.port) };
    payers = migration.pay('cut');
  });
  afterAll(async () => {
    await migration.remove();
    await Promise.all(SIDES.map(async (side) => proxies[side].close()));
  });

  test.each(CALLS)('on the %s at %s: moved or given back, nothing in between', async (party, text) => {
    const request = await migration.prepared();
    const { databases, happened } = faulty(party, text, fault, request.direction);
    const result = await migration.transfer(request, {}, databases);
    await databases.end();
    expect(happened()).toBe(true);
    await expectWholeOutcome(result);
  });

  test.each([['giver', 'abort($1'], ['giver', 'terminate_clients'], ['giver', 'open_gate($1'], ['taker', 'readmit($1']] as const)(
    'while authority is given back, on the %s at %s', async (party, text) => {
      const request = await migration.prepared();
      const { databases, happened } = faulty(party, text, fault, request.direction);
      const result = await migration.transfer(request, at('before', 'mark', async () => Promise.reject(new Error('cut short'))), databases);
      await databases.end();
      expect(happened()).toBe(true);
      expect(result).toMatchObject({ outcome: 'aborted', reason: 'cut short' });
      await expectWholeOutcome(result);
    });

  describe('with a standby of the giver, which has to hear of the closing first', () => {
    let standby: LocalServer | undefined;
    beforeEach(async () => {
      const { giver } = await migration.next();
      standby = await LocalServer.standbyOf(migration.pair.servers[giver], { name: 'follower' });
    });
    afterEach(async () => standby?.remove());

    test.each(['pg_current_wal_flush_lsn', 'standbys_behind($1)'])('on the giver at %s: asked again, and moved', async (text) => {
      const request = await migration.prepared({ acceptAsynchronousStandbys: true });
      const { databases, happened } = faulty('giver', text, fault, request.direction);
      const result = await migration.transfer(request, {}, databases);
      await databases.end();
      expect(happened()).toBe(true);
      expect(result.outcome).toBe('completed');
      await expectWholeOutcome(result);
    });
  });
}
