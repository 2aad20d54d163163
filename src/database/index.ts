export { APPLICATION_USERNAME, DATABASE_NAME, MIGRATION_USERNAME } from './contract';
export { type MigrationDatabaseBindOptions, type MigrationDatabaseConfig } from './database-binding';
export { type ExistingDatabaseOptions, type ExternalDatabaseOptions } from './existing-database';
export { readableLogin } from './login-copies';
export { ApplicationLogin, type ApplicationLoginProps } from './logins';
export { MigrationDatabase } from './migration-database';
export { type AuroraPostgresOptions, type ProvisionedDatabaseOptions, type RdsPostgresOptions } from './provisioned-options';
export { checkMajor, DMS_ENGINE_DEFAULT } from './versions';
