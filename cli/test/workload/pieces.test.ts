import { DatabaseError } from 'pg';
import { Arrivals } from '../../src/workload/clients/operations';
import { ConnectionProblem, judge } from '../../src/workload/clients/problem';
import { Random } from '../../src/workload/clients/random';
import { handovers } from '../../src/workload/handovers';
import { Histogram } from '../../src/workload/histogram';

describe('Histogram', () => {
  test('quantiles are at most 3 % too high, and the greatest value is exact', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1000; ms += 1) histogram.record(ms);
    const { count, p50, p99, max } = histogram.latency();
    expect([count, max]).toEqual([1000, 1000]);
    expect(p50).toBeGreaterThanOrEqual(500);
    expect(p50).toBeLessThanOrEqual(515);
    expect(p99).toBeGreaterThanOrEqual(990);
    expect(p99).toBeLessThanOrEqual(1000);
  });

  test('two added up are what one would have counted', () => {
    const [all, first, second] = [new Histogram(), new Histogram(), new Histogram()];
    [0, 0.004, 0.3, 7, 7, 1200, 65_000].forEach((ms, index) => {
      all.record(ms);
      (index % 2 === 0 ? first : second).record(ms);
    });
    first.add(second.buckets(), second.latency().max);
    expect(first.latency()).toEqual(all.latency());
    expect(first.buckets()).toEqual(all.buckets());
  });

  test('of nothing is zero', () => {
    expect(new Histogram().latency()).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
  });
});

describe('Random', () => {
  const numbers = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 2000 }, () => random.below(100));
  };
  test('the same seed gives the same numbers, another one others', () => {
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
  });
  test('every number comes, and none outside', () => {
    expect(new Set(numbers(0))).toEqual(new Set(Array.from({ length: 100 }, (_, index) => index)));
  });
});

describe('Arrivals', () => {
  test('nothing is refunded or settled that was not acknowledged, and nothing twice', () => {
    const arrivals = new Arrivals(new Random(3));
    const first = Array.from({ length: 500 }, (_, index) => arrivals.next(index));
    expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(['payment']));
    expect(new Set(first.map(({ order }) => order))).toEqual(new Set(['insert-first', 'lock-first']));
    first.forEach((operation) => arrivals.acknowledged(operation));

    const later = Array.from({ length: 4000 }, (_, index) => arrivals.next(index));
    for (const kind of ['refund', 'settlement'] as const) {
      const paid = later.filter((operation) => operation.kind === kind).map(({ paymentKey }) => paymentKey);
      expect(paid.length).toBeGreaterThan(250);
      expect(new Set(paid).size).toBe(paid.length);
      expect(paid.filter((key) => !first.some((payment) => payment.key === key))).toEqual([]);
    }
    expect(new Set([...first, ...later].map(({ key }) => key)).size).toBe(4500);
  });
});

test('handovers are the changes of the side that answers, with the gap between', () => {
  const answers = [['source', 10], ['source', 30], ['target', 95], ['target', 96], ['source', 97]] as const;
  const log = [...answers].reverse().map(([side, at]) => ({ side, at }));
  expect(handovers(log)).toEqual([
    { from: 'source', to: 'target', lastAt: 30, firstAt: 95, gapMs: 65 },
    { from: 'target', to: 'source', lastAt: 96, firstAt: 97, gapMs: 1 },
  ]);
  expect(handovers([])).toEqual([]);
});

describe('judge', () => {
  const said = (code: string, more: Partial<DatabaseError> = {}) => Object.assign(new DatabaseError('no', 1, 'error'), { code, severity: 'ERROR', ...more });

  test.each(['25006', '57P01', '57P02', '57P03', '53300', '28000', '42501'])('%s: try again, with another session', (code) => {
    expect(judge(said(code))).toMatchObject({ code, retry: true, dropSession: true, done: false });
  });
  test.each(['40001', '40P01', '55P03'])('%s: try again, with the same session', (code) => {
    expect(judge(said(code))).toMatchObject({ code, retry: true, dropSession: false, done: false });
  });
  test('a connection that failed: try again, with another', () => {
    expect(judge(new ConnectionProblem('ECONNRESET', 'gone'))).toMatchObject({ code: 'ECONNRESET', retry: true, dropSession: true });
  });
  test('the key of the operation is there: done', () => {
    expect(judge(said('23505', { constraint: 'refunds_key' }))).toMatchObject({ done: true, dropSession: false });
  });
  test('a number is there: a sequence stands too low, and the next one may be free', () => {
    expect(judge(said('23505', { constraint: 'payments_pkey' }))).toMatchObject({ code: '23505 payments_pkey', done: false, retry: true });
  });
  test.each([said('23514'), said('42P01'), new TypeError('a mistake')])('%s: given up', (error) => {
    expect(judge(error)).toMatchObject({ retry: false, done: false });
  });
});
