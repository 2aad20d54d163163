import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  Route53ServiceException,
  type Change,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { Route53 } from '../../../src/traffic/handlers/services';

/**
 * Behaves as Route 53's reference describes the calls of the handler: batches are made whole or not at all, deletions name all that a record
 * is, weighted and simple records of one name and type exclude each other, and so do a CNAME and anything else; listings come in pages.
 */
export class Route53StandIn {
  public readonly batches: string[][] = [];
  /** Records in a page of a listing. */
  public pageSize = 2;
  /** How many listings still show what was there before the last change. */
  public staleListings = 0;
  /** How many looks at a change say that it is pending. */
  public pendingFor = 1;
  /** What somebody else does right before the next batches, one for each. */
  public readonly meanwhile: (() => void)[] = [];
  /** The next batch is made, and its answer does not arrive. */
  public loseAnswer = false;
  public zoneGone = false;
  private readonly live = new Map<string, ResourceRecordSet>();
  private before: ResourceRecordSet[] = [];
  private readonly errors = new Map<string, string[]>();
  private readonly pending = new Map<string, number>();

  public add(...records: ResourceRecordSet[]): void {
    for (const record of records) this.live.set(keyOf(record), normalised(record));
  }

  public remove(...records: ResourceRecordSet[]): void {
    for (const record of records) this.live.delete(keyOf(record));
  }

  /** What a workflow does: it reads a record and writes it back with another weight. */
  public shift(setIdentifier: string, weight: number): void {
    const [[key, record]] = [...this.live].filter(([, { SetIdentifier }]) => SetIdentifier === setIdentifier);
    this.live.set(key, { ...record, Weight: weight });
  }

  public failNext(command: 'ChangeResourceRecordSets' | 'GetChange' | 'ListResourceRecordSets', ...names: string[]): void {
    this.errors.set(command, names);
  }

  public get records(): ResourceRecordSet[] {
    return [...this.live].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, record]) => record);
  }

  /** Without the note. */
  public get addresses(): string[] {
    return this.records.filter(({ Type }) => Type !== 'TXT').map(({ Name, Type, SetIdentifier, Weight, ResourceRecords, AliasTarget }) => (
      [Name, Type, SetIdentifier, Weight, '->', AliasTarget?.DNSName ?? ResourceRecords!.map(({ Value }) => Value).join(',')]
        .filter((part) => part !== undefined).join(' ')
    ));
  }

  public client(): Route53 {
    return { send: async (command: unknown) => this.send(command as object) } as Route53;
  }

  private async send(command: object): Promise<unknown> {
    const name = this.errors.get(command.constructor.name.replace(/Command$/, ''))?.shift();
    if (name !== undefined) throw failure(name);
    if (command instanceof GetChangeCommand) return { ChangeInfo: { Id: command.input.Id, Status: this.statusOf(command.input.Id!) } };
    if (this.zoneGone) throw failure('NoSuchHostedZone');
    if (command instanceof ListResourceRecordSetsCommand) return this.list(command.input);
    if (command instanceof ChangeResourceRecordSetsCommand) return this.change(command.input.ChangeBatch!.Changes!);
    throw failure('InvalidInput');
  }

  private statusOf(id: string): string {
    const left = this.pending.get(id);
    if (left === undefined) throw failure('NoSuchChange');
    this.pending.set(id, left - 1);
    return left > 0 ? 'PENDING' : 'INSYNC';
  }

  private list({ StartRecordName, StartRecordType, StartRecordIdentifier }: ListResourceRecordSetsCommand['input']): unknown {
    const all = this.staleListings-- > 0 ? this.before : this.records;
    const start = keyOf({ Name: StartRecordName, Type: StartRecordType ?? ('' as 'A'), SetIdentifier: StartRecordIdentifier });
    const from = all.filter((record) => keyOf(record) >= start);
    const next = from.at(this.pageSize);
    return {
      ResourceRecordSets: from.slice(0, this.pageSize),
      IsTruncated: next !== undefined,
      NextRecordName: next?.Name,
      NextRecordType: next?.Type,
      NextRecordIdentifier: next?.SetIdentifier,
    };
  }

  private change(changes: Change[]): unknown {
    this.meanwhile.shift()?.();
    this.batches.push(changes.map(({ Action, ResourceRecordSet: record }) => `${Action} ${record!.Type} ${record!.SetIdentifier ?? record!.Name}`));
    const draft = new Map(this.live);
    const problems = changes.flatMap(({ Action, ResourceRecordSet: record }) => apply(draft, Action!, normalised(record!)));
    problems.push(...conflictsIn([...draft.values()]));
    if (problems.length > 0) throw failure('InvalidChangeBatch', `[${problems.join(', ')}]`);
    this.before = this.records;
    this.live.clear();
    for (const [key, record] of draft) this.live.set(key, record);
    const id = `/change/C${this.batches.length}`;
    this.pending.set(id, this.pendingFor);
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw failure('TimeoutError', 'socket hang up');
    }
    return { ChangeInfo: { Id: id, Status: 'PENDING' } };
  }
}

function apply(records: Map<string, ResourceRecordSet>, action: string, record: ResourceRecordSet): string[] {
  const [key, there] = [keyOf(record), records.get(keyOf(record))];
  const what = `resource record set [name='${record.Name}', type='${record.Type}', set-identifier='${record.SetIdentifier}']`;
  if (action === 'CREATE') {
    if (there) return [`Tried to create ${what} but it already exists`];
    records.set(key, record);
  } else if (action === 'DELETE') {
    if (!there) return [`Tried to delete ${what} but it was not found`];
    if (JSON.stringify(there) !== JSON.stringify(record)) return [`Tried to delete ${what} but the values provided do not match the current values`];
    records.delete(key);
  } else {
    records.set(key, record);
  }
  return [];
}

/** What no zone can hold at once. */
function conflictsIn(records: ResourceRecordSet[]): string[] {
  return records.flatMap((record) => {
    const sameName = records.filter((other) => other !== record && other.Name === record.Name);
    const rivals = sameName.filter(({ Type }) => Type === record.Type);
    const set = `RRSet with DNS name ${record.Name}, type ${record.Type}`;
    if (record.Type === 'CNAME' && sameName.some(({ Type }) => Type !== 'CNAME')) {
      return [`${set} is not permitted as it conflicts with other records with the same DNS name`];
    }
    if (rivals.some(({ Weight }) => (Weight === undefined) !== (record.Weight === undefined))) {
      return [`${set} cannot be created as other RRSets exist with the same name and type`];
    }
    if (rivals.some(({ TTL }) => TTL !== record.TTL)) return [`${set} cannot be created as weighted sets must contain the same TTL`];
    if (record.AliasTarget && record.TTL !== undefined) return [`${set} is an alias with a TTL`];
    return [];
  });
}

/** In a fixed order of fields, with names as Route 53 gives them back. */
function normalised(given: ResourceRecordSet): ResourceRecordSet {
  const { Name, Type, SetIdentifier, Weight, TTL, ResourceRecords, AliasTarget, HealthCheckId, ...more } = given;
  const dotted = (name: string) => `${name.toLowerCase().replace(/\.$/, '')}.`;
  const alias = AliasTarget && {
    HostedZoneId: AliasTarget.HostedZoneId,
    DNSName: dotted(AliasTarget.DNSName!),
    EvaluateTargetHealth: AliasTarget.EvaluateTargetHealth,
  };
  const record = { Name: dotted(Name!), Type, SetIdentifier, Weight, TTL, ResourceRecords, AliasTarget: alias, HealthCheckId, ...more };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as ResourceRecordSet;
}

/** Route 53 sorts by labels, the last first, then by type and set identifier. */
function keyOf({ Name, Type, SetIdentifier = '' }: ResourceRecordSet): string {
  return `${Name!.toLowerCase().replace(/\.$/, '').split('.').reverse().join('.')} ${Type} ${SetIdentifier}`;
}

function failure(name: string, message = `Route 53 says ${name}`): Error {
  return new Route53ServiceException({ name, message, $fault: 'client', $metadata: {} });
}
