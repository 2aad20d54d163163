import type { ArmRequest, TransferRequest } from '../../src/cutover/contract';
import { databaseReferences, withDeadline, withFence } from '../../src/cutover/settings';

const TRANSFER: TransferRequest = { action: 'transfer', direction: 'cutover', attempt: 1, streams: [{ name: 'load', slot: 'load' }] };
const ARM: ArmRequest = { action: 'arm', side: 'source' };
const ENV = { SOURCE_SECRET_ID: 's', SOURCE_DATABASE: 'a', TARGET_SECRET_ID: 't', TARGET_DATABASE: 'b', TRANSFER_DEADLINE_MS: '12000', WRITE_FENCE: '{"kind":"roles","writers":["app"]}' };

describe('what a function is made with', () => {
  test('says where the databases are', () => {
    expect(databaseReferences(ENV)).toEqual({ source: { secretId: 's', databaseName: 'a' }, target: { secretId: 't', databaseName: 'b' } });
  });

  test.each(['SOURCE_SECRET_ID', 'SOURCE_DATABASE', 'TARGET_SECRET_ID', 'TARGET_DATABASE'])('must have %s', (name) => {
    expect(() => databaseReferences({ ...ENV, [name]: '' })).toThrow(`${name}: got none`);
  });

  test('is the deadline of a transfer that names none', () => {
    expect(withDeadline(TRANSFER, ENV, 60_000).deadlineMs).toBe(12_000);
    expect(withDeadline({ ...TRANSFER, deadlineMs: 5_000 }, ENV, 60_000).deadlineMs).toBe(5_000);
    expect(withDeadline(TRANSFER, {}, 60_000).deadlineMs).toBeUndefined();
  });

  test('refuses a deadline that the function would not live to see', () => {
    expect(() => withDeadline({ ...TRANSFER, deadlineMs: 30_000 }, ENV, 34_000)).toThrow('deadlineMs: got 30000, while the function has 34000 ms left');
    expect(withDeadline({ ...TRANSFER, deadlineMs: 30_000 }, ENV, 34_900).deadlineMs).toBe(30_000);
  });

  test('is the fence of an arming that names none', () => {
    expect(withFence(ARM, ENV).fence).toEqual({ kind: 'roles', writers: ['app'] });
    expect(withFence({ ...ARM, fence: { kind: 'triggers' } }, ENV).fence).toEqual({ kind: 'triggers' });
    expect(withFence(ARM, {}).fence).toBeUndefined();
  });
});
