import { createHash } from 'node:crypto';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { NOTE_TYPE } from '../contract';

/** What stands beside the shared name, in the zone itself: whose the records are, and what was there before them. */
export interface Note {
  readonly owner: string;
  readonly original: ResourceRecordSet[];
}

const OWNER = 'payment-migration=';
/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat */
const LONGEST_STRING = 255;
const LONGEST_VALUE = 4000;

/** Whoever reads the zone, which is everybody, learns from it neither the account nor the migration's suffix. */
export function ownerOf(stackId: string, identifier: string): string {
  const [, , , region, account] = stackId.split(':');
  return createHash('sha256').update([account, region, identifier].join('/')).digest('hex').slice(0, 32);
}

/** Values in base64url: nothing in them needs an escape. */
export function writeNote(name: string, ttl: string, { owner, original }: Note): ResourceRecordSet {
  const before = original.length === 0 ? '' : Buffer.from(JSON.stringify(original)).toString('base64url');
  const strings = [`${OWNER}${owner}`, ...before.match(new RegExp(`.{1,${LONGEST_STRING}}`, 'g')) ?? []];
  const value = strings.map((text) => `"${text}"`).join(' ');
  if (value.length > LONGEST_VALUE) {
    throw new Error('the records that are there are too long to be kept in a note beside them; give them fewer values, or take them away');
  }
  return { Name: name, Type: NOTE_TYPE, TTL: Number(ttl), ResourceRecords: [{ Value: value }] };
}

/** Undefined where there is none that this room wrote. */
export function readNote(records: ResourceRecordSet[]): Note | undefined {
  const [record] = records.filter(({ Type }) => Type === NOTE_TYPE);
  const [first, ...rest] = [...(record?.ResourceRecords?.[0]?.Value ?? '').matchAll(/"([^"]*)"/g)].map(([, text]) => text);
  if (!first?.startsWith(OWNER)) return undefined;
  const original = rest.length === 0 ? [] : JSON.parse(Buffer.from(rest.join(''), 'base64url').toString()) as ResourceRecordSet[];
  return { owner: first.slice(OWNER.length), original };
}
