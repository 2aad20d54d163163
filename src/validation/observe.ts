import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import { METRICS, type CompareResult, type ValidationRequest, type ValidationResult } from './contract';
import { databaseReferences } from './settings';
import { Sides } from './sides';
import { TOOLS, type Tools } from './tools';
import { secretsManagerReader } from '../postgres';

const logger = new Logger();
const metrics = new Metrics({ namespace: METRICS.namespace });
const tracer = new Tracer();

/**
 * A handler around logic that is given the databases: sessions of its own, structured logs, a trace and metrics.
 *
 * Neither keys nor values are logged, only names of tables and numbers.
 */
export function handlerFor(
  work: (sides: Sides, request: ValidationRequest, tools: Tools) => Promise<unknown>,
): (request: ValidationRequest, context: Context) => Promise<unknown> {
  const readSecret = secretsManagerReader();
  return async (request, context) => {
    logger.addContext(context);
    const fields = { action: request.action, ...'table' in request ? { table: request.table } : {} };
    const tools: Tools = { ...TOOLS, remainingMs: () => context.getRemainingTimeInMillis() };
    const sides = new Sides({ references: databaseReferences(process.env), readSecret, tools });
    const segment = tracer.getSegment()?.addNewSubsegment(`## ${request.action}`);
    try {
      const result = await work(sides, request, tools);
      logger.info('done', { ...fields, ...numbersOf(result) });
      measure(request, result);
      return result;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      logger.error('failed', { ...fields, error: name, reason: message });
      segment?.addError(message);
      throw error;
    } finally {
      segment?.close();
      await sides.end();
    }
  };
}

/** Numbers and verdicts at the top of a result, and of its lists how long they are. */
function numbersOf(result: unknown): Record<string, unknown> {
  const entries = Object.entries(result as Record<string, unknown>);
  return Object.fromEntries(entries
    .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value))
    .map(([name, value]) => [name, Array.isArray(value) ? value.length : value]));
}

function measure(request: ValidationRequest, result: unknown): void {
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  if (request.action === 'compare') {
    const { rows, suspects } = result as CompareResult;
    count(METRICS.rowsCompared, rows);
    count(METRICS.suspects, suspects.length);
  } else if (request.action === 'summarise') {
    const { equal, tables, invariants } = result as ValidationResult;
    const sum = (figure: (table: typeof tables[number]) => number) => tables.reduce((total, table) => total + figure(table), 0);
    count(METRICS.equal, equal ? 1 : 0);
    count(METRICS.differences, sum(({ confirmed }) => confirmed.length));
    count(METRICS.unresolved, sum(({ unresolved }) => unresolved.length));
    count(METRICS.refusedColumns, sum(({ refused }) => refused.length));
    count(METRICS.columnsByValue, sum(({ method }) => method.value.length));
    count(METRICS.columnsByText, sum(({ method }) => method.text.length));
    count(METRICS.violatedInvariants, invariants.filter(({ verdict }) => verdict !== 'holds').length);
  }
  metrics.publishStoredMetrics();
}
