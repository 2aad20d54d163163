import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53ServiceException,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';

/** What happens at the next change. */
type Incident = 'throttled' | 'answer lost' | 'moved before';

/** Behaves as Route 53's reference describes the calls of the handler: one batch is made whole or not at all, and a deletion names what is there. */
export class Route53StandIn {
  /** Each change that was asked for. */
  public readonly changes: string[] = [];
  /** The record that somebody makes between the look and the change. */
  public madeMeanwhile?: ResourceRecordSet;
  private readonly zones = new Map<string, Map<string, ResourceRecordSet>>();
  private readonly incidents: Incident[] = [];

  public addZone(id: string, records: ResourceRecordSet[] = []): void {
    this.zones.set(id, new Map(records.map((record) => [keyOf(record), normalised(record)])));
  }

  public failNext(...incidents: Incident[]): void {
    this.incidents.push(...incidents);
  }

  public records(zone: string): string[] {
    return [...this.zone(zone).values()].map(({ Name, Type, TTL, ResourceRecords }) => `${Name} ${TTL} ${Type} ${ResourceRecords?.[0].Value}`).sort();
  }

  public client(): Pick<Route53Client, 'send'> {
    return { send: async (command: unknown) => this.send(command) } as Pick<Route53Client, 'send'>;
  }

  /** What the run time does. */
  public upsert(zone: string, record: ResourceRecordSet): void {
    this.zone(zone).set(keyOf(record), normalised(record));
  }

  private async send(command: unknown): Promise<unknown> {
    if (command instanceof ListResourceRecordSetsCommand) {
      const { HostedZoneId, StartRecordName, StartRecordType, MaxItems } = command.input;
      const from = keyOf({ Name: StartRecordName, Type: StartRecordType });
      const sorted = [...this.zone(HostedZoneId!)].sort(([one], [other]) => (one < other ? -1 : 1));
      return { ResourceRecordSets: sorted.filter(([key]) => key >= from).slice(0, MaxItems).map(([, record]) => record) };
    }
    if (!(command instanceof ChangeResourceRecordSetsCommand)) throw new Error(`unexpected ${String(command)}`);
    const { HostedZoneId, ChangeBatch } = command.input;
    const zone = this.zone(HostedZoneId!);
    const [{ Action, ResourceRecordSet: record }] = ChangeBatch!.Changes!;
    this.changes.push(`${Action} ${record!.Name}`);
    const incident = this.incidents.shift();
    if (incident === 'throttled') throw failure('Throttling', 'Rate exceeded');
    if (this.madeMeanwhile) this.upsert(HostedZoneId!, this.madeMeanwhile);
    const key = keyOf(record!);
    const there = zone.get(key);
    if (incident === 'moved before') zone.set(key, { ...there!, ResourceRecords: [{ Value: `moved-${this.changes.length}.example.com` }] });
    if (Action === 'CREATE') {
      if (there ?? zone.get(key)) throw failure('InvalidChangeBatch', 'it already exists');
      zone.set(key, normalised(record!));
    } else if (Action === 'DELETE') {
      if (JSON.stringify(zone.get(key)) !== JSON.stringify(normalised(record!))) throw failure('InvalidChangeBatch', 'the values provided do not match the current values');
      zone.delete(key);
    } else {
      throw new Error(`unexpected ${String(Action)}`);
    }
    if (incident === 'answer lost') throw failure('TimeoutError', 'socket hang up');
    return { ChangeInfo: { Id: '/change/C1', Status: 'PENDING' } };
  }

  private zone(id: string): Map<string, ResourceRecordSet> {
    const zone = this.zones.get(id);
    if (!zone) throw failure('NoSuchHostedZone', `No hosted zone found with ID: ${id}`);
    return zone;
  }
}

/** Names in lower case with a dot at the end, as Route 53 keeps them. */
function normalised(record: ResourceRecordSet): ResourceRecordSet {
  const name = record.Name!.toLowerCase();
  return { Name: name.endsWith('.') ? name : `${name}.`, Type: record.Type, TTL: record.TTL, ResourceRecords: record.ResourceRecords };
}

/** Route 53 sorts by labels, the last first, and then by type. */
function keyOf({ Name, Type }: Partial<ResourceRecordSet>): string {
  return `${Name!.toLowerCase().replace(/\.$/, '').split('.').reverse().join('.')} ${Type}`;
}

function failure(name: string, message: string): Error {
  return new Route53ServiceException({ name, message, $fault: 'client', $metadata: {} });
}
