import { PaymentInvariant } from '../../src';
import { questionOf } from '../../src/validation/invariant-sql';

const table = 'public.entries';

test.each<[string, PaymentInvariant, object]>([
  ['a sum', PaymentInvariant.sum('money', { table, column: 'amount', by: ['currency'] }), { kind: 'sum', name: 'money', table, column: 'amount', by: ['currency'] }],
  ['a balance of amounts', PaymentInvariant.balance('ledger', { table, amount: 'amount' }), { kind: 'balance', name: 'ledger', table, by: [], amount: 'amount' }],
  [
    'debits and credits', PaymentInvariant.balance('ledger', { table, debit: 'debit', credit: 'credit', by: ['transfer'] }),
    { kind: 'balance', name: 'ledger', table, by: ['transfer'], debit: 'debit', credit: 'credit' },
  ],
  ['uniqueness', PaymentInvariant.unique('once', table, ['idempotency_key']), { kind: 'unique', name: 'once', table, columns: ['idempotency_key'] }],
  ['a histogram', PaymentInvariant.histogram('statuses', table, 'status'), { kind: 'histogram', name: 'statuses', table, column: 'status' }],
  [
    'no orphans', PaymentInvariant.noOrphans('parents', { table, columns: ['payment'], referencedTable: 'public.payments', referencedColumns: ['id'] }),
    { kind: 'no-orphans', name: 'parents', table, columns: ['payment'], references: { table: 'public.payments', columns: ['id'] } },
  ],
  ['SQL', PaymentInvariant.sql('own', 'SELECT count(*) FROM public.fees'), { kind: 'sql', name: 'own', sql: 'SELECT count(*) FROM public.fees' }],
])('%s is what the function understands', (_, invariant, data) => {
  expect(invariant._data()).toEqual(data);
  expect(questionOf(invariant._data(), (name) => name).sql).toMatch(/SELECT/i);
});

test('@default SumInvariantOptions.by, @default BalanceInvariantOptions.by: all rows together', () => {
  const invariants = [PaymentInvariant.sum('a', { table, column: 'amount' }), PaymentInvariant.balance('b', { table, amount: 'amount' })];
  expect(invariants.map((invariant) => invariant._data())).toEqual([expect.objectContaining({ by: [] }), expect.objectContaining({ by: [] })]);
});

test('@default BalanceInvariantOptions.amount, @default BalanceInvariantOptions.debit, @default BalanceInvariantOptions.credit: one of both ways is said', () => {
  expect(Object.keys(PaymentInvariant.balance('a', { table, amount: 'amount' })._data())).not.toContain('debit');
  expect(Object.keys(PaymentInvariant.balance('a', { table, debit: 'd', credit: 'c' })._data())).not.toContain('amount');
  expect(() => PaymentInvariant.balance('a', { table })).toThrow('balance: got \'no column\', allowed: amount, or debit and credit');
  expect(() => PaymentInvariant.balance('a', { table, debit: 'd' })).toThrow('balance: got \'debit\'');
  expect(() => PaymentInvariant.balance('a', { table, amount: 'a', debit: 'd', credit: 'c' })).toThrow('balance: got \'amount and debit and credit\'');
});

test.each<[string, () => PaymentInvariant, string]>([
  ['a table without its schema', () => PaymentInvariant.histogram('a', 'payments', 'status'), 'table: got \'payments\''],
  ['no column', () => PaymentInvariant.unique('a', table, []), 'columns: got \'no name\', allowed: 1 or more'],
  ['an empty name of a column', () => PaymentInvariant.sum('a', { table, column: '' }), 'column: got \'\''],
  ['the same column twice', () => PaymentInvariant.unique('a', table, ['x', 'x']), 'columns: got \'\'x\' twice\''],
  [
    'another number of columns', () => PaymentInvariant.noOrphans('a', { table, columns: ['x', 'y'], referencedTable: table, referencedColumns: ['x'] }),
    'referencedColumns: got \'x\', allowed: 2 of them',
  ],
  ['what writes', () => PaymentInvariant.sql('a', 'DELETE FROM payments'), 'sql: got \'DELETE FROM payments\', allowed: one SELECT'],
  ['a semicolon', () => PaymentInvariant.sql('a', 'SELECT 1;'), 'sql: got \'SELECT 1;\''],
  ['no name', () => PaymentInvariant.sql(' ', 'SELECT 1'), 'name: got \' \''],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
});
