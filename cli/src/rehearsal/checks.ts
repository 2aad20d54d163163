import type { LocalFunctions } from './functions';
import type { PreflightFigures, ValidationFigures } from './result';
import { Refused } from './supervisor';
import type { Side } from '../../../src/cutover/contract';
import type { PreflightResult, Stage } from '../../../src/preflight/contract';
import type { TableResult, ValidationResult } from '../../../src/validation/contract';
import type { Invariant } from '../../../src/validation/invariant-contract';
import { runValidation } from '../../../src/validation/run';
import { counted } from '../text-table';

type Say = (text: string) => void;

/** What must hold among the payments that the clients write. */
const INVARIANTS: readonly Invariant[] = [
  { kind: 'balance', name: 'debits are credits', table: 'public.ledger_entries', amount: 'amount', by: ['payment_id'] },
  { kind: 'unique', name: 'a payment is made once', table: 'public.payments', columns: ['idempotency_key'] },
  { kind: 'no-orphans', name: 'entries have their payment', table: 'public.ledger_entries', columns: ['payment_id'], references: { table: 'public.payments', columns: ['id'] } },
];
/** What is told of what was found, before "and more". */
const TOLD = 3;
/** How long a range of rows takes in one statement: on this machine the clients want the processors too. */
const STATEMENT_MS = 100;

/** Asks both databases before authority is moved, by the functions that are deployed: may it move, and is it the same? */
export class Checks {
  public preflight: PreflightFigures = { blockers: 0, warnings: 0 };
  /** The last one. */
  public validation?: ValidationFigures;

  public constructor(private readonly functions: LocalFunctions) {}

  /** Refuses where something stands in the way. The rows are carried by this machine's replication, so what DMS damages does not count. */
  public async ask(stage: Stage, say: Say): Promise<void> {
    const { blockers, warnings, findings, checks } = await this.functions.preflight<PreflightResult>({ action: 'preflight', profile: 'native', stage });
    this.preflight = { blockers: this.preflight.blockers + blockers, warnings: Math.max(this.preflight.warnings, warnings) };
    say(`${checks} checks: ${counted(blockers, 'blocker')}, ${counted(warnings, 'warning')}`);
    if (blockers === 0) return;
    throw new Refused(`preflight: ${told(findings.filter(({ severity }) => severity === 'blocker').map(({ id, object, what }) => `${id}: ${object}: ${what}`))}`);
  }

  /** Refuses what differs. Rows that are written all the time are no difference: they are settled when nobody writes. */
  public async compare(writer: Side, say: Say): Promise<void> {
    const result = await this.validated(writer, say);
    const wrong = [...differences(result), ...violations(result)];
    if (wrong.length > 0) throw new Refused(`validation: ${told(wrong)}`);
  }

  /** Where nobody writes any more there is nothing that may differ. */
  public async settle(writer: Side, say: Say): Promise<void> {
    const result = await this.validated(writer, say);
    const moving = result.tables.flatMap(({ table, unresolved }) => unresolved.map(({ key }) => `${table} ${JSON.stringify(key)}: unresolved`));
    const wrong = [...differences(result), ...violations(result), ...moving];
    if (wrong.length > 0 || !result.equal) throw new Error(`the sides differ in the end: ${told(wrong)}`);
  }

  private async validated(writer: Side, say: Say): Promise<ValidationResult> {
    const result = await runValidation(async (request) => this.functions.validation(request), {
      writer, catchUp: 'marker', invariants: INVARIANTS, throttle: { statementMs: STATEMENT_MS },
    });
    const sum = (figure: (table: TableResult) => number) => result.tables.reduce((total, table) => total + figure(table), 0);
    const figures = {
      equal: result.equal,
      seconds: Math.round(result.seconds * 10) / 10,
      rows: sum(({ rows }) => rows),
      confirmed: sum(({ confirmed }) => confirmed.length),
      unresolved: sum(({ unresolved }) => unresolved.length),
    };
    this.validation = figures;
    say(`${figures.rows.toLocaleString('en')} rows of ${result.tables.length} tables: ${figures.confirmed} differ, ${figures.unresolved} are written all the time`);
    return result;
  }
}

function differences({ tables }: ValidationResult): string[] {
  return tables.flatMap(({ table, confirmed, refused }) => [
    ...confirmed.map(({ key, kind, columns }) => `${table} ${JSON.stringify(key)}: ${kind}${columns.length > 0 ? ` in ${columns.join(', ')}` : ''}`),
    ...refused.map(({ column, why }) => `${table}${column === '*' ? '' : `.${column}`}: not compared, ${why}`),
  ]);
}

/** What still moved is none. */
function violations({ invariants }: ValidationResult): string[] {
  return invariants.filter(({ verdict }) => verdict === 'violated' || verdict === 'different').map(({ name, verdict }) => `invariant '${name}': ${verdict}`);
}

function told(all: readonly string[]): string {
  return all.length <= TOLD ? all.join('; ') : `${all.slice(0, TOLD).join('; ')}; and ${all.length - TOLD} more`;
}
