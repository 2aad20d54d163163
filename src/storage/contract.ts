/**
 * What the keys of each of the migration's own buckets begin with.
 *
 * The buckets have one archive, in which the copies of one are told from those of another by this alone.
 */
export const KEY_PREFIXES = {
  checkpoints: 'checkpoints/',
  rollback: 'rollback/',
  dmsLogs: 'dms-logs/',
  evidence: 'evidence/',
} as const;

/** The id of the one rule that a `BucketReplication` gives its source; the metrics have it as a dimension. */
export const REPLICATION_RULE_ID = 'everything';

/** What a report of S3 Batch Replication's key begins with. */
export const BATCH_REPORT_PREFIX = 'batch-replication';
