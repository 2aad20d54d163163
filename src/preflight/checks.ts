import { LONG_TRANSACTIONS, PREPARED_TRANSACTIONS } from './activity/open-transactions';
import { ORIGINS, PUBLICATIONS, REPLICATION_EXTENSIONS, SLOTS, SUBSCRIPTIONS, WRITES_ELSEWHERE } from './appliers/other-replication';
import { ASSESSMENT_KINDS } from './assessment-kinds';
import type { Check, FindingKind } from './check';
import { SWALLOWED_ERRORS } from './code/swallowed-errors';
import { CHECK_FAILED, CHECKS_NOT_RUN } from './failed-checks';
import { CRON_JOBS, PARTMAN_JOBS, SCHEDULERS } from './jobs/jobs';
import {
  ACCESS, APPLY_RIGHT, MONITORING_RIGHT, OWNER, REPLICATION_RIGHT, SCHEMA_RIGHT, SUBSCRIPTION_RIGHT,
} from './rights/login-rights';
import { EMPTY_TARGET } from './schema-diff/empty-target';
import { ROLES_AND_GRANTS } from './schema-diff/grants';
import { SCHEMA_DIFF } from './schema-diff/objects';
import { CYCLING, NEAR_EXHAUSTION, WITHOUT_ROOM } from './sequences/sequence-room';
import { EXTENSIONS } from './server/extensions';
import { REACH_KINDS } from './server/reach';
import { STANDBYS } from './server/standbys';
import { STALE_COLLATIONS, TEXT_ORDER } from './server/text-order';
import { VERSION, VERSION_PAIR } from './server/version-pair';
import { SAME_DATABASE, WRITER } from './server/writer-endpoint';
import { DATABASE_AND_ROLE_SETTINGS, LOGIN_LIMITS, SERVER_SETTINGS, TIME_ZONE } from './settings/compared-settings';
import { CAPACITY, SLOT_WAL, WAL_LEVEL_CHECK, WAL_SENDER_TIMEOUT } from './settings/logical-replication';
import { LOAD_ESTIMATE, STORAGE } from './sizes/database-size';
import { IDENTITY_FULL, PRIMARY_KEYS, REPLICA_IDENTITY, UNLOGGED_TABLES } from './tables/row-identity';
import {
  DEFERRABLES, EVENT_TRIGGERS, EXCLUSIONS, GENERATED_COLUMNS, HIDDEN_ROWS, IDENTITY_ALWAYS, ROW_SECURITY, RULES, TRIGGERS_IN_REPLICATION,
} from './tables/table-features';
import {
  CASE_FOLDED_NAMES, FOREIGN_TABLES, INHERITANCE, LARGE_OBJECT_COLUMNS, LARGE_OBJECT_STORE, MATERIALIZED_VIEWS, PARTITIONED_TABLES,
} from './tables/table-kinds';
import { COLUMN_TYPES } from './types/column-types';
import { VALUES } from './types/values';

/** Everything that is asked, in this order: what reads whole tables comes last, so that a short time is not used up by it. */
export const CHECKS: readonly Check[] = [
  VERSION, VERSION_PAIR, WRITER, SAME_DATABASE, STANDBYS, TEXT_ORDER, STALE_COLLATIONS, TIME_ZONE, EXTENSIONS,
  WAL_LEVEL_CHECK, CAPACITY, SLOT_WAL, WAL_SENDER_TIMEOUT, SERVER_SETTINGS, DATABASE_AND_ROLE_SETTINGS, LOGIN_LIMITS,
  REPLICATION_RIGHT, MONITORING_RIGHT, OWNER, ACCESS, SCHEMA_RIGHT, APPLY_RIGHT, SUBSCRIPTION_RIGHT,
  SUBSCRIPTIONS, SLOTS, PUBLICATIONS, ORIGINS, REPLICATION_EXTENSIONS, WRITES_ELSEWHERE,
  PRIMARY_KEYS, REPLICA_IDENTITY, IDENTITY_FULL, UNLOGGED_TABLES,
  PARTITIONED_TABLES, INHERITANCE, FOREIGN_TABLES, MATERIALIZED_VIEWS, LARGE_OBJECT_STORE, LARGE_OBJECT_COLUMNS, CASE_FOLDED_NAMES,
  GENERATED_COLUMNS, IDENTITY_ALWAYS, EXCLUSIONS, DEFERRABLES, HIDDEN_ROWS, ROW_SECURITY, EVENT_TRIGGERS, TRIGGERS_IN_REPLICATION, RULES,
  COLUMN_TYPES, SWALLOWED_ERRORS, LONG_TRANSACTIONS, PREPARED_TRANSACTIONS, CRON_JOBS, PARTMAN_JOBS, SCHEDULERS,
  NEAR_EXHAUSTION, WITHOUT_ROOM, CYCLING,
  SCHEMA_DIFF, ROLES_AND_GRANTS, EMPTY_TARGET, STORAGE, LOAD_ESTIMATE, VALUES,
];

/** Everything that can be found. */
export const FINDING_KINDS: readonly FindingKind[] = [
  ...REACH_KINDS, CHECK_FAILED, CHECKS_NOT_RUN, ...CHECKS.flatMap(({ kinds }) => kinds), ...ASSESSMENT_KINDS,
];
