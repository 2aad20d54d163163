export { PHASES, REPEATABLE, STATUSES, TABLES, type Phase, type PhaseResult, type PhaseState } from './contract';
export { MissingRoles } from './missing-roles';
export { SchemaCopy } from './schema-copy';
export { type SchemaCopyOptions, type SchemaCopyProps, type SchemaCopySide } from './schema-copy-props';
export { SCRIPT_FOLDER, schemaCopyScript } from './schema-copy-script';
