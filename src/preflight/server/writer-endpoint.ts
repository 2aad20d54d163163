import { BOTH, TARGET, type Check, type FindingKind } from '../check';

const NOT_A_WRITER: FindingKind = {
  id: 'not-a-writer',
  severity: 'blocker',
  why: 'DMS reads changes from a writer and writes to one, and a gate cannot be put up on a replica.',
  remedy: 'Name the writer: the instance itself, or the cluster\'s own endpoint.',
};
const NOT_DIRECT: FindingKind = {
  id: 'not-a-direct-endpoint',
  severity: 'blocker',
  why: 'RDS Proxy carries no replication and pins sessions, and a reader endpoint leads to replicas.',
  remedy: 'Name the instance itself, or the cluster\'s own endpoint.',
};
const SAME: FindingKind = {
  id: 'same-database',
  severity: 'blocker',
  why: 'A database cannot be moved to itself: its rows would meet themselves.',
  remedy: 'Check host and database name in both secrets.',
};

/** What AWS puts into the names of proxies and of reader endpoints. */
const INDIRECT = /\.(proxy|cluster-ro|cluster-custom)-[^.]+\.[^.]+\.rds\.amazonaws\.com(\.cn)?\.?$/i;

export function isDirect(host: string): boolean {
  return !INDIRECT.test(host);
}

export const WRITER: Check = {
  name: 'writer',
  kinds: [NOT_A_WRITER, NOT_DIRECT],
  sides: BOTH,
  run: async ({ facts }, side) => {
    const { inRecovery, host, database } = facts[side];
    return [
      ...inRecovery ? [{ kind: NOT_A_WRITER, object: database, what: 'the server is a standby: it follows another one' }] : [],
      ...isDirect(host) ? [] : [{ kind: NOT_DIRECT, object: host, what: 'its name is that of a proxy, of a reader endpoint or of a custom endpoint' }],
    ];
  },
};

/** The directory's identifier tells servers apart, but a copy of a directory has the same: the address of the server tells the rest. */
const IDENTITY = `SELECT concat_ws(' ', system_identifier, pg_postmaster_start_time()::text, current_setting('port')) AS identity
  FROM pg_control_system()`;

export const SAME_DATABASE: Check = {
  name: SAME.id,
  kinds: [SAME],
  sides: TARGET,
  compares: true,
  run: async ({ facts, read }) => {
    if (facts.source.database !== facts.target.database) return [];
    const [[source], [target]] = await Promise.all([read<{ identity: string }>('source', IDENTITY), read<{ identity: string }>('target', IDENTITY)]);
    return source.identity === target.identity ? [{ kind: SAME, object: facts.target.database, what: 'source and target are one database on one server' }] : [];
  },
};
