import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { readNote, writeNote, type Note } from './note';
import { changesBetween, describe, isAddress, isSame, isSimple, leadsOnlyTo, ownRecord, plainName, sharedRecord } from './records';
import { NOTE_TYPE, WHOLE, type DnsRecordsProperties } from '../contract';

/** The records of all names of a migration, as they are. */
export interface Live {
  readonly shared: ResourceRecordSet[];
  readonly sides: ResourceRecordSet[];
  readonly note: ResourceRecordSet[];
}

/** Types by which clients that know them find other addresses than those of A and AAAA. */
const BYPASSES = ['HTTPS', 'SVCB'];

/**
 * What is to change so that the records are as the template says, but for the weights, which are what they are.
 *
 * @param known whether these records were made before, by this custom resource
 */
export function settle(properties: DnsRecordsProperties, owner: string, live: Live, known: boolean): Change[] {
  const note = readNote(live.note);
  if (note && note.owner !== owner) {
    throw foreign(properties.NoteName, notesOf(live.note), 'another migration keeps the name; end that one first, or choose another recordName');
  }
  const owned = known || note !== undefined;
  const { ours, others } = sharesOf(properties, live.shared);
  if (ours.length > 0 && !owned) {
    throw foreign(properties.RecordName, ours, 'the set identifiers are this migration\'s, but nothing says that it made them; delete them, or take another identifier');
  }
  if (ours.length === 0 && known) {
    throw new Error(`${properties.RecordName}: the weighted records are gone, and nobody but you knows their weights. Create ${properties.SharedType} records with `
      + `the set identifiers '${properties.Source.SetIdentifier}' and '${properties.Target.SetIdentifier}' and the weights that are right, then deploy again`);
  }
  const changes = changesBetween(
    [...ours, ...others.filter(() => ours.length === 0), ...addressesOf(live.sides), ...notesOf(live.note)],
    wantedOf(properties, { owner, original: ours.length === 0 ? others : note?.original ?? [] }, ours),
  );
  if (changes.length > 0) checkOthers(properties, live, ours, owned);
  return changes;
}

/** What is to change so that everything is as it was before, wherever the weights have led meanwhile. Strangers' records stay. */
export function takeBack(properties: DnsRecordsProperties, owner: string, live: Live): Change[] {
  const note = readNote(live.note);
  if (note && note.owner !== owner) return [];
  const { ours, others } = sharesOf(properties, live.shared);
  const wanted = [properties.Source, properties.Target].map((side) => ownRecord(side, properties.Ttl));
  const sides = addressesOf(live.sides).filter((record) => (note ? isSimple(record) : wanted.some((other) => isSame(record, other))));
  // Beside a stranger's record there is no place for it.
  const original = others.length === 0 ? note?.original ?? [] : [];
  if (note && others.length > 0) console.warn(`left as it is: ${others.map(describe).join('; ')}`);
  return changesBetween([...ours, ...sides, ...(note ? notesOf(live.note) : [])], original);
}

function wantedOf(properties: DnsRecordsProperties, note: Note, ours: ResourceRecordSet[]): ResourceRecordSet[] {
  const { Source, Target, Ttl, NoteName } = properties;
  const weightOf = (identifier: string) => ours.find(({ SetIdentifier }) => SetIdentifier === identifier)?.Weight;
  const [source, target] = [weightOf(Source.SetIdentifier), weightOf(Target.SetIdentifier)];
  const rest = (weight: number) => Math.max(WHOLE - weight, 0);
  return [
    sharedRecord(properties, Source, source ?? rest(target ?? 0)),
    sharedRecord(properties, Target, target ?? rest(source ?? WHOLE)),
    ownRecord(Source, Ttl),
    ownRecord(Target, Ttl),
    writeNote(NoteName, Ttl, note),
  ];
}

function sharesOf({ Source, Target }: DnsRecordsProperties, records: ResourceRecordSet[]): Record<'ours' | 'others', ResourceRecordSet[]> {
  const isOurs = ({ SetIdentifier, Weight }: ResourceRecordSet) => (
    Weight !== undefined && (SetIdentifier === Source.SetIdentifier || SetIdentifier === Target.SetIdentifier)
  );
  const addresses = addressesOf(records);
  return { ours: addresses.filter(isOurs), others: addresses.filter((record) => !isOurs(record)) };
}

function checkOthers(properties: DnsRecordsProperties, live: Live, ours: ResourceRecordSet[], owned: boolean): void {
  const { RecordName: name, Source, Target, SharedType, AdoptableTargets = [], Ttl } = properties;
  const { others } = sharesOf(properties, live.shared);
  const targets = [Source.DomainName, ...AdoptableTargets];
  const strangers = others.filter((record) => ours.length > 0 || !isSimple(record) || !leadsOnlyTo(record, targets));
  if (strangers.length > 0) {
    throw foreign(name, strangers, `adopted are only simple records that lead to ${targets.join(' or ')}. Delete them, or name what they lead to in `
      + 'adoptableTargets where the source serves there');
  }
  const bypasses = live.shared.filter(({ Type }) => BYPASSES.includes(Type ?? ''));
  if (bypasses.length > 0) throw foreign(name, bypasses, 'clients that know this type pass the weights by; delete them');
  const beside = live.shared.filter((record) => !isAddress(record));
  if (SharedType === 'CNAME' && beside.length > 0) {
    throw foreign(name, beside, 'nothing can stand beside a CNAME; delete them, or give both sides load balancers');
  }
  for (const side of [Source, Target]) {
    const there = live.sides.filter((record) => plainName(record.Name) === side.RecordName && isAddress(record));
    const unlike = there.filter((record) => !(owned && isSimple(record)) && !isSame(record, ownRecord(side, Ttl)));
    if (unlike.length > 0) throw foreign(side.RecordName, unlike, 'nothing says that this migration made them; delete them, or choose another name for the side');
  }
}

function addressesOf(records: ResourceRecordSet[]): ResourceRecordSet[] {
  return records.filter(isAddress);
}

function notesOf(records: ResourceRecordSet[]): ResourceRecordSet[] {
  return records.filter(({ Type }) => Type === NOTE_TYPE);
}

function foreign(name: string, records: ResourceRecordSet[], what: string): Error {
  return new Error(`${name}: there is ${records.map(describe).join('; ')}, and it stays as it is: ${what}`);
}
