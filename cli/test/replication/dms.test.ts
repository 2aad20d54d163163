import { setTimeout as sleep } from 'node:timers/promises';
import { APPLIER, dmsProfile } from './support/dms-profile';
import { eventually, never } from './support/eventually';
import { Pair, type PairOfDatabases } from './support/pair';
import { Writer } from './support/writer';
import { DmsReplicator } from '../../src/replication';

jest.setTimeout(120_000);

describe('what the dms profile has of its own', () => {
  let servers: Pair;
  let pair: PairOfDatabases;
  let replicator: DmsReplicator;

  beforeAll(async () => {
    servers = await Pair.create(17, 18);
    await dmsProfile.ready?.(servers);
  });
  afterAll(async () => servers?.remove());
  beforeEach(async () => { pair = await servers.databases(dmsProfile.appliers); });
  afterEach(async () => {
    await replicator.close();
    await pair.remove();
  });

  const made = (confirmIntervalMs = 2_000) => {
    replicator = new DmsReplicator({
      sides: pair.sides,
      logins: { source: APPLIER, target: APPLIER },
      grouping: { commitTimeoutMs: 200, confirmIntervalMs },
    });
    return replicator;
  };
  const same = async () => {
    await eventually(async () => JSON.stringify(await pair.contents('source')) === JSON.stringify(await pair.contents('target')), 15_000).catch(() => undefined);
    expect(await pair.contents('target')).toEqual(await pair.contents('source'));
  };
  const running = async () => eventually(async () => await replicator.status('source') === 'running');
  const writerOf = async (id: number) => (await pair.query<{ xmin: string }>('target', `SELECT xmin::text FROM payment WHERE id = ${id}`))[0]?.xmin;

  test('it applies as a login that is no superuser and that the gate must admit', async () => {
    await made().load();
    expect(await pair.query('target', `
      SELECT rolsuper, admitted FROM pg_stat_activity a JOIN pg_roles r ON r.rolname = a.usename JOIN payment_migration.applier p ON p.login = a.usename
      WHERE a.application_name = 'payment-migration dms profile'`)).toEqual([{ rolsuper: false, admitted: true }]);
  });

  test('killed, it applies again what it has not remembered, and ends where it should', async () => {
    await made(600_000).load();
    await pair.run('source', `
      UPDATE payment SET amount = 1 WHERE id = 1;
      UPDATE payment SET key = 'swapped' WHERE id = 2;
      UPDATE payment SET key = 'swapped away' WHERE id = 2;
      UPDATE payment SET key = 'swapped' WHERE id = 3;
      DELETE FROM payment WHERE id = 4;
      INSERT INTO payment (key, account, amount) VALUES ('came and went', 1, 1), ('stays', 1, 1);
      DELETE FROM payment WHERE key = 'came and went';
      INSERT INTO "Odd ""names"""."the 'table'" VALUES ('first', true);
      UPDATE "Odd ""names"""."the 'table'" SET "the \\ key" = 'second';`);
    await same();
    const first = await writerOf(1);
    replicator.kill('source');
    await eventually(async () => await replicator.status('source') === 'failed');
    expect(replicator.problem('source')).toBe('its process ended with SIGKILL');
    await running();
    await eventually(async () => await writerOf(1) !== first);
    await same();
    // Behind what may have been applied before, every row counts again.
    await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('after', 1, 1)");
    await same();
  });

  test('what was confirmed is not applied again', async () => {
    await made(50).load();
    await pair.query('source', 'UPDATE payment SET amount = 1 WHERE id = 1');
    await same();
    await sleep(500);
    const first = await writerOf(1);
    replicator.kill('source');
    await eventually(async () => await replicator.status('source') === 'failed');
    await running();
    await never(async () => await writerOf(1) !== first, 2_000);
  });

  test('killed again and again under load, it loses nothing', async () => {
    const writer = new Writer(pair, 'source', 'new');
    const loading = made().load();
    await eventually(async () => await replicator.status('source') === 'loading');
    await sleep(700);
    replicator.kill('source');
    await loading;
    for (let n = 0; n < 3; n += 1) {
      await sleep(1_500);
      replicator.kill('source');
      await eventually(async () => await replicator.status('source') === 'failed');
      await running();
    }
    expect((await writer.stop()).length).toBeGreaterThan(100);
    await same();
  });

  test('shut out by the gate it stops with an error, and goes on where it was when it is let in', async () => {
    await made().load();
    await pair.query('target', 'UPDATE payment_migration.applier SET admitted = false WHERE NOT own');
    await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('shut out', 1, 1)");
    await eventually(async () => await replicator.status('source') === 'failed');
    expect(replicator.problem('source')).toMatch(/this database does not accept writes now/);
    await pair.query('source', "INSERT INTO payment (key, account, amount) VALUES ('shut out too', 1, 1)");
    await never(async () => (await pair.query('target', "SELECT FROM payment WHERE key LIKE 'shut out%'")).length > 0, 3_000);
    await pair.query('target', 'UPDATE payment_migration.applier SET admitted = true');
    await running();
    await same();
  });

  test.each([
    ['a row that is missing on the taker', 'DELETE FROM payment WHERE id = 9', 'UPDATE payment SET amount = 1 WHERE id = 9', /"payment": got 0 rows for one change/],
    ['a row that is there on the taker', "INSERT INTO payment (id, key, account, amount) VALUES (99999, 'x', 1, 1)",
      "INSERT INTO payment (id, key, account, amount) VALUES (99999, 'y', 1, 1)", /duplicate key/],
    ['a table that is emptied', 'SELECT', 'TRUNCATE touched', /"touched": emptied on the giver/],
  ])('it gives up on %s, and says why', async (_what, onTarget, onSource, problem) => {
    await made().load();
    await pair.queryAs(APPLIER, 'target', onTarget);
    await pair.queryAs(APPLIER, 'source', onSource);
    await eventually(async () => await replicator.status('source') === 'failed');
    await never(async () => await replicator.status('source') !== 'failed', 2_500);
    expect(replicator.problem('source')).toMatch(problem);
  });

  test('a load into a table that has rows already is refused', async () => {
    await pair.query('target', `GRANT INSERT ON account TO ${APPLIER.username}`);
    await pair.queryAs(APPLIER, 'target', 'INSERT INTO account VALUES (1, 7)');
    await expect(made().load()).rejects.toThrow(/^load: duplicate key/);
    expect(await pair.query('target', 'SELECT * FROM account')).toEqual([{ id: 1, balance: '7' }]);
  });
});
