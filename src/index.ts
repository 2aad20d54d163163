export { EncryptionAspect, EncryptionSeverity, Protection, type EncryptionAspectProps } from './core';
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
export { PaymentMigration, type PaymentMigrationProps } from './payment-migration';
