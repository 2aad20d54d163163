import { of, Preflighted, told } from './support/preflighted';
import { LocalServer } from '../../cli/src/servers';
import type { PreflightResult } from '../../src/preflight/contract';
import { isDirect } from '../../src/preflight/server/writer-endpoint';

describe('servers that are not made for it', () => {
  let pair: Preflighted;
  let found: PreflightResult;
  let native: PreflightResult;
  let name: string;

  beforeAll(async () => {
    pair = await Preflighted.create({
      majors: { source: 18, target: 17 },
      settings: {
        source: {
          wal_level: 'replica',
          max_replication_slots: '2',
          max_wal_senders: '2',
          max_logical_replication_workers: '1',
          max_worker_processes: '2',
          wal_sender_timeout: '5s',
          max_slot_wal_keep_size: '1GB',
          idle_replication_slot_timeout: '1d',
          max_connections: '60',
          default_text_search_config: 'pg_catalog.german',
          max_prepared_transactions: '2',
        },
        target: { max_connections: '50', default_text_search_config: 'pg_catalog.english', max_prepared_transactions: '0', timezone: 'Europe/Warsaw' },
      },
    });
    name = await pair.database({ create: { source: "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", target: "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C' TEMPLATE template0" } });
    for (const side of ['source', 'target'] as const) {
      const admin = await pair.admin(side, name);
      await admin.query('GRANT EXECUTE ON FUNCTION pg_show_all_file_settings() TO payment_migration; GRANT SELECT ON pg_file_settings TO payment_migration');
    }
    const admin = await pair.admin('source', name);
    await admin.query(`ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'; ALTER ROLE payments_app IN DATABASE ${name} SET statement_timeout = '5s';
      ALTER ROLE payment_migration SET statement_timeout = '9s'; ALTER ROLE payment_migration SET lock_timeout = 0`);
    found = await pair.ask(name);
    native = await pair.ask(name, { profile: 'native' });
  });
  afterAll(async () => pair?.remove());

  test.each([
    ['version-unknown-to-dms', 'source', ['payments_1'], 'blocker', undefined],
    ['target-older', 'target', ['payments_1'], 'blocker', 'blocker'],
    ['wal-level-not-logical', 'source', ['wal_level'], 'blocker', 'blocker'],
    ['slot-wal-limited', 'source', ['idle_replication_slot_timeout', 'max_slot_wal_keep_size'], 'warning', 'warning'],
    ['wal-sender-timeout', 'source', ['wal_sender_timeout'], 'blocker', undefined],
    ['max-connections-fewer', 'target', ['max_connections'], 'warning', 'warning'],
    ['server-settings-differ', 'target', ['default_text_search_config', 'max_prepared_transactions'], 'warning', 'warning'],
    ['time-zone-differs', 'target', ['payments_1'], 'warning', 'warning'],
    ['database-and-role-settings-differ', 'target', ['every role TimeZone', 'role payments_app statement_timeout'], 'warning', 'warning'],
    ['login-has-time-limits', 'source', ['statement_timeout'], 'warning', 'warning'],
    ['encoding-differs', 'target', ['payments_1'], 'blocker', 'blocker'],
    ['collation-differs', 'target', ['payments_1'], 'warning', 'warning'],
    ['collation-version-differs', 'target', ['payments_1'], 'info', 'info'],
  ] as const)('%s', (id, side, objects, dms, natively) => {
    expect(of(found, id).map((one) => [one.side, one.object])).toEqual(expect.arrayContaining(objects.map((object) => [side, object])));
    expect(of(found, id, side)).toHaveLength(objects.length);
    expect([...new Set(of(found, id).map(({ severity }) => severity))]).toEqual([dms]);
    expect([...new Set(of(native, id).map(({ severity }) => severity))]).toEqual(natively === undefined ? [] : [natively]);
  });

  test('what is too few is counted, workers only where they are used', () => {
    expect(of(found, 'replication-capacity-low', 'source').map(({ object, what }) => [object, what])).toEqual([
      ['max_replication_slots', '2 of 2 are free, 4 are needed'], ['max_wal_senders', '2 of 2 are free, 4 are needed'],
    ]);
    expect(of(native, 'replication-capacity-low', 'source').map(({ object }) => object)).toEqual([
      'max_replication_slots', 'max_wal_senders', 'max_logical_replication_workers', 'max_worker_processes',
    ]);
    expect(of(found, 'replication-capacity-low', 'target')).toEqual([]);
  });

  test('prepared transactions stop it, on any database of the server', async () => {
    const admin = await pair.admin('source', 'postgres');
    await admin.query("BEGIN; CREATE TABLE waiting (id int); PREPARE TRANSACTION 'half paid'");
    expect(of(await pair.ask(name), 'prepared-transaction').map(({ object, severity }) => [object, severity])).toEqual([["'half paid'", 'blocker']]);
    await admin.query("ROLLBACK PREPARED 'half paid'");
    expect(of(await pair.ask(name), 'prepared-transaction')).toEqual([]);
  });
});

describe('a server that is followed', () => {
  test.each([
    [false, 'standby-asynchronous', 'blocker'],
    [true, 'standby-synchronous', 'info'],
  ] as const)('synchronous: %s', async (synchronous, id, severity) => {
    const pair = await Preflighted.create();
    const name = await pair.database();
    expect(told(await pair.ask(name)).filter((line) => line.includes('standby'))).toEqual([]);
    const standby = await LocalServer.standbyOf(pair.servers.source, { name: 'follower', synchronous });
    try {
      expect(told(await pair.ask(name)).filter((line) => line.includes('standby'))).toEqual([`${severity} ${id} (source): follower`]);
      const onStandby = await pair.ask(name, {}, { login: { port: standby.port, certificateAuthority: standby.certificateAuthority } });
      expect(of(onStandby, 'not-a-writer').map(({ side }) => side)).toEqual(['source']);
      const admin = await pair.admin('source', name);
      await admin.query('REVOKE pg_monitor FROM payment_migration');
      expect(of(await pair.ask(name), 'standbys-not-visible').map(({ object }) => object)).toHaveLength(1);
    } finally {
      await standby.remove();
      await pair.remove();
    }
  });
});

describe('where it leads', () => {
  let pair: Preflighted;
  let name: string;
  beforeAll(async () => {
    pair = await Preflighted.create();
    name = await pair.database();
  });
  afterAll(async () => pair?.remove());

  test.each([
    ['database-unreachable', { port: 1 }],
    ['login-refused', { password: 'wrong' }],
    ['login-refused', { username: '' }],
  ] as const)('%s: %j', async (id, login) => {
    const result = await pair.ask(name, {}, { login });
    expect(of(result, id).map(({ side, severity }) => [side, severity])).toEqual([['source', 'blocker']]);
    // The target was asked all the same, and what was not asked is named.
    const notRun = of(result, 'checks-not-run');
    expect(notRun.map(({ side }) => side)).toEqual(['source', 'target']);
    expect(notRun[1].what).toContain('schema-diff');
    expect(notRun[1].what).not.toContain('login-not-owner');
    expect(JSON.stringify(result)).not.toContain('wrong"');
  });

  test('tls-not-trusted: who did not sign the certificate', async () => {
    const result = await pair.ask(name, {}, { login: { certificateAuthority: pair.servers.target.certificateAuthority } });
    expect(of(result, 'tls-not-trusted').map(({ side, severity }) => [side, severity])).toEqual([['source', 'blocker']]);
  });

  test('one database for both sides', async () => {
    expect(of(await pair.ask(name), 'same-database')).toEqual([]);
    // Both servers' certificates are signed by authorities of their own.
    const { port, certificateAuthority } = pair.servers.target;
    const same = await pair.ask(name, {}, { login: { port, certificateAuthority } });
    expect(of(same, 'same-database').map(({ severity }) => severity)).toEqual(['blocker']);
  });

  test.each([
    ['payments.proxy-abc123.eu-west-1.rds.amazonaws.com', false],
    ['payments.cluster-ro-abc123.eu-west-1.rds.amazonaws.com', false],
    ['payments.cluster-custom-abc123.eu-west-1.rds.amazonaws.com', false],
    ['payments.cluster-abc123.eu-west-1.rds.amazonaws.com', true],
    ['payments.abc123.cn-north-1.rds.amazonaws.com.cn', true],
    ['payments.proxy-abc123.cn-north-1.rds.amazonaws.com.cn', false],
    ['proxy-db.example.com', true],
  ])('%s is direct: %s', (host, direct) => {
    expect(isDirect(host)).toBe(direct);
  });
});
