import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import { METRICS, type CutoverErrorName, type Direction, type TransferResult } from './contract';
import { Databases } from './databases';
import { databaseReferences } from './settings';
import { TOOLS, type Tools } from './tools';
import { secretsManagerReader } from '../postgres';

const logger = new Logger();
const metrics = new Metrics({ namespace: METRICS.namespace });
const tracer = new Tracer();

interface Request {
  readonly action: string;
  readonly direction?: Direction;
}

/**
 * A handler around logic that is given the databases: sessions of its own, structured logs, a trace and metrics.
 *
 * Neither requests nor rows are logged, only what was asked for and how it ended.
 */
export function handlerFor<Q extends Request, R>(
  work: (databases: Databases, request: Q, tools: Tools) => Promise<R>,
): (request: Q, context: Context) => Promise<R> {
  const readSecret = secretsManagerReader();
  return async (request, context) => {
    logger.addContext(context);
    const fields = { action: request.action, ...picked(request, 'side', 'direction', 'attempt') };
    const databases = new Databases({ references: databaseReferences(process.env), readSecret });
    const tools: Tools = { ...TOOLS, remainingMs: () => context.getRemainingTimeInMillis(), onStep: (when, step) => logger.info(`${when} ${step}`, fields) };
    const segment = tracer.getSegment()?.addNewSubsegment(`## ${request.action}`);
    try {
      const result = await work(databases, request, tools);
      logger.info('done', { ...fields, ...picked(result, 'outcome', 'authority', 'authorityAttempt', 'pauseMs', 'reason', 'problem', 'repeated') });
      if (isTransfer(result)) measure(result);
      return result;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      // `message` is the logger's own: under that name it would be left out.
      logger.error('failed', { ...fields, error: name, reason: message });
      countPending(request, name);
      segment?.addError(message);
      throw error;
    } finally {
      segment?.close();
      await databases.end();
    }
  };
}

function picked(from: unknown, ...names: string[]): Record<string, unknown> {
  const fields = Object.entries(from as Record<string, unknown>).filter(([name, value]) => names.includes(name) && value !== undefined);
  return Object.fromEntries(fields);
}

function isTransfer(result: unknown): result is TransferResult {
  return typeof result === 'object' && result !== null && 'outcome' in result;
}

function measure({ outcome, direction, pauseMs, steps, repeated }: TransferResult): void {
  // It was measured when it happened.
  if (repeated) return;
  metrics.addDimension('direction', direction);
  metrics.addMetric(outcome === 'completed' ? METRICS.transferCompleted : METRICS.transferAborted, MetricUnit.Count, 1);
  if (pauseMs !== undefined) metrics.addMetric(METRICS.writePause, MetricUnit.Milliseconds, pauseMs);
  metrics.publishStoredMetrics();
  for (const { step, ms } of steps) {
    metrics.addDimensions({ direction, step });
    metrics.addMetric(METRICS.stepDuration, MetricUnit.Milliseconds, ms);
    metrics.publishStoredMetrics();
  }
}

/** How an action ends after which nobody may write, until somebody calls it again. */
const PENDING: Partial<Record<CutoverErrorName, string>> = { AbortPending: METRICS.abortPending, OpenPending: METRICS.openPending };

function countPending({ action, direction }: Request, error: string): void {
  // An abort is called after an invocation that ended without a word: a giver that does not answer it may be closed.
  const metric = action === 'abort' && error === 'DatabaseUnavailable' ? METRICS.abortPending : PENDING[error as CutoverErrorName];
  if (metric === undefined || direction === undefined) return;
  metrics.addDimension('direction', direction);
  metrics.addMetric(metric, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
