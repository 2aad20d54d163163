export { PHASES, REPEATABLE, STATUSES, TABLES, type Phase, type PhaseResult, type PhaseState } from './contract';
export { SCRIPT_FOLDER, schemaCopyScript } from './schema-copy-script';
