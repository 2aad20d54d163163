import { LOGIN, of, Preflighted } from './support/preflighted';
import type { PreflightResult } from '../../src/preflight/contract';

const DDL = 'CREATE TABLE payment (id bigint PRIMARY KEY)';

const IDS = [
  'login-without-replication', 'login-without-monitoring', 'login-not-owner', 'login-without-access', 'login-cannot-create-schema',
  'login-cannot-apply', 'login-cannot-subscribe',
];

describe('a login without any right', () => {
  let pair: Preflighted;
  let name: string;
  const rights = (result: PreflightResult) => result.findings.filter(({ id, side }) => IDS.includes(id) && side === 'source')
    .map(({ id, object, severity }) => `${severity} ${id}: ${object}`);

  beforeAll(async () => {
    pair = await Preflighted.create({ login: `LOGIN PASSWORD '${LOGIN}'` });
    name = await pair.database({ ddl: DDL });
    await (await pair.admin('source', name)).query(`REVOKE SET ON PARAMETER session_replication_role FROM ${LOGIN}`);
  });
  afterAll(async () => pair?.remove());

  test('lacks each by its name', async () => {
    const result = await pair.ask(name);
    expect(rights(result)).toEqual([
      'blocker login-without-replication: payment_migration',
      'blocker login-without-monitoring: payment_migration',
      'blocker login-without-monitoring: payment_migration',
      'blocker login-not-owner: public.payment',
      'blocker login-without-access: public.payment',
      'blocker login-cannot-create-schema: payments_1',
      'warning login-cannot-apply: payment_migration',
    ]);
    expect(of(result, 'login-without-access', 'source')[0].what).toBe('the login lacks SELECT, INSERT, UPDATE, DELETE');
    expect(rights(await pair.ask(name, { profile: 'native' })).at(-1)).toBe('blocker login-cannot-subscribe: payment_migration');
  });

  test('a check that is refused is told as that check, and the others go on', async () => {
    const admin = await pair.admin('source', name);
    await admin.query('REVOKE SELECT ON pg_db_role_setting FROM PUBLIC');
    const result = await pair.ask(name);
    expect(of(result, 'check-failed').map(({ side, object, severity }) => [side, object, severity])).toEqual([
      ['target', 'database-and-role-settings-differ', 'warning'], ['source', 'login-has-time-limits', 'warning'],
    ]);
    expect(of(result, 'check-failed')[0].what).toContain('permission denied for table pg_db_role_setting');
    await admin.query('GRANT SELECT ON pg_db_role_setting TO PUBLIC');
    expect(of(await pair.ask(name), 'check-failed')).toEqual([]);
  });

  test('each right that is granted is missed no more', async () => {
    const admin = await pair.admin('source', name);
    await admin.query(`ALTER ROLE ${LOGIN} REPLICATION; GRANT pg_monitor, pg_signal_backend, payments_owner, pg_create_subscription TO ${LOGIN};
      GRANT SET ON PARAMETER session_replication_role TO ${LOGIN}`);
    expect(rights(await pair.ask(name))).toEqual([]);
    expect(rights(await pair.ask(name, { profile: 'native' }))).toEqual([]);
  });
});
