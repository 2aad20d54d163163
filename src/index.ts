export { EncryptionAspect, EncryptionSeverity, MigrationStage, Protection, type EncryptionAspectProps } from './core';
export {
  CutoverFunctions,
  TransferDirection,
  WriteFence,
  type CutoverFunctionsProps,
  type CutoverSide,
  type RolesFenceOptions,
} from './cutover';
export {
  ApplicationLogin,
  MigrationDatabase,
  type ApplicationLoginProps,
  type AuroraPostgresOptions,
  type ExistingDatabaseOptions,
  type ExternalDatabaseOptions,
  type MigrationDatabaseBindOptions,
  type MigrationDatabaseConfig,
  type ProvisionedDatabaseOptions,
  type RdsPostgresOptions,
} from './database';
export { MigrationEnvironment, MigrationSide, type ExistingSideOptions, type ProvisionedSideOptions } from './environment';
export {
  MigrationNetwork,
  NatStrategy,
  NetworkLink,
  type IMigrationNetwork,
  type ImportedNetworkOptions,
  type MigrationNetworkOptions,
  type MigrationNetworkProps,
  type NetworkLinkBindOptions,
  type NetworkLinkConfig,
  type TransitGatewayLinkOptions,
} from './network';
export { MigrationTopics, type MigrationTopicsProps, type NotificationOptions } from './notification';
export { PaymentMigration } from './payment-migration';
export { type PaymentMigrationProps } from './payment-migration-props';
export {
  MigrationPreflight,
  type MigrationPreflightProps,
  type PreflightAssessmentOptions,
  type PreflightOptions,
  type PreflightSide,
} from './preflight';
export {
  DatabaseReplication,
  DmsServiceRoles,
  LobMode,
  LogicalDecodingPlugin,
  ReplicationCapacity,
  ReplicationTask,
  TableMappings,
  TablePreparation,
  TaskSettings,
  type DatabaseReplicationProps,
  type ProvisionedCapacityOptions,
  type ReplicationCapacityBindOptions,
  type ReplicationCapacityConfig,
  type ReplicationEndpointOptions,
  type ReplicationOptions,
  type ServerlessCapacityOptions,
  type ServerlessScaling,
  type TableSelection,
  type TaskSettingsOptions,
} from './replication';
export { MissingRoles, SchemaCopy, type SchemaCopyOptions, type SchemaCopyProps, type SchemaCopySide } from './schema';
export {
  EndpointHealthCheck,
  EndpointMetrics,
  TrafficEndpoint,
  WriterDiscovery,
  WriterDiscoveryParameter,
  type DiscoverySide,
  type DomainNameEndpointOptions,
  type EndpointMetricsProps,
  type FargateEndpointOptions,
  type FargateServiceOptions,
  type FirewallOptions,
  type LoadBalancerEndpointOptions,
  type MultiHostOptions,
  type PrivateDnsRecordOptions,
  type ServiceOptions,
  type TrafficEndpointBindOptions,
  type TrafficEndpointConfig,
  type WriterDiscoveryBindOptions,
  type WriterDiscoveryConfig,
  type WriterDiscoveryParameterProps,
  type WriterRecordConfig,
} from './service';
export {
  BatchReplicationRole,
  BucketReplication,
  MigrationBuckets,
  type BatchReplicationRoleProps,
  type BucketReplicationProps,
  type MigrationBucketsProps,
  type StorageOptions,
  type StorageSideOptions,
} from './storage';
export {
  CutoverStrategy,
  DnsCutover,
  Edge,
  type CustomShift,
  type CutoverShift,
  type DnsCutoverOptions,
  type DnsCutoverProps,
  type EdgeBindOptions,
  type EdgeConfig,
  type GradualShiftOptions,
  type TrafficHealthCheckOptions,
} from './traffic';
export {
  DataValidation,
  PaymentInvariant,
  type BalanceInvariantOptions,
  type ComparedColumns,
  type DataValidationProps,
  type NoOrphansInvariantOptions,
  type SumInvariantOptions,
  type ValidationOptions,
  type ValidationSide,
  type ValidationThrottle,
} from './validation';
