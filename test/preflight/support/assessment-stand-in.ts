import {
  DatabaseMigrationServiceServiceException,
  DescribeReplicationTaskAssessmentRunsCommand,
  DescribeReplicationTaskIndividualAssessmentsCommand,
  StartReplicationTaskAssessmentRunCommand,
  type Filter,
  type StartReplicationTaskAssessmentRunMessage,
} from '@aws-sdk/client-database-migration-service';
import type { DmsClient } from '../../../src/preflight/assessment';

interface Run extends StartReplicationTaskAssessmentRunMessage {
  readonly arn: string;
  readonly startedAt: number;
}

const PAGE = 2;

/**
 * Behaves as the API reference of DMS describes premigration assessments, on a clock of its own: a run is starting, provisioning, running and
 * then ends as its worst assessment does; a task has one at a time; a name is taken once; lists come in pages, and lag behind.
 */
export class AssessmentStandIn {
  public time = 0;
  public readonly started: Run[] = [];
  /** What each assessment of a run ends with. */
  public results: Record<string, string> = {};
  /** How long provisioning and running take together. */
  public takesMs = 60_000;
  /** What a run ends with in place of what its assessments say. */
  public endsAs?: string;
  /** Lists tell for so long after a start what was true before it. */
  public staleMs = 0;
  public refuses?: { readonly name: string; readonly message: string };

  public readonly tools = { now: () => this.time, sleep: async (ms: number) => { this.time += ms; } };

  public client(): DmsClient {
    return { send: async (command: unknown) => this.answer(command) } as DmsClient;
  }

  private answer(command: unknown): unknown {
    if (this.refuses) throw failure(this.refuses.name, this.refuses.message);
    if (command instanceof StartReplicationTaskAssessmentRunCommand) return this.start(command.input);
    if (command instanceof DescribeReplicationTaskAssessmentRunsCommand) return this.runs(command.input);
    if (command instanceof DescribeReplicationTaskIndividualAssessmentsCommand) return this.individual(command.input);
    throw new Error(`the stand-in does not know ${String((command as object).constructor.name)}`);
  }

  private start(input: StartReplicationTaskAssessmentRunMessage): unknown {
    if (this.started.some((run) => run.AssessmentRunName === input.AssessmentRunName)) throw failure('ResourceAlreadyExistsFault', 'the name is taken');
    if (this.started.some((run) => run.ReplicationTaskArn === input.ReplicationTaskArn && !this.ended(run))) throw failure('InvalidResourceStateFault', 'a run is under way');
    if (input.ResultEncryptionMode === 'SSE_KMS' && input.ResultKmsKeyArn === undefined) throw failure('KMSInvalidStateFault', 'no key');
    const run = { ...input, arn: `arn:aws:dms:eu-west-1:111111111111:assessment-run:RUN${this.started.length + 1}`, startedAt: this.time };
    this.started.push(run);
    return { ReplicationTaskAssessmentRun: this.described(run) };
  }

  private runs({ Filters, Marker }: { readonly Filters?: Filter[]; readonly Marker?: string }): unknown {
    const [{ Name: name, Values: [value] = [] }] = Filters ?? [];
    const visible = this.started.filter((run) => this.time - run.startedAt >= this.staleMs);
    const matching = visible.filter((run) => (name === 'replication-task-arn' ? run.ReplicationTaskArn : run.arn) === value);
    const [page, next] = paged(matching.map((run) => this.described(run)), Marker);
    return { ReplicationTaskAssessmentRuns: page, Marker: next };
  }

  private individual({ Filters, Marker }: { readonly Filters?: Filter[]; readonly Marker?: string }): unknown {
    const run = this.started.find(({ arn }) => arn === Filters?.[0].Values?.[0]);
    const all = run === undefined ? [] : Object.entries(this.results).map(([IndividualAssessmentName, status]) => (
      { IndividualAssessmentName, Status: this.ended(run) ? status : 'pending' }));
    const [page, next] = paged(all, Marker);
    return { ReplicationTaskIndividualAssessments: page, Marker: next };
  }

  private described(run: Run): object {
    const { arn, ReplicationTaskArn, ResultLocationBucket, ResultLocationFolder } = run;
    return { ReplicationTaskAssessmentRunArn: arn, ReplicationTaskArn, Status: this.status(run), ResultLocationBucket, ResultLocationFolder };
  }

  private status(run: Run): string {
    const since = this.time - run.startedAt;
    if (!this.ended(run)) return since === 0 ? 'starting' : since < this.takesMs / 2 ? 'provisioning' : 'running';
    if (this.endsAs !== undefined) return this.endsAs;
    const statuses = Object.values(this.results);
    return ['failed', 'warning'].find((status) => statuses.includes(status)) ?? 'passed';
  }

  private ended(run: Run): boolean {
    return this.time - run.startedAt >= this.takesMs;
  }
}

function paged<T>(all: readonly T[], marker?: string): [T[], string | undefined] {
  const from = Number(marker ?? 0);
  return [all.slice(from, from + PAGE), from + PAGE < all.length ? String(from + PAGE) : undefined];
}

function failure(name: string, message: string): Error {
  return new DatabaseMigrationServiceServiceException({ name, message, $fault: 'client', $metadata: {} });
}
