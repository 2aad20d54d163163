import { Token } from 'aws-cdk-lib';
import { checkPattern, invalidInput } from '../core';

const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*$/;
/** The note stands below the shared name, where nobody looks for a host. */
const NOTE_LABEL = '_payment-migration';

/** The names of a migration's records, fully qualified, in lower case, without a dot at the end. */
export interface RecordNames {
  readonly shared: string;
  readonly source: string;
  readonly target: string;
  readonly note: string;
}

export interface NamesGiven {
  readonly recordName: string;
  readonly sourceRecordName?: string;
  readonly targetRecordName?: string;
}

/** Settles all names, and checks that they are in the zone and differ. */
export function recordNames(zoneName: string, given: NamesGiven): RecordNames {
  const shared = qualified('recordName', given.recordName, zoneName);
  const own = (side: 'source' | 'target') => {
    const name = side === 'source' ? given.sourceRecordName : given.targetRecordName;
    return name === undefined ? sideName(shared, side, given.recordName, plain(zoneName)) : qualified(`${side}RecordName`, name, zoneName);
  };
  const names = { shared, source: own('source'), target: own('target') };
  const taken = new Map<string, string>();
  for (const [of, name] of Object.entries(names)) {
    const other = taken.get(name);
    if (other !== undefined) throw invalidInput(`${of}RecordName`, name, `another name than the ${other} one`);
    taken.set(name, of);
  }
  return { ...names, note: `${NOTE_LABEL}.${shared}` };
}

/** Whether the name is the zone's own, as far as that is known. */
export function isApex(name: string, zoneName: string): boolean {
  return !Token.isUnresolved(name) && !Token.isUnresolved(zoneName) && name === plain(zoneName);
}

/** In a form of which there is only one. */
function plain(name: string): string {
  return Token.isUnresolved(name) ? name : name.toLowerCase().replace(/\.$/, '');
}

/** A single label is completed by the zone's name; with a dot, or as a token, it is the whole name already. */
function qualified(prop: string, given: string, zoneName: string): string {
  const [name, zone] = [plain(given), plain(zoneName)];
  if (Token.isUnresolved(name)) return name;
  const full = name.includes('.') ? name : `${name}.${zone}`;
  if (Token.isUnresolved(zone)) return full;
  if (full !== zone && !full.endsWith(`.${zone}`)) {
    throw invalidInput(prop, given, `one label, or a full name in the hosted zone ${zone}`);
  }
  checkPattern(prop, full, DOMAIN_NAME, `labels of letters, digits, hyphens and underscores, in the hosted zone ${zone}`);
  return full;
}

/** 'pay-source' beside 'pay'; 'source' below the zone's own name. */
function sideName(shared: string, side: string, given: string, zone: string): string {
  if (Token.isUnresolved(given)) {
    throw invalidInput(`${side}RecordName`, undefined, 'a name for the side, since recordName is not known at synthesis');
  }
  if (shared === zone) return `${side}.${zone}`;
  const [label, ...rest] = shared.split('.');
  return [`${label}-${side}`, ...rest].join('.');
}
