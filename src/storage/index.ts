export { AccessLogs, type AccessLogsProps } from './access-logs';
export { BatchReplicationRole, type BatchReplicationRoleProps } from './batch-replication-role';
export { BucketReplication, type BucketReplicationProps } from './bucket-replication';
export { KEY_PREFIXES } from './contract';
export { MigrationBuckets, type MigrationBucketsProps, type StorageOptions, type StorageSideOptions } from './migration-buckets';
