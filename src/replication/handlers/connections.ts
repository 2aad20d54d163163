import { DescribeConnectionsCommand, TestConnectionCommand, type Connection } from '@aws-sdk/client-database-migration-service';
import { INVALID_STATE, NOT_FOUND, unless, type Patience, type ReplicationServices } from './services';
import type { EndpointReference } from '../contract';

/** A secret, a role or a rule may be seconds old. */
const ATTEMPTS = 3;
const ATTEMPT_PAUSE_MS = 15_000;
/** For so long after a call, an answer may be the one of the test before. */
const STALE_MS = 15_000;

/**
 * Has the instance connect to each endpoint: DMS starts a task only after a test that succeeded since the endpoint was last changed.
 *
 * @param anew whether a test that succeeded before counts for nothing
 */
export async function testConnections(
  services: ReplicationServices,
  patience: Patience,
  instance: string,
  endpoints: readonly EndpointReference[],
  anew: boolean,
): Promise<void> {
  const failures = await Promise.all(endpoints.map(async (endpoint) => testConnection(services, patience, instance, endpoint, anew)));
  const failed = failures.filter((failure) => failure !== undefined);
  if (failed.length === 0) return;
  throw new Error(`DMS cannot connect to ${failed.join('; nor to ')}. See that each secret holds username, password, host and port of a login `
    + 'that is there, that security groups, routes and the server let the replication instance in, and that the server\'s certificate is of the '
    + 'authority that its endpoint was given. Then deploy again');
}

/** What failed, in words. */
async function testConnection(
  services: ReplicationServices,
  patience: Patience,
  instance: string,
  endpoint: EndpointReference,
  anew: boolean,
): Promise<string | undefined> {
  if (!anew && (await connection(services, instance, endpoint.Arn))?.Status === 'successful') return undefined;
  for (let attempt = 1; ; attempt++) {
    await begin(services, patience, instance, endpoint);
    const { Status: status, LastFailureMessage: message } = await outcome(services, patience, instance, endpoint);
    if (status === 'successful') return undefined;
    const failure = `${endpoint.Name} (${message ?? status ?? 'no reason given'})`;
    if (attempt === ATTEMPTS) return failure;
    await patience.pause(`DMS cannot connect to ${failure}`, ATTEMPT_PAUSE_MS);
  }
}

async function begin({ dms }: ReplicationServices, patience: Patience, instance: string, { Arn, Name }: EndpointReference): Promise<void> {
  for (;;) {
    try {
      await dms.send(new TestConnectionCommand({ ReplicationInstanceArn: instance, EndpointArn: Arn }));
      return;
    } catch (error) {
      // A test that runs already may have begun before the last change.
      unless(INVALID_STATE, NOT_FOUND)(error);
      await patience.pause(`the test of ${Name} could not begin: ${String(error)}`);
    }
  }
}

async function outcome(services: ReplicationServices, patience: Patience, instance: string, { Arn, Name }: EndpointReference): Promise<Connection> {
  const since = services.now();
  for (let seen = false; ;) {
    await patience.pause(`the test of ${Name} has not ended`);
    const found = await connection(services, instance, Arn);
    if (found?.Status === 'testing') seen = true;
    else if (found && (seen || services.now() - since >= STALE_MS)) return found;
  }
}

async function connection({ dms }: ReplicationServices, instance: string, endpoint: string): Promise<Connection | undefined> {
  const answer = await dms.send(new DescribeConnectionsCommand({
    Filters: [{ Name: 'endpoint-arn', Values: [endpoint] }, { Name: 'replication-instance-arn', Values: [instance] }],
  })).catch(unless(NOT_FOUND));
  return answer?.Connections?.[0];
}
