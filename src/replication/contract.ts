/** What the constructs and the handler of this room, the cutover and the workflows say to each other. */

export { MARKER_TABLE, PRIVATE_TABLES, SCHEMA } from '../postgres/migration-schema';

/** Where DMS keeps its own tables on the side that it writes to. */
export const CONTROL_SCHEMA = 'awsdms_control';
/** How the names of DMS's own schemas and tables begin. */
export const DMS_NAMES = 'awsdms%';

/** The streams of changes between the two databases, by the names of their tasks. */
export const TASKS = ['load', 'to-target', 'to-source'] as const;
export type TaskName = typeof TASKS[number];

/** On a task that a deployment has stopped and not yet started again: when that task was started. */
export const RESTART_TAG = 'payment-migration:restart';
/** Beside it: the slot that its source endpoint named. */
export const SLOT_TAG = 'payment-migration:slot';

/** DMS looks for its roles by these names, in the whole account. https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole */
export const SERVICE_ROLES = {
  'dms-vpc-role': 'AmazonDMSVPCManagementRole',
  'dms-cloudwatch-logs-role': 'AmazonDMSCloudWatchLogsRole',
} as const;
/** Who takes these roles on; a secret's role is taken on by the service of one Region instead. */
export const SERVICE_PRINCIPAL = 'dms.amazonaws.com';

/** How long one request waits in all, whatever for: a minute less than the function has, to say what was waited for in vain. */
export const PATIENCE_SECONDS = 14 * 60;

/** Makes the account's service roles where there are none, and never deletes them. */
export const SERVICE_ROLES_TYPE = 'Custom::DmsServiceRoles';
/** Is there once the replication instance has reached every database. */
export const ENDPOINTS_TESTED_TYPE = 'Custom::DmsEndpointsTested';
/** Before a task in each deployment: stops it where the deployment changes it. */
export const TASK_BEFORE_TYPE = 'Custom::DmsTaskBefore';
/** After a task in each deployment: starts it again where the deployment stopped it, and stops it before it is deleted. */
export const TASK_AFTER_TYPE = 'Custom::DmsTaskAfter';

export interface ServiceRolesProperties {
  /** ARNs of the managed policies, by the names of their roles. */
  readonly Policies: Record<string, string>;
}

export interface EndpointReference {
  readonly Arn: string;
  /** What a person calls it, such as 'the source database, read from'. */
  readonly Name: string;
}

export interface EndpointsTestedProperties {
  readonly InstanceArn: string;
  readonly Endpoints: EndpointReference[];
  /** Changes whenever something does that the tests depend on. */
  readonly Digest: string;
}

export interface TaskProperties {
  /** The task, or the serverless replication: its ARN says which. */
  readonly Arn: string;
  /** What a person calls it, such as 'load'. */
  readonly Name: string;
  /** Where the task runs; absent where it is serverless. */
  readonly InstanceArn?: string;
  readonly Source: EndpointReference;
  readonly Target: EndpointReference;
  readonly MigrationType: string;
  readonly KmsKeyArn: string;
  /** Changes whenever the template of something does that the task is made of. */
  readonly Digest: string;
}
