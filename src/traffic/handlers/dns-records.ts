import type { Change } from '@aws-sdk/client-route-53';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { ownerOf } from './note';
import { settle, takeBack, type Live } from './plan';
import { reversed } from './records';
import { isNamed, Patience, type DnsServices } from './services';
import { Zone } from './zone';
import type { CustomResourceResult } from '../../core/custom-resource-reply';
import { PATIENCE_SECONDS, type DnsRecordsProperties } from '../contract';

type Event = CloudFormationCustomResourceEvent<DnsRecordsProperties>;

/** Of what is left of Lambda's time. */
const UNDO_SECONDS = 60;
/** How often it looks again where records change under its hands. */
const LOOKS = 5;

/**
 * Makes the records of a migration where there are none, and changes them as templates do, but never a weight: it is the run time's.
 *
 * Every change is one batch, all or nothing, and each deletion in it names all that the record was when it was read. So a weight that is
 * shifted at the same moment is never set back: Route 53 refuses the batch, and it is made again from what is there then.
 */
export function dnsRecords(services: DnsServices): (event: Event) => Promise<CustomResourceResult> {
  return async (event) => {
    const properties = event.ResourceProperties;
    const physicalResourceId = event.RequestType === 'Delete' ? event.PhysicalResourceId : idOf(properties);
    if (event.RequestType === 'Update' && event.PhysicalResourceId !== physicalResourceId) {
      throw new Error(`the hosted zone and the names of the records stay as long as the migration does: got ${physicalResourceId}, `
        + `allowed: ${event.PhysicalResourceId}. For others, delete DnsCutover and make a new one`);
    }
    const zone = new Zone(await services.route53(properties.RoleArn), properties.HostedZoneId);
    const owner = ownerOf(event.StackId, properties.Identifier);
    if (event.RequestType === 'Delete') await remove(services, zone, properties, owner);
    else await make(services, zone, properties, owner, event.RequestType === 'Update');
    return { physicalResourceId };
  };
}

function idOf({ HostedZoneId, RecordName, Source, Target }: DnsRecordsProperties): string {
  return [HostedZoneId, RecordName, Source.RecordName, Target.RecordName].join('/');
}

async function make(services: DnsServices, zone: Zone, properties: DnsRecordsProperties, owner: string, known: boolean): Promise<void> {
  const patience = new Patience(services, PATIENCE_SECONDS);
  let asked: Change[] = [];
  try {
    await change(zone, properties, patience, (live) => {
      asked = settle(properties, owner, live, known);
      return asked;
    });
  } catch (error) {
    // CloudFormation does not have a creation undone that failed; an update it takes back itself.
    if (!known && asked.length > 0) await undo(services, zone, asked);
    throw error;
  }
}

async function undo(services: DnsServices, zone: Zone, changes: Change[]): Promise<void> {
  try {
    await zone.change(reversed(changes), new Patience(services, UNDO_SECONDS));
  } catch (error) {
    // So it is as well where they were never made, since their answer was an error.
    console.warn(`nothing taken back: ${String(error)}`);
  }
}

async function remove(services: DnsServices, zone: Zone, properties: DnsRecordsProperties, owner: string): Promise<void> {
  const patience = new Patience(services, PATIENCE_SECONDS);
  try {
    await change(zone, properties, patience, (live) => takeBack(properties, owner, live));
  } catch (error) {
    if (!isNamed(error, 'NoSuchHostedZone')) throw error;
  }
}

/** Changes what the plan says of what is there, and waits until all servers of Route 53 know of it. */
async function change(zone: Zone, properties: DnsRecordsProperties, patience: Patience, plan: (live: Live) => Change[]): Promise<void> {
  for (let look = 1; ; look++) {
    const changes = plan(await lookAt(zone, properties, patience));
    if (changes.length === 0) return;
    try {
      const id = await zone.change(changes, patience);
      await zone.inSync(id, patience);
      return;
    } catch (error) {
      // Somebody changed a record since it was read, or what was read was old.
      if (!isNamed(error, 'InvalidChangeBatch') || look === LOOKS) throw error;
      await patience.pause(error.message);
    }
  }
}

async function lookAt(zone: Zone, { RecordName, NoteName, Source, Target }: DnsRecordsProperties, patience: Patience): Promise<Live> {
  // One after the other: Route 53 takes five calls a second of an account.
  const shared = await zone.records(RecordName, patience);
  const source = await zone.records(Source.RecordName, patience);
  const target = await zone.records(Target.RecordName, patience);
  return { shared, sides: [...source, ...target], note: await zone.records(NoteName, patience) };
}
