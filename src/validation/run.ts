import {
  MOST_RECHECKED, type CatchUpKind, type CompareRequest, type CompareResult, type PlanRequest, type PlanResult, type RecheckResult, type Selection,
  type Side, type Throttle, type ValidationRequest, type ValidationResult,
} from './contract';
import type { InvariantsRequest, InvariantsResult } from './invariant-contract';

/** Asks the function: in this process, in another one, or on AWS. */
export type Invoke = (request: ValidationRequest) => Promise<unknown>;

export interface RunOptions extends Selection {
  readonly partRows?: number;
  readonly throttle?: Throttle;
  /** How long one call of the function may compare. @default - the function's own */
  readonly budgetMs?: number;
  readonly maxSuspects?: number;
  /** The side that may write. @default 'source' */
  readonly writer?: Side;
  readonly catchUp?: CatchUpKind;
  readonly catchUpMs?: number;
  readonly delayMs?: number;
  readonly rounds?: number;
  /** @default - none */
  readonly invariants?: InvariantsRequest['invariants'];
  /** Told after each call: which table, how many of its rows were seen, and of about how many. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly table: string;
  readonly rows: number;
  readonly ofAbout: number;
  readonly suspects: number;
}

/** A whole validation, call by call, as the workflow does it. */
export async function runValidation(invoke: Invoke, options: RunOptions): Promise<ValidationResult> {
  const started = performance.now();
  const { schemas, tables, excludeTables, columns, exactTypes, hash, partRows } = options;
  const planRequest: PlanRequest = { action: 'plan', schemas, tables, excludeTables, columns, exactTypes, hash, partRows };
  const plan = await invoke(planRequest) as PlanResult;
  const compared: CompareResult[] = [];
  const rechecked: RecheckResult[] = [];
  for (const planned of plan.tables.filter(({ comparable }) => comparable)) {
    const results = await comparePlanned(invoke, planned, plan, options);
    compared.push(...results);
    const suspects = results.flatMap((result) => result.suspects);
    const { writer, catchUp, catchUpMs, delayMs, rounds, throttle } = options;
    for (let next = 0; next < suspects.length; next += MOST_RECHECKED) {
      rechecked.push(await invoke({
        action: 'recheck',
        table: planned.table,
        suspects: suspects.slice(next, next + MOST_RECHECKED),
        columns,
        exactTypes,
        writer,
        catchUp,
        catchUpMs,
        delayMs,
        rounds,
        throttle: { statementTimeoutMs: throttle?.statementTimeoutMs },
      }) as RecheckResult);
    }
  }
  const invariants = await askInvariants(invoke, options);
  return await invoke({ action: 'summarise', plan, compared, rechecked, invariants, seconds: (performance.now() - started) / 1_000 }) as ValidationResult;
}

async function comparePlanned(
  invoke: Invoke, planned: PlanResult['tables'][number], plan: PlanResult, { columns, exactTypes, throttle, budgetMs, maxSuspects, writer, onProgress }: RunOptions,
): Promise<CompareResult[]> {
  const results: CompareResult[] = [];
  for (const part of planned.parts) {
    let cursor: CompareRequest['cursor'];
    for (;;) {
      const result = await invoke({
        action: 'compare', table: planned.table, part, cursor, columns, exactTypes, hash: plan.hash, throttle, budgetMs, maxSuspects, writer,
      }) as CompareResult;
      results.push(result);
      const sum = (figure: (each: CompareResult) => number) => results.reduce((total, each) => total + figure(each), 0);
      onProgress?.({ table: planned.table, rows: sum(({ rows }) => rows), ofAbout: planned.rows, suspects: sum(({ suspects }) => suspects.length) });
      // What more there is would not be told.
      if (result.more) return results;
      if (result.done) break;
      cursor = result.cursor ?? cursor;
    }
  }
  return results;
}

async function askInvariants(invoke: Invoke, options: RunOptions): Promise<InvariantsResult | undefined> {
  const { invariants, writer, catchUp, catchUpMs, delayMs, rounds } = options;
  if (invariants === undefined || invariants.length === 0) return undefined;
  return await invoke({ action: 'invariants', invariants, writer, catchUp, catchUpMs, delayMs, rounds }) as InvariantsResult;
}
