import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { CutoverStrategy } from '../../src/traffic';

const plan = ({ shifts }: CutoverStrategy) => shifts.map(({ percentage, bake }) => [percentage, bake.toSeconds()]);
const interval = Duration.minutes(10);

test('all at once is one shift', () => {
  expect(plan(CutoverStrategy.allAtOnce())).toEqual([[100, 0]]);
});

test('a canary is watched once', () => {
  expect(plan(CutoverStrategy.canary({ percentage: 5, interval }))).toEqual([[5, 600], [100, 0]]);
});

test.each([
  [25, [25, 50, 75, 100]],
  [30, [30, 60, 90, 100]],
  [99, [99, 100]],
])('linear by %d percent', (percentage, shares) => {
  const shifts = plan(CutoverStrategy.linear({ percentage, interval }));
  expect(shifts).toEqual(shares.map((share) => [share, share === 100 ? 0 : 600]));
});

test('@default CustomShift.wait: none', () => {
  expect(plan(CutoverStrategy.custom([{ percentage: 1, wait: Duration.hours(1) }, { percentage: 50 }, { percentage: 100, wait: Duration.days(1) }])))
    .toEqual([[1, 3600], [50, 0], [100, 86_400]]);
});

test.each([
  ['without a shift', [], 'shifts: got \'[]\', allowed: shifts of which the last is of 100 percent'],
  ['that does not end at 100', [10, 90], 'shifts: got \'[10, 90]\', allowed: shifts of which the last is of 100 percent'],
  ['out of order', [50, 10, 100], 'shifts: got \'[50, 10, 100]\', allowed: each percentage once, in ascending order'],
  ['twice the same', [50, 50, 100], 'each percentage once, in ascending order'],
  ['of nothing', [0, 100], 'percentage: got 0, allowed: a whole number from 1 to 100 percent'],
  ['of too much', [101], 'percentage: got 101, allowed'],
  ['of a fraction', [0.5, 100], 'percentage: got 0.5, allowed'],
])('shifts %s are refused', (_, percentages, message) => {
  expect(() => CutoverStrategy.custom(percentages.map((percentage) => ({ percentage })))).toThrow(message);
});

test.each([0, 100, 2.5, -1])('a first share of %d percent is refused', (percentage) => {
  expect(() => CutoverStrategy.canary({ percentage, interval })).toThrow(`percentage: got ${percentage}, allowed: a whole number from 1 to 99 percent`);
  expect(() => CutoverStrategy.linear({ percentage, interval })).toThrow('percentage: got');
});

test('an interval of less than a second is refused', () => {
  expect(() => CutoverStrategy.canary({ percentage: 5, interval: Duration.millis(500) })).toThrow('interval: got');
});

describe('tokens', () => {
  const token = Token.asNumber(Lazy.number({ produce: () => 5 }));

  test('are not judged', () => {
    expect(CutoverStrategy.canary({ percentage: token, interval: Duration.minutes(token) }).shifts).toHaveLength(2);
    expect(CutoverStrategy.custom([{ percentage: token }, { percentage: 50 }, { percentage: token }]).shifts).toHaveLength(3);
  });

  test('what is known between them is', () => {
    expect(() => CutoverStrategy.custom([{ percentage: 60 }, { percentage: token }, { percentage: 50 }, { percentage: 100 }])).toThrow('in ascending order');
  });

  test('cannot say how many shifts there are', () => {
    expect(() => CutoverStrategy.linear({ percentage: token, interval })).toThrow('percentage: got \'a token\', allowed: a number that is known at synthesis');
  });
});
