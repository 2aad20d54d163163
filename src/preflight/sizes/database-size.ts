import { SOURCE, TARGET, type Check, type FindingKind } from '../check';
import { READABLE, relations, type Scope } from '../scope';

const ESTIMATE: FindingKind = {
  id: 'load-estimate',
  severity: 'info',
  why: 'The load must fit into the time and the storage that there is. Reading is the least that a load does: writing, indexes and LOBs come on top.',
  remedy: 'Rehearse the load with a copy before a date is promised.',
};
const NO_SPACE: FindingKind = {
  id: 'target-storage-small',
  severity: 'blocker',
  why: 'Tables, the indexes that are built after the load, and the WAL that slots hold back must fit at the same time.',
  remedy: 'Give the target more storage, or let it grow by itself (storage autoscaling; Aurora does so always).',
};
const UNKNOWN: FindingKind = {
  id: 'free-storage-not-known',
  severity: 'info',
  why: 'PostgreSQL does not tell how much storage is free.',
  remedy: 'Look at FreeStorageSpace in CloudWatch (Aurora: it grows by itself), and ask again with targetFreeBytes.',
};

/** Tables with their indexes and TOAST, and half as much again for WAL and sorting. */
const ROOM = 1.5;
/** How much of the largest table is read to measure how fast that goes. */
const SAMPLE_BYTES = 32 * 1024 * 1024;
/** Less says nothing about how fast reading is. */
const LEAST_BYTES = 1024 * 1024;

interface Size {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly largest: string | null;
  readonly largestBytes: number;
}

const query = (scope: Scope) => `
  SELECT count(*)::int AS tables, coalesce(sum(greatest(t.reltuples, 0)), 0)::float8 AS rows, coalesce(sum(pg_total_relation_size(t.oid)), 0)::float8 AS bytes,
    (array_agg(t.said ORDER BY pg_relation_size(t.oid) DESC) FILTER (WHERE ${READABLE}))[1] AS largest,
    coalesce(max(pg_relation_size(t.oid)) FILTER (WHERE ${READABLE}), 0)::float8 AS "largestBytes"
  FROM ${relations(scope, "'r'")}`;

export const LOAD_ESTIMATE: Check = {
  name: 'database-size',
  kinds: [ESTIMATE],
  sides: SOURCE,
  run: async ({ read, facts, request }, side) => {
    const [{ tables, rows, bytes, largest, largestBytes }] = await read<Size>(side, query(request));
    const size = `${tables} tables, about ${rows} rows, ${megabytes(bytes)} with indexes`;
    if (largest === null || largestBytes < LEAST_BYTES) return [{ kind: ESTIMATE, object: facts[side].database, what: size }];
    const part = Math.min(100, SAMPLE_BYTES / largestBytes * 100);
    const [{ ms }] = await read<{ ms: number }>(side, `
      SELECT extract(epoch FROM clock_timestamp() - statement_timestamp())::float8 * 1000 AS ms
      FROM (SELECT count(*) FROM ONLY ${largest} TABLESAMPLE SYSTEM (${part})) sample`);
    const rate = largestBytes * part / 100 / Math.max(ms, 1) * 1_000;
    return [{
      kind: ESTIMATE,
      object: facts[side].database,
      what: `${size}; a sample of ${largest} was read with ${megabytes(rate)} a second, with which reading all takes ${Math.ceil(bytes / rate)} s and a load longer`,
    }];
  },
};

export const STORAGE: Check = {
  name: 'target-storage',
  kinds: [NO_SPACE, UNKNOWN],
  sides: TARGET,
  compares: true,
  run: async ({ read, facts, request }, side) => {
    const object = facts[side].database;
    const { targetFreeBytes: free } = request;
    if (request.stage === 'before-cutover') return [];
    if (free === undefined) return [{ kind: UNKNOWN, object, what: 'nobody has said how much is free' }];
    const [{ bytes }] = await read<Size>('source', query(request));
    const needed = bytes * ROOM;
    return free >= needed ? [] : [{ kind: NO_SPACE, object, what: `${megabytes(free)} are free, ${megabytes(needed)} are wanted: the source's size and half of it again` }];
  },
};

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
