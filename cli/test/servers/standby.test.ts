import { eventually } from './support/server-program';
import { LocalServer } from '../../src/servers';

const WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

describe.each([
  { major: 17, synchronous: false },
  { major: 18, synchronous: true },
] as const)('a standby of $major, synchronous: $synchronous', ({ major, synchronous }) => {
  let primary: LocalServer;
  let standby: LocalServer;
  beforeAll(async () => {
    primary = await LocalServer.create({ major, name: 'primary' });
    const client = await primary.connect();
    await client.query('CREATE TABLE kept (id int PRIMARY KEY)');
    await client.query("SELECT pg_create_logical_replication_slot('ours', 'pgoutput')");
    await client.end();
    standby = await LocalServer.standbyOf(primary, { synchronous });
  });
  afterAll(() => Promise.all([standby?.remove(), primary?.remove()]));

  test('follows, writes nothing, and has no slots', async () => {
    const [writer, reader] = [await primary.connect(), await standby.connect()];
    await writer.query('INSERT INTO kept VALUES (1)');
    expect(await eventually(async () => (await reader.query('SELECT id FROM kept')).rows.length === 1)).toBe(true);
    await expect(reader.query('INSERT INTO kept VALUES (2)')).rejects.toMatchObject({ code: '25006' });
    expect((await reader.query('SELECT slot_name FROM pg_replication_slots')).rows).toEqual([]);
    await Promise.all([writer.end(), reader.end()]);
  });

  test(synchronous ? 'commits wait for it' : 'commits do not wait for it', async () => {
    await standby.stop();
    const [writer, watcher] = [await primary.connect(), await primary.connect()];
    const insert = writer.query('INSERT INTO kept VALUES (3)');
    if (synchronous) {
      expect(await eventually(async () => (await watcher.query(WAITING)).rows.length === 1)).toBe(true);
    } else {
      await insert;
    }
    await standby.start();
    await insert;
    await Promise.all([writer.end(), watcher.end()]);
  });

  test('promoted, it accepts writes that wait for nobody; a primary cannot be promoted', async () => {
    await expect(primary.promote()).rejects.toThrow(/^promote: got primary in .*, which is not a standby/);
    await primary.crash();
    await standby.promote();
    const client = await standby.connect();
    await client.query('INSERT INTO kept VALUES (4)');
    expect((await client.query('SELECT id FROM kept ORDER BY id')).rows.map(({ id }) => id as number)).toEqual([1, 3, 4]);
    await client.end();
    await standby.restart();
    await expect(standby.promote()).rejects.toThrow('not a standby');
  });
});
