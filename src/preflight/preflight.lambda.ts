import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import type { DmsClient } from './assessment';
import { METRICS, type PreflightRequest, type PreflightResult } from './contract';
import { preflight, type Assessor } from './run';
import { assessmentOf, databaseReferences } from './settings';
import { Sides } from './sides';
import { TOOLS, type Tools } from './tools';
import { secretsManagerReader } from '../postgres';

const logger = new Logger();
const metrics = new Metrics({ namespace: METRICS.namespace });
const tracer = new Tracer();
const readSecret = secretsManagerReader();
/** Made when DMS is asked for the first time: where it is not, there need not be a Region. */
let dms: DmsClient | undefined;

/** May the source move to the target? What stands in the way is in the result; what it says of rows is sizes, and never a value. */
export async function handler(request: PreflightRequest, context: Context): Promise<PreflightResult> {
  logger.addContext(context);
  const tools: Tools = { ...TOOLS, remainingMs: () => context.getRemainingTimeInMillis() };
  const sides = new Sides({ references: databaseReferences(process.env), readSecret, tools });
  const segment = tracer.getSegment()?.addNewSubsegment('## preflight');
  try {
    const assessor = await assessorOf(request, tools);
    const result = await preflight(sides, request, tools, assessor);
    logger.info('done', { blockers: result.blockers, warnings: result.warnings, checks: result.checks, seconds: result.seconds });
    metrics.addMetric(METRICS.blockers, MetricUnit.Count, result.blockers);
    metrics.addMetric(METRICS.warnings, MetricUnit.Count, result.warnings);
    metrics.publishStoredMetrics();
    return result;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // `message` is the logger's own: under that name it would be left out.
    logger.error('failed', { error: name, reason: message });
    segment?.addError(message);
    throw error;
  } finally {
    segment?.close();
    await sides.end();
  }
}

/** DMS's SDK is loaded where DMS is asked: Lambda brings it along, a terminal does not. */
async function assessorOf(request: PreflightRequest, tools: Tools): Promise<Assessor | undefined> {
  const asked = assessmentOf(request, process.env);
  if (!request.assessed && !asked) return undefined;
  const { assessedBefore, dmsClient, PremigrationAssessment } = await import('./assessment.js');
  if (request.assessed) return assessedBefore(request.assessed);
  return asked && new PremigrationAssessment(dms ??= dmsClient(), asked, tools);
}
