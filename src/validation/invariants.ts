import { catchUpFor, type CatchUp } from './catch-up';
import type { Side } from './contract';
import type { Invariant, InvariantResult, InvariantsRequest, InvariantsResult } from './invariant-contract';
import { questionOf, tablesOf, type Question } from './invariant-sql';
import { BOTH, type Sides } from './sides';
import type { Tools } from './tools';
import { refused, ValidationError } from './validation-error';
import { DatabaseProblem, qualified } from '../postgres';

const ROUNDS = 3;
const MOST_ROWS = 1_000;
const STATEMENT_TIMEOUT_MS = 60_000;

type Rows = Readonly<Record<Side, readonly string[]>>;
type Finding = Omit<InvariantResult, 'name' | 'values'> & { readonly rows: Rows };

/** Asks both sides what must hold, and the same of both what must be the same. */
export async function invariants(sides: Sides, request: InvariantsRequest, tools: Tools): Promise<InvariantsResult> {
  const started = tools.now();
  const { writer = 'source', rounds = ROUNDS, showValues = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = request;
  if (!Number.isInteger(rounds) || rounds < 1) throw refused('rounds', rounds, 'a whole number from 1');
  await sides.limit(statementTimeoutMs);
  const catchUp = await catchUpFor(sides, request, tools);
  const results: InvariantResult[] = [];
  for (const invariant of request.invariants) {
    const inquiry = await Inquiry.of(sides, invariant, writer, catchUp);
    const { rows, ...finding } = await inquiry.settle(rounds);
    results.push({ name: invariant.name, ...finding, ...showValues ? { values: parsed(rows) } : {} });
  }
  return { invariants: results, seconds: (tools.now() - started) / 1_000 };
}

class Inquiry {
  public static async of(sides: Sides, invariant: Invariant, writer: Side, catchUp: CatchUp): Promise<Inquiry> {
    const questions = await sides.both(async (side) => {
      const tables = new Map<string, string>();
      for (const table of tablesOf(invariant)) tables.set(table, await resolved(sides, side, invariant.name, table));
      return questionOf(invariant, (table) => tables.get(table) as string);
    });
    return new Inquiry(sides, invariant.name, questions, writer, catchUp);
  }

  private constructor(
    private readonly sides: Sides, private readonly name: string, private readonly questions: Record<Side, Question>,
    private readonly writer: Side, private readonly catchUp: CatchUp,
  ) {}

  public async settle(rounds: number): Promise<Finding> {
    let finding = await this.round();
    for (let round = 1; round < rounds && finding.verdict !== 'holds'; round += 1) finding = await this.round();
    return finding;
  }

  private async round(): Promise<Finding> {
    const reader: Side = this.writer === 'source' ? 'target' : 'source';
    const before = await this.ask(this.writer);
    const arrived = await this.catchUp.reach();
    const there = await this.ask(reader);
    const after = await this.ask(this.writer);
    const rows = this.writer === 'source' ? { source: after, target: there } : { source: there, target: after };
    if (this.questions.source.violations) {
      const violatedOn = BOTH.filter((side) => rows[side].length > 0);
      return { verdict: violatedOn.length > 0 ? 'violated' : 'holds', violatedOn, rows };
    }
    if (same(there, after) || same(there, before)) return { verdict: 'holds', violatedOn: [], rows };
    return { verdict: arrived && same(before, after) ? 'different' : 'unresolved', violatedOn: [], rows };
  }

  /** In a transaction of its own that cannot write, by one statement, whatever the text holds. */
  private async ask(side: Side): Promise<string[]> {
    const text = `SELECT row_to_json(q)::text AS row FROM (${this.questions[side].sql}\n) AS q WHERE $1 LIMIT ${MOST_ROWS + 1}`;
    const rows = await this.sides.read(side, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      try {
        // A statement with values goes alone: PostgreSQL refuses a second one behind it.
        return await session.query<{ row: string }>(text, [true]);
      } catch (error) {
        throw this.explained(error, side);
      } finally {
        if (!session.broken) await session.query('ROLLBACK');
      }
    });
    if (rows.length > MOST_ROWS) throw refused(`invariant '${this.name}'`, `more than ${MOST_ROWS} rows on the ${side}`, `at most ${MOST_ROWS} rows`);
    return rows.map(({ row }) => row).sort();
  }

  private explained(error: unknown, side: Side): unknown {
    if (!(error instanceof DatabaseProblem) || error.retryable) return error;
    return new ValidationError('Refused', `invariant '${this.name}' on the ${side}: ${error.message}`);
  }
}

async function resolved(sides: Sides, side: Side, name: string, table: string): Promise<string> {
  const found = await sides.query<{ schema: string; name: string }>(side, `SELECT n.nspname AS schema, c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (format('%s.%s', n.nspname, c.relname) = $1 OR format('%I.%I', n.nspname, c.relname) = $1)`, [table]);
  if (found.length !== 1) throw refused(`invariant '${name}', table on the ${side}`, table, 'one table by schema.name');
  return qualified(found[0].schema, found[0].name);
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function parsed({ source, target }: Rows): Record<Side, unknown[]> {
  const values = (rows: readonly string[]) => rows.map((row) => JSON.parse(row) as unknown);
  return { source: values(source), target: values(target) };
}
