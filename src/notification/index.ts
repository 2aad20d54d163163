export { MigrationTopics, type MigrationTopicsProps } from './migration-topics';
