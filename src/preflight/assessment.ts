import {
  DatabaseMigrationServiceClient,
  DescribeReplicationTaskAssessmentRunsCommand,
  DescribeReplicationTaskIndividualAssessmentsCommand,
  StartReplicationTaskAssessmentRunCommand,
  type ReplicationTaskAssessmentRun,
  type ReplicationTaskIndividualAssessment,
} from '@aws-sdk/client-database-migration-service';
import { FAILED, NOT_DONE, NOT_RUN, WARNED } from './assessment-kinds';
import type { FindingKind, Found } from './check';
import type { AssessedRun, AssessmentRequest } from './contract';
import type { Assessor } from './run';
import type { Tools } from './tools';

export type DmsClient = Pick<DatabaseMigrationServiceClient, 'send'>;

/** A network without a way to DMS's API must not use up the time of the checks. */
export function dmsClient(): DmsClient {
  return new DatabaseMigrationServiceClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

const POLL_MS = 5_000;
/** https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTaskAssessmentRun.html */
const UNDER_WAY = ['starting', 'provisioning', 'running'];
const DONE = ['passed', 'failed', 'warning'];

/** A name for a run, which must be unique, in letters, digits and hyphens. */
const runName = () => `preflight-${new Date().toISOString().replace(/\W/g, '-').toLowerCase()}`;

/** DMS's own premigration assessment. What goes wrong with it is a finding. */
export class PremigrationAssessment implements Assessor {
  private runArn?: string;
  private failure?: string;

  public constructor(private readonly client: DmsClient, private readonly request: AssessmentRequest, private readonly tools: Tools) {}

  /** Takes the run that is named, or one of the task that is under way, or starts one. */
  public async start(): Promise<void> {
    const { taskArn, serviceAccessRoleArn, bucket, folder, kmsKeyArn, runArn } = this.request;
    try {
      this.runArn = runArn ?? await this.underWay(taskArn);
      if (this.runArn !== undefined) return;
      const { ReplicationTaskAssessmentRun: run } = await this.client.send(new StartReplicationTaskAssessmentRunCommand({
        ReplicationTaskArn: taskArn,
        ServiceAccessRoleArn: serviceAccessRoleArn,
        ResultLocationBucket: bucket,
        ResultLocationFolder: folder,
        ...(kmsKeyArn === undefined ? { ResultEncryptionMode: 'SSE_S3' } : { ResultEncryptionMode: 'SSE_KMS', ResultKmsKeyArn: kmsKeyArn }),
        AssessmentRunName: runName(),
      }));
      this.runArn = run?.ReplicationTaskAssessmentRunArn;
    } catch (error) {
      this.failure = said(error);
    }
  }

  /** Waits for the end of the run, as long as there is time, and tells what it found. */
  public async findings(until: number): Promise<{ found: Found[]; runArn?: string }> {
    const { runArn } = this;
    if (runArn === undefined) {
      return { found: [{ kind: NOT_RUN, side: 'both', object: this.request.taskArn, what: this.failure ?? 'DMS did not say which run it started' }] };
    }
    try {
      return { runArn, found: await this.awaited(runArn, until) };
    } catch (error) {
      return { runArn, found: [{ kind: NOT_DONE, side: 'both', object: runArn, what: said(error) }] };
    }
  }

  private async underWay(taskArn: string): Promise<string | undefined> {
    const run = (await this.runs('replication-task-arn', taskArn)).find(({ Status = '' }) => UNDER_WAY.includes(Status));
    return run?.ReplicationTaskAssessmentRunArn;
  }

  private async awaited(runArn: string, until: number): Promise<Found[]> {
    const { now, sleep } = this.tools;
    for (;;) {
      const [run] = await this.runs('replication-task-assessment-run-arn', runArn);
      const status = run?.Status ?? 'not found';
      // What was just started may not be listed yet.
      const waits = UNDER_WAY.includes(status) || run === undefined;
      if (waits && now() + POLL_MS <= until) {
        await sleep(POLL_MS);
        continue;
      }
      const about = run?.LastFailureMessage === undefined ? '' : `: ${run.LastFailureMessage}`;
      return [...await this.individual(runArn, placeOf(run)), ...unfinished(runArn, status, waits ? ', and the time is over' : about)];
    }
  }

  private async individual(runArn: string, place: string): Promise<Found[]> {
    const all: ReplicationTaskIndividualAssessment[] = [];
    let marker: string | undefined;
    do {
      const page = await this.client.send(new DescribeReplicationTaskIndividualAssessmentsCommand({
        Filters: [{ Name: 'replication-task-assessment-run-arn', Values: [runArn] }], Marker: marker,
      }));
      all.push(...page.ReplicationTaskIndividualAssessments ?? []);
      marker = page.Marker;
    } while (marker !== undefined);
    return judged(all.map(({ IndividualAssessmentName: name = 'unnamed', Status: status = 'unknown' }) => ({ name, status })), place);
  }

  private async runs(filter: string, value: string): Promise<ReplicationTaskAssessmentRun[]> {
    const all: ReplicationTaskAssessmentRun[] = [];
    let marker: string | undefined;
    do {
      const page = await this.client.send(new DescribeReplicationTaskAssessmentRunsCommand({
        Filters: [{ Name: filter, Values: [value] }], Marker: marker,
      }));
      all.push(...page.ReplicationTaskAssessmentRuns ?? []);
      marker = page.Marker;
    } while (marker !== undefined);
    return all;
  }
}

/** What somebody else has asked DMS. */
export function assessedBefore({ runArn, status, individual }: AssessedRun): Assessor {
  const found = [...judged(individual, ''), ...unfinished(runArn, status, '')];
  return { start: async () => undefined, findings: async () => ({ found, runArn }) };
}

function judged(individual: AssessedRun['individual'], place: string): Found[] {
  return individual.flatMap(({ name: object, status }): Found[] => {
    const kind = kindOf(status);
    return kind === undefined ? [] : [{ kind, side: 'both', object, what: `DMS says: ${status}${place}` }];
  });
}

function unfinished(object: string, status: string, about: string): Found[] {
  return DONE.includes(status) ? [] : [{ kind: NOT_DONE, side: 'both', object, what: `the run is ${status}${about}` }];
}

/** What is under way or was skipped is told with the run as a whole, or not at all. */
function kindOf(status: string): FindingKind | undefined {
  if (['failed', 'error', 'cancelled'].includes(status)) return FAILED;
  return status === 'warning' ? WARNED : undefined;
}

function placeOf(run: ReplicationTaskAssessmentRun | undefined): string {
  if (run?.ResultLocationBucket === undefined) return '';
  return `, in s3://${[run.ResultLocationBucket, run.ResultLocationFolder].filter(Boolean).join('/')}`;
}

function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
