import type { Duration } from 'aws-cdk-lib';
import { DEFAULTS, type CompareRequest, type PlanRequest, type RecheckRequest, type Side, type SummariseRequest, type Throttle } from './contract';
import type { InvariantsRequest } from './invariant-contract';
import { checkColumns, checkOnce, checkTable, checkTables } from './names';
import type { ValidationOptions, ValidationThrottle } from './validation-options';
import { checkRange, invalidInput } from '../core';

/** The requests of a whole validation, without what each is told of the results before it: that is for the workflow to fill in. */
export interface ValidationRequests {
  readonly plan: PlanRequest;
  /** Lacks `table`, `part`, `hash`, which the plan says, and `cursor`, which the call before says. */
  readonly compare: Omit<CompareRequest, 'table'>;
  /** Lacks `table` and `suspects`, which the comparisons say. */
  readonly recheck: Omit<RecheckRequest, 'table' | 'suspects'>;
  /** Undefined where nothing has to hold beside equality. */
  readonly invariants?: InvariantsRequest;
  /** Lacks all but its name. */
  readonly summarise: Pick<SummariseRequest, 'action'>;
}

const LEAST_PART_ROWS = 10_000;
const MOST_PART_ROWS = 1_000_000_000;

/** What the function is asked, while one side may write. */
export function validationRequests(options: ValidationOptions, writer: Side): ValidationRequests {
  const { schemas, tables, excludeTables, columns, exactTypes, showInvariantValues: showValues = false } = options;
  const { partRows = DEFAULTS.partRows, maxDifferences: maxSuspects = DEFAULTS.maxSuspects } = options;
  const throttle = throttleOf(options.throttle ?? {});
  const catchUpMs = options.catchUpTimeout?.toMilliseconds() ?? DEFAULTS.catchUpMs;
  const chosen = { columns: columns?.map(({ table, include, exclude }) => ({ table, include, exclude })), exactTypes };
  const invariants = (options.invariants ?? []).map((invariant) => invariant._data());
  return {
    plan: { action: 'plan', schemas, tables, excludeTables, ...chosen, partRows },
    compare: { action: 'compare', ...chosen, maxSuspects, throttle, writer },
    recheck: { action: 'recheck', ...chosen, catchUpMs, throttle: { statementTimeoutMs: throttle.statementTimeoutMs }, writer },
    invariants: invariants.length === 0 ? undefined : { action: 'invariants', invariants, catchUpMs, showValues, writer },
    summarise: { action: 'summarise' },
  };
}

/** Everything of the options that can be judged before anything is deployed. */
export function checkValidationOptions(options: ValidationOptions): void {
  const { schemas, columns = [], exactTypes, partRows, maxDifferences, throttle, invariants = [], catchUpTimeout } = options;
  if (schemas) checkColumns('schemas', schemas, 1);
  checkTables('tables', options.tables);
  checkTables('excludeTables', options.excludeTables);
  const both = options.excludeTables?.find((table) => options.tables?.includes(table));
  if (both !== undefined) throw invalidInput('excludeTables', both, 'tables that are not in tables too');
  checkTables('exactTypes', exactTypes);
  for (const { table, include, exclude } of columns) {
    checkTable('columns.table', table);
    if (include) checkColumns('columns.include', include, 1);
    if (exclude) checkColumns('columns.exclude', exclude, 1);
  }
  checkOnce('columns', columns.map(({ table }) => table));
  checkRange('partRows', partRows, LEAST_PART_ROWS, MOST_PART_ROWS);
  checkRange('maxDifferences', maxDifferences, 1, 1_000);
  checkDuration('catchUpTimeout', catchUpTimeout, 1_000, 120_000);
  if (throttle) checkThrottle(throttle);
  checkOnce('invariants', invariants.map((invariant) => invariant._data().name));
}

function checkThrottle({ statementTime, statementTimeout, dutyPercentage, maxActiveSessions, maxLag }: ValidationThrottle): void {
  checkDuration('throttle.statementTime', statementTime, 10, 60_000);
  checkDuration('throttle.statementTimeout', statementTimeout, 1_000, 300_000);
  const [time, limit] = [statementTime?.toMilliseconds() ?? DEFAULTS.statementMs, statementTimeout?.toMilliseconds() ?? DEFAULTS.statementTimeoutMs];
  if (limit <= time) throw invalidInput('throttle.statementTimeout', limit, `more than the ${time} milliseconds that a statement aims at`);
  checkRange('throttle.dutyPercentage', dutyPercentage, 1, 100, 'percent');
  checkRange('throttle.maxActiveSessions', maxActiveSessions, 1, 10_000);
  if (maxLag?.isUnresolved()) throw invalidInput('throttle.maxLag', 'a token', 'a literal Size');
}

function throttleOf({ statementTime, statementTimeout, dutyPercentage, maxActiveSessions, maxLag }: ValidationThrottle): Throttle {
  return {
    statementMs: statementTime?.toMilliseconds() ?? DEFAULTS.statementMs,
    statementTimeoutMs: statementTimeout?.toMilliseconds() ?? DEFAULTS.statementTimeoutMs,
    duty: (dutyPercentage ?? 100) / 100,
    maxActiveSessions,
    maxLagBytes: maxLag?.toBytes(),
  };
}

/** It becomes a number in a request, so a token cannot say it. */
function checkDuration(prop: string, duration: Duration | undefined, min: number, max: number): void {
  if (duration === undefined) return;
  if (duration.isUnresolved()) throw invalidInput(prop, 'a token', 'a literal Duration');
  checkRange(prop, duration.toMilliseconds({ integral: false }), min, max, 'milliseconds');
}
