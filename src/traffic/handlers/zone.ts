import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type Change,
  type ListResourceRecordSetsCommandInput,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { plainName } from './records';
import { isNamed, type Patience, type Route53 } from './services';

/** Another change is under way, or there were too many calls: Route 53 takes five a second of an account. */
const BUSY = ['PriorRequestNotComplete', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'ServiceUnavailable'];
/** A health check that is seconds old may not be known everywhere. */
const NOT_YET_KNOWN = 'NoSuchHealthCheck';

/** A hosted zone, as far as the handler needs it. */
export class Zone {
  constructor(private readonly client: Route53, private readonly id: string) {}

  /** Every record of that name. */
  public async records(name: string, patience: Patience): Promise<ResourceRecordSet[]> {
    const found: ResourceRecordSet[] = [];
    let start: ListResourceRecordSetsCommandInput = { HostedZoneId: this.id, StartRecordName: name };
    for (;;) {
      const page = await this.unlessBusy(patience, async () => this.client.send(new ListResourceRecordSetsCommand(start)));
      const records = page.ResourceRecordSets ?? [];
      const ofName = records.filter((record) => plainName(record.Name) === plainName(name));
      found.push(...ofName);
      // The listing begins at the name, and goes on with those of others.
      if (!page.IsTruncated || ofName.length < records.length) return found;
      start = {
        HostedZoneId: this.id,
        StartRecordName: page.NextRecordName,
        StartRecordType: page.NextRecordType,
        StartRecordIdentifier: page.NextRecordIdentifier,
      };
    }
  }

  /** Makes all the changes or none, and says by which id Route 53 knows them. */
  public async change(changes: Change[], patience: Patience): Promise<string> {
    const { ChangeInfo: info } = await this.unlessBusy(patience, async () => this.client.send(new ChangeResourceRecordSetsCommand({
      HostedZoneId: this.id,
      ChangeBatch: { Comment: 'A payment migration', Changes: changes },
    })));
    return info!.Id!;
  }

  /** Waits until every server of Route 53 answers by the change. */
  public async inSync(changeId: string, patience: Patience): Promise<void> {
    for (;;) {
      const { ChangeInfo: info } = await this.unlessBusy(patience, async () => this.client.send(new GetChangeCommand({ Id: changeId })));
      if (info?.Status === 'INSYNC') return;
      await patience.pause(`change ${changeId} is ${info?.Status ?? 'unknown'}`);
    }
  }

  private async unlessBusy<T>(patience: Patience, call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isNamed(error, ...BUSY, NOT_YET_KNOWN)) throw error;
        await patience.pause(`Route 53 says ${error.name}: ${error.message}`);
      }
    }
  }
}
