import { severityOf, type Check, type Context, type Found } from './check';
import { CHECKS } from './checks';
import type { PreflightRequest, PreflightResult, Side } from './contract';
import { CHECK_FAILED, CHECKS_NOT_RUN } from './failed-checks';
import { reportOf } from './report';
import { settleRequest, type SettledRequest } from './settled-request';
import type { Sides } from './sides';
import type { Tools } from './tools';
import { DatabaseProblem } from '../postgres';

/** What DMS is asked beside the databases. It starts before the checks and is awaited after them. */
export interface Assessor {
  readonly start: (request: SettledRequest) => Promise<void>;
  readonly findings: (untilMs: number) => Promise<{ readonly found: readonly Found[]; readonly runArn?: string }>;
}

/** Asks everything that can be asked within the time there is. What a database says, and that it says nothing, is a finding. */
export async function preflight(sides: Sides, given: PreflightRequest, tools: Tools, assessor?: Assessor): Promise<PreflightResult> {
  const request = settleRequest(given, tools.remainingMs());
  const began = tools.now();
  const deadline = began + request.budgetMs;
  await assessor?.start(request);
  const { facts, found } = await sides.greet(request, deadline);
  const context: Context = {
    request,
    facts: facts as Record<Side, Context['facts'][Side]>,
    read: async (side, sql) => sides.read(side, sql, deadline),
    remainingMs: () => deadline - tools.now(),
  };
  const all = [...found];
  const skipped: Record<Side, string[]> = { source: [], target: [] };
  let done = 0;
  for (const check of CHECKS) {
    const results = await Promise.all(check.sides.map(async (side) => {
      const needed: readonly Side[] = check.compares ? ['source', 'target'] : [side];
      if (needed.some((one) => facts[one] === undefined) || context.remainingMs() <= 0) {
        skipped[side].push(check.name);
        return [];
      }
      const answer = await ask(check, context, side);
      if (!answer.some(({ kind }) => kind === CHECK_FAILED)) done += 1;
      return answer;
    }));
    all.push(...results.flat());
  }
  all.push(...notRun(skipped, facts));
  const assessment = await assessor?.findings(deadline);
  all.push(...assessment?.found ?? []);
  return {
    ...reportOf(all, request),
    checks: done,
    seconds: Math.round(tools.now() - began) / 1_000,
    ...(assessment?.runArn === undefined ? {} : { assessmentRunArn: assessment.runArn }),
  };
}

async function ask(check: Check, context: Context, side: Side): Promise<readonly Found[]> {
  try {
    return (await check.run(context, side)).map((found) => ({ side, ...found }));
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    // As grave as what it might have found.
    const blocks = check.kinds.some((kind) => severityOf(kind, context.request.profile) === 'blocker');
    return [{ kind: CHECK_FAILED, side, object: check.name, what: error.message, severity: blocks ? 'blocker' : 'warning' }];
  }
}

function notRun(skipped: Record<Side, string[]>, facts: Partial<Record<Side, unknown>>): Found[] {
  return (['source', 'target'] as const).filter((side) => skipped[side].length > 0).map((side) => ({
    kind: CHECKS_NOT_RUN,
    side,
    object: side,
    what: `${skipped[side].length} checks were not run, since ${facts.source && facts.target ? 'the time was over' : 'a database could not be used'}: ${skipped[side].join(', ')}`,
  }));
}
