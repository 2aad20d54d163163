import type { ClientBase } from 'pg';
import { CHECKS, COUNT_THERE, LOST, type FindingKind } from './checks';
import type { LoggedOperation, WorkloadResult } from '../workload';

/** Subjects that are named for each reason; all are counted. */
const NAMED = 5;

/** Everything that is wrong in one way. */
export interface Finding {
  readonly kind: FindingKind;
  readonly reason: string;
  readonly count: number;
  /** The first of them: a kind and a number or a key. */
  readonly subjects: readonly string[];
}

/** What the database with authority holds, against what clients were told. */
export interface AuditResult {
  readonly acknowledged: number;
  /** Acknowledged operations that are not there, or with other content. */
  readonly lost: number;
  /** Keys, entries, refunds, settlements and events that are there more often than they may be. */
  readonly duplicated: number;
  /** Payments, refunds and accounts that do not agree with the ledger, and rows that belong to nothing. */
  readonly unbalanced: number;
  /** Operations that no client got an answer for: either outcome is right. */
  readonly unacknowledged: { readonly asked: number; readonly there: number };
  readonly findings: readonly Finding[];
  readonly ms: number;
}

/**
 * Compares the log of the clients with the database that has authority, and the database with itself. It writes nothing.
 *
 * The client may read all of the payments' tables; nobody writes any more.
 */
export async function audit(client: ClientBase, log: Pick<WorkloadResult, 'acknowledged' | 'unacknowledged'>): Promise<AuditResult> {
  const startedAt = performance.now();
  const { acknowledged, unacknowledged } = log;
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off");
  try {
    const findings = await find(client, 'lost', LOST, columns(acknowledged));
    for (const { kind, reason, sql } of CHECKS) findings.push(...await find(client, kind, `SELECT subject, '${reason}' AS reason FROM (${sql}) AS found`));
    const { rows: [{ found }] } = await client.query<{ found: number }>(COUNT_THERE, columns(unacknowledged).slice(0, 1));
    const sum = (kind: FindingKind) => findings.filter((finding) => finding.kind === kind).reduce((total, { count }) => total + count, 0);
    return {
      acknowledged: acknowledged.length,
      lost: sum('lost'),
      duplicated: sum('duplicated'),
      unbalanced: sum('unbalanced'),
      unacknowledged: { asked: unacknowledged.length, there: found },
      findings,
      ms: performance.now() - startedAt,
    };
  } finally {
    await client.query('ROLLBACK');
  }
}

async function find(client: ClientBase, kind: FindingKind, sql: string, log: readonly string[] = []): Promise<Finding[]> {
  const { rows } = await client.query<Omit<Finding, 'kind'>>(
    `SELECT reason, count(*)::int AS count, (array_agg(subject::text ORDER BY subject))[1:${NAMED}] AS subjects FROM (${sql}) AS found GROUP BY reason`,
    [...log],
  );
  return rows.map(({ reason, count, subjects }) => ({ kind, reason, count, subjects }));
}

/** The log as PostgreSQL's arrays. Nothing in it needs quotes, and pg would look for them in each of some hundred thousand values. */
function columns(operations: readonly LoggedOperation[]): string[] {
  const array = (values: readonly string[]) => `{${values.join(',')}}`;
  return [
    array(operations.map(({ key }) => key)),
    array(operations.map(({ kind }) => kind)),
    array(operations.map(({ amount }) => amount)),
    array(operations.map(({ paymentKey }) => paymentKey)),
  ];
}
