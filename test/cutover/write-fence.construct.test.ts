import { Fn, Lazy } from 'aws-cdk-lib';
import { WriteFence } from '../../src';

test('triggers is what the handler calls triggers', () => {
  expect(WriteFence.triggers()._settings()).toEqual({ kind: 'triggers' });
});

describe('roles', () => {
  test('names the logins that write', () => {
    expect(WriteFence.roles({ writers: ['payments_app', 'Ledger Batch'] })._settings()).toEqual({ kind: 'roles', writers: ['payments_app', 'Ledger Batch'] });
  });

  test('takes the longest name that PostgreSQL keeps whole', () => {
    const writer = 'é'.repeat(31);
    expect(WriteFence.roles({ writers: [`${writer}x`] })._settings().writers).toEqual([`${writer}x`]);
  });

  test('leaves tokens alone', () => {
    const one = Lazy.string({ produce: () => 'payments_app' });
    const several = Fn.split(',', Fn.importValue('Writers'));
    expect(WriteFence.roles({ writers: [one] })._settings().writers).toEqual([one]);
    expect(WriteFence.roles({ writers: several })._settings().writers).toBe(several);
  });

  test.each<[string, string[], string]>([
    ['nobody', [], "writers: got 'none', allowed: at least one login that writes"],
    ['a login without a name', [''], "writers: got '', allowed: names of 1 to 63 bytes"],
    ['a name that PostgreSQL would cut off', ['é'.repeat(32)], `writers: got '${'é'.repeat(32)}', allowed: names of 1 to 63 bytes`],
    ['a login twice', ['a', 'b', 'a'], "writers: got 'a twice', allowed: each login once"],
    ['the migration login', ['payment_migration'], "writers: got 'payment_migration', allowed: logins of the payments; the migration's own must go on writing"],
  ])('refuses %s', (_, writers, message) => {
    expect(() => WriteFence.roles({ writers })).toThrow(message);
  });
});
