import { CfnParameter, Lazy, Stack } from 'aws-cdk-lib';
import { replicationParameters } from '../../src/database/replication-parameters';

/** The DMS tasks of a migration: the load with its changes, the changes alone, the way back. */
const TASKS = 3;

describe('what a migration needs', () => {
  const parameters = replicationParameters();
  const number = (name: string) => Number(parameters[name]);

  test.each([['rds.logical_replication', '1'], ['rds.force_ssl', '1']])('%s is %s', (name, value) => {
    expect(parameters[name]).toBe(value);
  });

  test('a slot for each task, and one more while it is replaced', () => {
    expect(number('max_replication_slots')).toBeGreaterThanOrEqual(2 * TASKS);
  });

  test('more senders than slots', () => {
    expect(number('max_wal_senders')).toBeGreaterThan(number('max_replication_slots'));
  });

  test('a sender\'s time-out between the 10 seconds and the 5 minutes that DMS bears', () => {
    expect(number('wal_sender_timeout')).toBeGreaterThanOrEqual(10_000);
    expect(number('wal_sender_timeout')).toBeLessThan(300_000);
  });

  test('nothing else', () => {
    expect(Object.keys(parameters).sort()).toEqual([
      'max_logical_replication_workers', 'max_replication_slots', 'max_wal_senders', 'max_worker_processes',
      'rds.force_ssl', 'rds.logical_replication', 'wal_sender_timeout',
    ]);
  });
});

describe('what a user gives', () => {
  test.each([
    ['log_min_duration_statement', '500'],
    ['shared_preload_libraries', 'pg_stat_statements,pglogical'],
    ['rds.logical_replication', '1'],
    ['rds.force_ssl', '1'],
    ['max_replication_slots', '20'],
    ['max_wal_senders', '30'],
    ['max_logical_replication_workers', '16'],
    ['max_worker_processes', '128'],
    ['max_worker_processes', 'GREATEST({DBInstanceVCPU*4},64)'],
    ['max_slot_wal_keep_size', '-1'],
    ['idle_in_transaction_session_timeout', '0'],
    ['wal_sender_timeout', '60000'],
    ['wal_sender_timeout', '299999'],
    ['wal_sender_timeout', '0'],
  ])('%s = %s is taken, beside the rest', (name, value) => {
    expect(replicationParameters({ [name]: value })).toEqual({ ...replicationParameters(), [name]: value });
  });

  test.each([
    ['rds.logical_replication', '0', "'1'"],
    ['rds.logical_replication', 'on', "'1'"],
    ['rds.logical_replication', '', "'1'"],
    ['rds.force_ssl', '0', "'1'"],
    ['max_replication_slots', '19', 'a whole number from 20 up'],
    ['max_replication_slots', 'many', 'a whole number from 20 up'],
    ['max_wal_senders', '24', 'a whole number from 25 up'],
    ['max_logical_replication_workers', '4', 'a whole number from 8 up'],
    ['max_wal_senders', '25.5', 'a whole number from 25 up'],
    ['max_wal_senders', '0x20', 'a whole number from 25 up'],
    ['max_slot_wal_keep_size', '1024', "'-1'"],
    ['idle_in_transaction_session_timeout', '60000', '0, or a whole number from 86400000 to 2147483647'],
    ['wal_sender_timeout', '3600000', '0, or a whole number from 60000 to 299999'],
    ['wal_sender_timeout', '9999', '0, or a whole number from 60000 to 299999'],
    ['wal_sender_timeout', '60s', '0, or a whole number from 60000 to 299999'],
    ['wal_sender_timeout', '-1', '0, or a whole number from 60000 to 299999'],
    ['wal_sender_timeout', '', '0, or a whole number from 60000 to 299999'],
  ])("%s = '%s' is refused", (name, value, allowed) => {
    expect(() => replicationParameters({ [name]: value })).toThrow(`parameters.${name}: got '${value}', allowed: ${allowed}`);
  });

  test('more slots bring more senders', () => {
    expect(replicationParameters({ max_replication_slots: '64' })).toMatchObject({ max_replication_slots: '64', max_wal_senders: '69' });
  });

  test('fewer senders than slots are refused', () => {
    expect(() => replicationParameters({ max_replication_slots: '64', max_wal_senders: '64' }))
      .toThrow("parameters.max_wal_senders: got '64', allowed: more than the 64 of max_replication_slots");
  });

  test('fewer worker processes than the migration needs are refused', () => {
    expect(() => replicationParameters({ max_worker_processes: '7' })).toThrow("parameters.max_worker_processes: got '7', allowed: ");
  });

  test.each([
    ['rds.logical_replication', Lazy.string({ produce: () => '0' })],
    ['max_replication_slots', new CfnParameter(new Stack(), 'Slots').valueAsString],
  ])('%s as a token is left to the deployment', (name, token) => {
    expect(replicationParameters({ [name]: token })[name]).toBe(token);
  });

  test('stays as it was', () => {
    const given = Object.freeze({ max_wal_senders: '40' });
    replicationParameters(given);
    expect(given).toEqual({ max_wal_senders: '40' });
    expect(replicationParameters().max_wal_senders).toBe('25');
  });
});
