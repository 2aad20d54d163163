import { DescribeEndpointsCommand, ModifyEndpointCommand } from '@aws-sdk/client-database-migration-service';
import { NOT_FOUND, unless, type ReplicationServices } from './services';
import type { TaskProperties } from '../contract';

/** The slot that a task reads from where one was said at run time: no template knows it, and DMS would make another in its place. */
export async function slotOf({ dms }: ReplicationServices, { Source }: TaskProperties): Promise<string | undefined> {
  const answer = await dms.send(new DescribeEndpointsCommand({ Filters: [{ Name: 'endpoint-arn', Values: [Source.Arn] }] })).catch(unless(NOT_FOUND));
  return answer?.Endpoints?.[0]?.PostgreSQLSettings?.SlotName;
}

/**
 * Says the slot again where a deployment that changed the endpoint has taken it away. What else the endpoint is like stays: DMS changes only
 * the settings that it is told.
 *
 * https://docs.aws.amazon.com/dms/latest/APIReference/API_ModifyEndpoint.html
 */
export async function keepSlot(services: ReplicationServices, properties: TaskProperties, slot: string): Promise<void> {
  if (await slotOf(services, properties) === slot) return;
  await services.dms.send(new ModifyEndpointCommand({ EndpointArn: properties.Source.Arn, PostgreSQLSettings: { SlotName: slot } }));
}
