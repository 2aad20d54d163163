import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ChangeAction,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import type { WriterRecordProperties } from '../contract';

type Client = Pick<Route53Client, 'send'>;

const TYPE = 'CNAME';
/** What Route 53 says when a change does not fit what is there: it makes nothing of it. */
const DOES_NOT_FIT = 'InvalidChangeBatch';
const NO_ZONE = 'NoSuchHostedZone';
const LOOKS = 3;

/**
 * Makes the record of the writer where there is none, and never changes one that is there: it leads to the side with write authority, of which
 * a deployment knows nothing. The zone is the migration's own, so deletion removes the record wherever it leads.
 */
export function writerRecord(client: Client) {
  return async ({ RequestType, ResourceProperties }: CloudFormationCustomResourceEvent<WriterRecordProperties>): Promise<CustomResourceResult> => {
    const { HostedZoneId: zone, RecordName: name, InitialHost, Ttl } = ResourceProperties;
    if (RequestType === 'Delete') {
      await remove(client, zone, name);
    } else {
      await createIfAbsent(client, zone, { Name: name, Type: TYPE, TTL: Number(Ttl), ResourceRecords: [{ Value: InitialHost }] });
    }
    return { physicalResourceId: `${zone}/${name}` };
  };
}

async function createIfAbsent(client: Client, zone: string, record: ResourceRecordSet): Promise<void> {
  if (await find(client, zone, record.Name!)) return;
  try {
    await change(client, zone, 'CREATE', record);
  } catch (error) {
    // What was made meanwhile, or by an attempt whose answer was lost, is as good.
    if (!isNamed(error, DOES_NOT_FIT) || !await find(client, zone, record.Name!)) throw error;
  }
}

async function remove(client: Client, zone: string, name: string): Promise<void> {
  for (let look = 1; ; look++) {
    try {
      const record = await find(client, zone, name);
      if (record) await change(client, zone, 'DELETE', record);
      return;
    } catch (error) {
      if (isNamed(error, NO_ZONE)) return;
      // A record is deleted as it is, and the workflow may have moved it since the look.
      if (!isNamed(error, DOES_NOT_FIT) || look === LOOKS) throw error;
    }
  }
}

async function find(client: Client, HostedZoneId: string, name: string): Promise<ResourceRecordSet | undefined> {
  // The listing begins at the name, and goes on with others where it is not there.
  const { ResourceRecordSets: [first] = [] } = await client.send(new ListResourceRecordSetsCommand({
    HostedZoneId, StartRecordName: name, StartRecordType: TYPE, MaxItems: 1,
  }));
  return first?.Type === TYPE && plain(first.Name ?? '') === plain(name) ? first : undefined;
}

async function change(client: Client, HostedZoneId: string, Action: ChangeAction, ResourceRecordSet: ResourceRecordSet): Promise<void> {
  const Comment = 'The record of the database that accepts writes';
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Comment, Changes: [{ Action, ResourceRecordSet }] } }));
}

/** Route 53 answers in lower case, with a dot at the end. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
