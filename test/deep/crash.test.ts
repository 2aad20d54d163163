import { planAnytime, planAt, POINTS, sayPlan, type Plan } from './support/plan';
import { Random } from './support/random';
import { Rehearsal, type Round } from './support/rehearsal';

/*
 * Cutovers and rollbacks that follow one another on one pair of servers under load, each with faults: at every step, and at any time.
 *
 * SEED repeats the plans of an earlier run, DEEP_ROUNDS says how many of those at any time there are.
 */
jest.setTimeout(120_000);

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env.DEEP_ROUNDS ?? 100);

const random = new Random(SEED);
const plans: Plan[] = [
  ...POINTS.map((point) => planAt(random, point, 'kill handler')),
  ...POINTS.map((point) => planAt(random, point)),
  ...Array.from({ length: ROUNDS }, () => planAnytime(random)),
];

let rehearsal: Rehearsal;
let failed = false;
const rounds: Round[] = [];

beforeAll(async () => { rehearsal = await Rehearsal.create(); });

afterAll(async () => {
  await rehearsal.remove();
  process.stdout.write(`${summary()}\n`);
});

test.each(plans.map((plan, index) => [index + 1, sayPlan(plan), plan] as const))(`seed ${SEED}, round %i: %s`, async (index, said, plan) => {
  // One failure is told, with its events; what follows it would say nothing of its own.
  if (failed) return;
  rehearsal.events.add(`======== round ${index}: ${said}`);
  try {
    rounds.push(await rehearsal.round(plan));
  } catch (error) {
    failed = true;
    const problem = error instanceof Error ? error.stack : String(error);
    throw new Error(`SEED=${SEED}, round ${index}: ${said}\n${problem}\n\n${await rehearsal.story()}`);
  }
});

test('at the end everything that was acknowledged is on both sides, once', async () => {
  // One failure is told, with its events; what follows it would say nothing of its own.
  if (failed) return;
  expect(await rehearsal.finish()).toEqual([]);
  // A run in which nothing moves, or nothing is given back, shows nothing.
  const outcomes = rounds.map(({ outcome }) => outcome);
  expect(outcomes).toContain('completed');
  expect(outcomes).toContain('aborted');
});

function summary(): string {
  const of = (outcome: Round['outcome']) => rounds.filter((round) => round.outcome === outcome);
  const percentiles = (values: readonly number[]) => {
    const sorted = [...values].sort((a, b) => a - b);
    return [50, 90, 99, 100].map((p) => `p${p} ${Math.round(sorted[Math.max(0, Math.ceil(sorted.length * p / 100) - 1)] ?? 0)}`).join(', ');
  };
  return [
    `SEED=${SEED}: ${rounds.length} rounds, ${rehearsal.payments} acknowledged payments`,
    ...(['completed', 'aborted', 'refused'] as const).map((outcome) => `  ${outcome}: ${of(outcome).length}`),
    `  from close to open in ms, while what is needed answers: ${percentiles(rounds.map(({ closedMs }) => closedMs))}`,
    `  and in all: ${percentiles(rounds.map(({ closedInAllMs }) => closedInAllMs))}`,
  ].join('\n');
}
