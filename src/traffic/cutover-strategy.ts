import { Duration, Token } from 'aws-cdk-lib';
import { checkRange, invalidInput } from '../core';

/** One shift of the app tier's traffic towards the target. */
export interface CutoverShift {
  /** How much of the traffic the target's app tier gets, in percent of the whole. */
  readonly percentage: number;
  /** How long the shift is watched before the next one. */
  readonly bake: Duration;
}

/** One shift of `CutoverStrategy.custom()`. */
export interface CustomShift {
  /** How much of the traffic the target's app tier gets, in percent of the whole: more than in the shift before, and 100 in the last. */
  readonly percentage: number;

  /**
   * How long the shift is watched before the next one.
   *
   * @default - not at all
   */
  readonly wait?: Duration;
}

/** Options of `CutoverStrategy.canary()` and `CutoverStrategy.linear()`. */
export interface GradualShiftOptions {
  /** The first share of the target's app tier, and with `linear()` each further one, in percent: 1 to 99. */
  readonly percentage: number;
  /** How long each shift but the last is watched: a second or more. */
  readonly interval: Duration;
}

/**
 * How the traffic of the app tier moves to the target: in which shares, and how long each is watched.
 *
 * Shares are of the app tier alone. Whichever side a request reaches, its app tier writes to the one database with write authority, and
 * authority moves as a whole, in one cutover: it is never split.
 */
export class CutoverStrategy {
  /** All traffic in one shift. */
  public static allAtOnce(): CutoverStrategy {
    return new CutoverStrategy([{ percentage: 100 }]);
  }

  /** A small share first, and the rest after the interval. */
  public static canary(options: GradualShiftOptions): CutoverStrategy {
    const { percentage, interval } = checked(options);
    return new CutoverStrategy([{ percentage, wait: interval }, { percentage: 100 }]);
  }

  /** Equal shares, one after each interval; the last is what remains. */
  public static linear(options: GradualShiftOptions): CutoverStrategy {
    const { percentage, interval } = checked(options);
    if (Token.isUnresolved(percentage)) throw invalidInput('percentage', 'a token', 'a number that is known at synthesis, since it says how many shifts there are');
    const before = Math.ceil(100 / percentage) - 1;
    const shares = Array.from({ length: before }, (_, index) => ({ percentage: percentage * (index + 1), wait: interval }));
    return new CutoverStrategy([...shares, { percentage: 100 }]);
  }

  /** Shifts one by one, in ascending order, the last of which is of 100 percent. */
  public static custom(shifts: CustomShift[]): CutoverStrategy {
    return new CutoverStrategy(shifts);
  }

  /** The shifts in their order; the last is of 100 percent. */
  public readonly shifts: CutoverShift[];

  private constructor(shifts: CustomShift[]) {
    shifts.forEach(({ percentage }) => checkRange('percentage', percentage, 1, 100, 'percent'));
    checkOrder(shifts.map(({ percentage }) => percentage));
    this.shifts = shifts.map(({ percentage, wait }) => ({ percentage, bake: wait ?? Duration.seconds(0) }));
  }
}

function checked({ percentage, interval }: GradualShiftOptions): GradualShiftOptions {
  checkRange('percentage', percentage, 1, 99, 'percent');
  if (!interval.isUnresolved() && interval.toMilliseconds() < 1000) {
    throw invalidInput('interval', interval.toHumanString(), 'a second or more');
  }
  return { percentage, interval };
}

/** What is not known before it is resolved is taken for right. */
function checkOrder(percentages: number[]): void {
  const last = percentages.at(-1);
  if (last === undefined || (!Token.isUnresolved(last) && last !== 100)) {
    throw invalidInput('shifts', `[${percentages.join(', ')}]`, 'shifts of which the last is of 100 percent');
  }
  const known = percentages.filter((percentage) => !Token.isUnresolved(percentage));
  if (known.some((percentage, index) => index > 0 && percentage <= known[index - 1])) {
    throw invalidInput('shifts', `[${known.join(', ')}]`, 'each percentage once, in ascending order');
  }
}
