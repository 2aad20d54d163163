export { MigrationTopics, type MigrationTopicsProps, type NotificationOptions } from './migration-topics';
