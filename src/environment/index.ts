export { MigrationEnvironment, type EnvironmentSettings } from './migration-environment';
export { MigrationSide, type ExistingSideOptions, type ProvisionedSideOptions } from './migration-side';
